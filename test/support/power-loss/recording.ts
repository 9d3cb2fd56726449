/** A whole update, once, on a machine whose disk writes are recorded: from the command to the new version being good. */
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { makeOverlay } from '../../../src/machine/overlay.ts';
import type { Disk } from '../../../src/machine/spec.ts';
import { GIB } from '../../../src/units.ts';
import type { SshMachine } from '../ssh-machine.ts';
import { type Scene, type Step, servedMachine, variablesOf } from './scene.ts';

/** What the machine had said was on its disk, and how long the log was when the host heard of it. */
export interface Acknowledged {
  readonly mark: number;
  readonly logBytes: number;
}

export interface Recording {
  readonly step: Step;
  /** The disk before, as raw bytes. */
  readonly base: string;
  readonly log: string;
  /** The firmware's variables before. */
  readonly variables: string;
  readonly marks: readonly Acknowledged[];
  /** How long `update apply` took. */
  readonly applyMs: number;
  /** How long the log was when it was called, and when it had ended. */
  readonly startedAtBytes: number;
  readonly appliedAtBytes: number;
}

/** Where marks are on the machine: one file each, named by its number, with the number in it. */
export const MARKS = '/var/lib/power-loss';

/** A mark is written, flushed, named, its folder flushed; only then it is told. */
const markLoop = (first: number) =>
  `sudo sh -c 'mkdir -p ${MARKS}; n=${first}; while :; do echo $n >${MARKS}/.new && sync ${MARKS}/.new && mv ${MARKS}/.new ${MARKS}/$n && sync ${MARKS} && echo $n; n=$((n+1)); sleep 1; done'`;
/** Marks of the second boot begin here. */
const SECOND_BOOT = 10_000;
/** On a busy host that emulates the processor. */
const APPLY_MS = 1_800_000;
const DISK_BYTES = 4 * GIB;

/** Records every step of a scene, one after the other on the same machine. What is recorded already stays. */
export async function recordAll(scene: Scene, tell: (text: string) => void): Promise<Recording[]> {
  const recordings: Recording[] = [];
  let base = join(scene.folder, 'base-1.raw');
  const first = scene.steps[0];
  if (first === undefined) throw new Error('the scene has no step');
  if (!(await isThere(base))) await installed(scene, first, base, tell);
  let variables = join(scene.folder, 'installed-variables.fd');
  for (const [index, step] of scene.steps.entries()) {
    const after = join(scene.folder, `base-${index + 2}.raw`);
    const recording =
      (await saved(scene, step)) ?? (await record(scene, step, { base, variables, after, tell }));
    recordings.push(recording);
    base = after;
    variables = variablesOf(scene, `record-${step.name}`);
  }
  return recordings;
}

/** A machine after its first boot, switched off properly. */
async function installed(
  scene: Scene,
  step: Step,
  base: string,
  tell: (text: string) => void,
): Promise<void> {
  const overlay = join(scene.folder, 'installed.qcow2');
  const disk = await makeOverlay(scene.toolbox, {
    image: scene.image.path('qcow2'),
    format: 'qcow2',
    overlay,
    sizeBytes: DISK_BYTES,
  });
  tell(`version ${step.from.version}: first boot`);
  const { machine, remove } = await servedMachine(scene, step, { disk, name: 'installed' });
  try {
    await machine.powerOn();
    await isGood(machine, step.from.version);
    await machine.running.powerDown();
    await toRaw(scene, disk, base);
  } finally {
    await remove();
    await rm(overlay, { force: true });
  }
}

async function record(
  scene: Scene,
  step: Step,
  {
    base,
    variables,
    after,
    tell,
  }: { base: string; variables: string; after: string; tell: (text: string) => void },
): Promise<Recording> {
  const log = join(scene.folder, `${step.name}.log`);
  await writeFile(log, '');
  const overlay = join(scene.folder, `${step.name}.qcow2`);
  const made = await makeOverlay(scene.toolbox, { image: base, format: 'raw', overlay });
  const disk: Disk = { ...made, writeLog: log };
  const name = `record-${step.name}`;
  const { machine, remove } = await servedMachine(scene, step, { disk, variables, name });
  const marks: Acknowledged[] = [];
  const stopper = new AbortController();
  const follow = (firstMark: number) =>
    followMarks(machine, firstMark, stopper.signal, (mark) => {
      void stat(log).then(({ size }) => marks.push({ mark, logBytes: size }));
    });
  try {
    tell(`version ${step.from.version} to ${step.to.version} (${step.name}): recording`);
    await machine.powerOn();
    await isGood(machine, step.from.version);
    const marking = follow(1);
    await delay(3000);
    const startedAtBytes = (await stat(log)).size;
    const startedAt = Date.now();
    const told = await applyUpdate(machine);
    const applyMs = Date.now() - startedAt;
    const appliedAtBytes = (await stat(log)).size;
    tell(`${told.trim()} (${Math.round(applyMs / 1000)} s)`);
    await restart(machine);
    await marking;
    await machine.waitFor(
      '. /usr/lib/os-release; echo $IMAGE_VERSION',
      new RegExp(`^${step.to.version}$`, 'm'),
    );
    const markingAgain = follow(SECOND_BOOT);
    await isGood(machine, step.to.version);
    await delay(5000);
    await machine.running.powerDown();
    stopper.abort();
    await markingAgain;
    await toRaw(scene, made, after);
    const recording = { base, log, variables, marks, applyMs, startedAtBytes, appliedAtBytes };
    await writeFile(savedAt(scene, step), JSON.stringify(recording, undefined, 1));
    return { step, ...recording };
  } finally {
    stopper.abort();
    await remove();
    await rm(overlay, { force: true });
  }
}

/** Has the machine write marks, until its boot ends. @param onMark Called when a mark is on its disk. */
export function followMarks(
  machine: SshMachine,
  first: number,
  signal: AbortSignal,
  onMark: (mark: number) => void,
): Promise<void> {
  // It ends with the connection.
  return machine.follow(markLoop(first), (line) => onMark(Number(line)), signal).catch(() => undefined);
}

/** Takes the update, and restarts into it; an update that waits already is only restarted into. */
export async function takeUpdate(machine: SshMachine): Promise<void> {
  await applyUpdate(machine);
  await restart(machine);
}

/** In a unit of its own: a connection may break while a busy host hardly runs the machine. @returns What it said. */
async function applyUpdate(machine: SshMachine): Promise<string> {
  const unit = 'power-loss-update';
  await machine.ssh(
    `sudo systemd-run --quiet --unit=${unit} --property=RemainAfterExit=yes basalt-agent update apply`,
  );
  const end = await machine.waitFor(
    `systemctl show --property=SubState,Result ${unit}`,
    /SubState=(?:exited|failed)/,
    APPLY_MS,
  );
  const told = await machine.ssh(`sudo journalctl --unit=${unit} --output=cat --no-pager`);
  if (!end.includes('Result=success')) throw new Error(`the update failed: ${told}`);
  return told;
}

/** The connection may end before the answer. */
async function restart(machine: SshMachine): Promise<void> {
  await machine.ssh('sudo systemctl reboot').catch(() => undefined);
}

/** Runs a version, has all its units, and its entry in the ESP has no counter any more. */
export async function isGood(machine: SshMachine, version: string): Promise<void> {
  await machine.waitFor('. /usr/lib/os-release; echo $IMAGE_VERSION', new RegExp(`^${version}$`, 'm'));
  await machine.waitFor('systemctl is-system-running --wait || true', /running|degraded/);
  await machine.waitFor('sudo ls /boot/EFI/Linux', new RegExp(`^basalt_${version}\\.efi$`, 'm'));
}

/** The overlay names what is below it by its path outside of the sandbox. */
async function toRaw(scene: Scene, { path, backing }: Disk, target: string): Promise<void> {
  if (backing === undefined) throw new Error(`${path} is no overlay`);
  const source = `driver=qcow2,file.filename=/in/disk,backing.driver=${backing.format},backing.file.filename=/in/base`;
  const name = basename(target);
  await scene.toolbox.run(['qemu-img', 'convert', '--image-opts', '-O', 'raw', source, `/out/${name}`], {
    binds: [
      { source: path, target: '/in/disk' },
      { source: backing.path, target: '/in/base' },
      { source: scene.folder, target: '/out', writable: true },
    ],
  });
}

async function saved(scene: Scene, step: Step): Promise<Recording | undefined> {
  const path = savedAt(scene, step);
  return (await isThere(path)) ? { step, ...JSON.parse(await readFile(path, 'utf8')) } : undefined;
}

function savedAt(scene: Scene, step: Step): string {
  return join(scene.folder, `${step.name}.json`);
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
