/** What the runs have in common: versions of the image, an update repository for each step between them, and a machine that asks it. */
import { cp, mkdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Accelerator, Disk } from '../../../src/machine/spec.ts';
import { initRepository } from '../../../src/release/init.ts';
import { defaultLifetimes } from '../../../src/release/roles.ts';
import type { Toolbox } from '../../../src/tools/toolbox.ts';
import { accelerator } from '../accelerator.ts';
import { type TestImage, testImage } from '../image.ts';
import { makeReleasePlace } from '../release-build.ts';
import { makeKey, SshMachine, type TestKey } from '../ssh-machine.ts';
import { type StaticServer, serveFolder } from '../static-server.ts';
import { testToolbox } from '../toolbox.ts';
import { buildVersion, publish } from '../update-versions.ts';
import { type KnownVersion, knownVersion } from './known-version.ts';

/** Versions that come after the image's own: the first is taken whole, the second as a change. */
const NEWER = ['30000101', '30000102'] as const;

/** One update: from a version to the next. */
export interface Step {
  /** Becomes part of file names. */
  readonly name: string;
  readonly from: KnownVersion;
  readonly to: KnownVersion;
  /** The update repository, whose channel has `to`. */
  readonly repository: string;
}

export interface Scene {
  readonly folder: string;
  readonly toolbox: Toolbox;
  readonly image: TestImage;
  readonly key: TestKey;
  readonly versions: readonly KnownVersion[];
  readonly steps: readonly Step[];
  readonly accelerator: Accelerator;
}

/** Makes what is missing in a folder; what is there from an earlier run stays. @param count How many updates. */
export async function openScene(folder: string, count: number = NEWER.length): Promise<Scene> {
  await mkdir(folder, { recursive: true });
  const [image, toolbox] = [await testImage(), await testToolbox()];
  const exists = (path: string) =>
    stat(path).then(
      () => true,
      () => false,
    );
  const keyFolder = join(folder, 'ssh');
  if (!(await exists(keyFolder))) {
    await mkdir(keyFolder);
    await makeKey(toolbox, keyFolder);
  }
  const publicKey = (await readFile(join(keyFolder, 'key.pub'), 'utf8')).trim();
  const builds = [image.folder];
  for (const version of NEWER.slice(0, count)) {
    const build = join(folder, 'builds', version);
    if (!(await exists(join(build, 'manifest.json'))))
      await buildVersion(join(folder, 'builds'), version, {
        files: [{ path: '/etc/mark', content: `${version}\n` }],
      });
    builds.push(build);
  }
  const versions = await Promise.all(builds.map((build) => knownVersion(build)));
  if (!(await exists(repositoryOf(folder, count)))) await makeRepositories(folder, builds, versions);
  const steps = versions.slice(1).map(
    (to, index): Step => ({
      name: index === 0 ? 'whole' : 'change',
      from: versions[index] as KnownVersion,
      to,
      repository: repositoryOf(folder, index + 1),
    }),
  );
  return {
    folder,
    toolbox,
    image,
    key: { folder: keyFolder, publicKey },
    versions,
    steps,
    accelerator: await accelerator(toolbox, image),
  };
}

function repositoryOf(folder: string, step: number): string {
  return join(folder, `repository-${step}`);
}

/** A copy of the repository is kept as it is after each version. */
async function makeRepositories(
  folder: string,
  builds: readonly string[],
  versions: readonly KnownVersion[],
): Promise<void> {
  const place = await makeReleasePlace({ keys: [join(folder, 'keys')] });
  try {
    const { repository } = place.context;
    await initRepository(place.context, { rootKeys: 1, threshold: 1, lifetimes: defaultLifetimes });
    for (const [index, build] of builds.entries()) {
      const { version } = versions[index] as KnownVersion;
      await publish(place.context, build, version, index < 2 ? [] : [versions[index - 1]?.version ?? '']);
      if (index > 0) await cp(repository, repositoryOf(folder, index), { recursive: true });
    }
  } finally {
    await place.remove();
  }
}

/** A machine that runs from a disk, with a server for the updates of a step. */
export interface ServedMachine {
  readonly machine: SshMachine;
  readonly server: StaticServer;
  remove(): Promise<void>;
}

/**
 * @param variables The firmware's variables, which are the machine's own: a copy is made.
 * @param name Of its files in the folder.
 */
export async function servedMachine(
  scene: Scene,
  step: Step,
  { disk, variables, name }: { disk: Disk; variables?: string; name: string },
): Promise<ServedMachine> {
  const server = await serveFolder(step.repository);
  const root = (await readFile(join(step.repository, 'metadata', '1.root.json'), 'utf8')).trim();
  const configuration = `#cloud-config
ssh_authorized_keys: ["${scene.key.publicKey}"]
coreos:
  update: { server: "http://10.0.2.2:${server.port}", group: stable, reboot-strategy: reboot, tries: 2, health-timeout: 5m }
write_files:
  - path: /etc/basalt/update/root.json
    content: '${root}'
`;
  const own = variablesOf(scene, name);
  await rm(own, { force: true });
  if (variables !== undefined) await cp(variables, own);
  const machine = new SshMachine(
    scene.toolbox,
    scene.folder,
    scene.key,
    {
      accelerator: scene.accelerator,
      disks: [{ ...disk, bootIndex: 0 }],
      fwCfg: [{ name: 'opt/basalt/user-data', value: configuration }],
    },
    name,
  );
  return {
    machine,
    server,
    remove: async () => {
      await machine.remove();
      await server.close();
    },
  };
}

/** Where a machine of that name keeps the variables of its firmware. */
export function variablesOf(scene: Scene, name: string): string {
  return join(scene.folder, `${name}-variables.fd`);
}
