/** A live system with disks, started as by PXE: kernel and initrd directly, under real firmware. It installs by the installer's own command. */
import type { Accelerator, Disk, Firmware } from '../../../src/machine/spec.ts';
import type { Toolbox } from '../../../src/tools/toolbox.ts';
import { GIB } from '../../../src/units.ts';
import { bootAndCheck } from '../boot.ts';
import type { GuestCheck } from '../guest-check.ts';
import type { TestImage } from '../image.ts';

export interface LiveOptions {
  readonly toolbox: Toolbox;
  readonly accelerator: Accelerator;
  /** A build with the formats of a live system. */
  readonly image: TestImage;
  readonly disks: readonly Disk[];
  /** Kept by the caller, who may boot what was installed with it. */
  readonly firmware: Firmware;
  readonly checks: readonly GuestCheck[];
  readonly timeoutMs: number;
  /** Console lines that are trouble elsewhere. */
  readonly allow?: readonly RegExp[];
}

/** What the installer said for one disk: its result, and how long its steps took. */
export interface ToldByInstaller {
  readonly result: unknown;
  readonly stepsMs: Readonly<Record<string, number>>;
}

/** Nobody listens to the power button of a live system: it has no systemd-logind. */
const SWITCH_OFF: GuestCheck = {
  name: 'switches itself off when it has told its verdict',
  script: 'systemd-run --on-active=5 --timer-property=AccuracySec=1s systemctl poweroff',
};

/** Boots it, runs the checks, and switches it off. @returns What {@link listCheck} and {@link installCheck} told, by name. */
export async function inLiveSystem(options: LiveOptions): Promise<ReadonlyMap<string, ToldByInstaller>> {
  const { toolbox, accelerator, image, disks, firmware, checks, timeoutMs, allow = [] } = options;
  const commandLine = image.manifest.liveCommandLine;
  if (commandLine === undefined) throw new Error(`${image.folder} has no live system`);
  let told = () => '';
  await bootAndCheck({
    toolbox,
    accelerator,
    // The kernel that QEMU is given has the first place in the boot order.
    disks: disks.map((disk, index) => ({ bootIndex: index + 1, ...disk })),
    checks: [...checks, SWITCH_OFF],
    allow,
    timeoutMs,
    place: { target: 'basalt-live.target' },
    onStart: ({ ports }) => {
      told = () => ports[0]?.text ?? '';
    },
    machine: {
      memoryBytes: 2 * GIB,
      firmware,
      network: { isolated: true },
      kernel: { path: image.path('linux'), initrd: image.path('pxe'), commandLine },
    },
  });
  return parseTold(told());
}

/** Tells what `--list` shows. */
export function listCheck(name: string): GuestCheck {
  return { name, script: installer(name, '--list'), timeoutSeconds: 600 };
}

export interface InstallCheck {
  /** Of what is told. */
  readonly name: string;
  readonly selector: string;
  readonly cloudConfig?: string;
  readonly arguments?: readonly string[];
}

/** Installs, and tells the result. */
export function installCheck({
  name,
  selector,
  cloudConfig,
  arguments: more = [],
}: InstallCheck): GuestCheck {
  const file = `/run/${name}.yaml`;
  const config = cloudConfig === undefined ? [] : ['--config', file];
  const write = cloudConfig === undefined ? '' : `cat >${file} <<'CONFIG'\n${cloudConfig}CONFIG\n`;
  const script = write + installer(name, ['--disk', selector, ...config, '--yes', ...more].join(' '));
  return { name: `install to ${name}`, script, timeoutSeconds: 1800 };
}

/** Descriptor 3 is the port of the verdict. */
function installer(name: string, args: string): string {
  return `out=/run/${name.replaceAll(' ', '-')}
basalt-install ${args} --json >"$out.json" 2>"$out.err" || {
  echo "exit code $?"; cat "$out.err"; grep -v '"kind":"progress"' "$out.json" | tail -n 3; exit 1
}
grep -E '"type":"result"|"kind":"step-ended"' "$out.json" | sed 's/^/told by ${name}: /' >&3
`;
}

function parseTold(text: string): ReadonlyMap<string, ToldByInstaller> {
  const all = new Map<string, { result: unknown; stepsMs: Record<string, number> }>();
  for (const [, name = '', json = ''] of text.matchAll(/^told by (.+?): (\{.*\})$/gm)) {
    const about = all.get(name) ?? { result: undefined, stepsMs: {} };
    all.set(name, about);
    const event = JSON.parse(json) as {
      type: string;
      result?: unknown;
      step?: string;
      durationMs?: number;
    };
    if (event.type === 'result') about.result = event.result;
    else if (event.step !== undefined) about.stepsMs[event.step] = event.durationMs ?? 0;
  }
  return all;
}
