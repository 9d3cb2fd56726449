/** What a machine that is to install gets: files, and arguments for the kernel. Pure. docs/provisioning.md has the contract. */
import type { BootImage } from './images.ts';
import type { Profile } from './machines/profile.ts';

/** One argument of a kernel's command line; quotes keep spaces together. */
const ARGUMENT = /(?:[^\s"]|"[^"]*"?)+/g;

export interface InstallPlan {
  /** Name of its entry. */
  readonly name: string;
  readonly image: string;
  readonly version: string;
  /** Addresses. */
  readonly kernel: string;
  readonly initrds: readonly { readonly name: string; readonly url: string }[];
  /** Those of the image first. */
  readonly arguments: readonly string[];
}

export interface InstallRequest {
  /** Address of this server: `http://10.0.10.1:8080`. */
  readonly server: string;
  readonly profile: Profile;
  readonly image: BootImage;
  readonly machine: string;
  readonly mac: string;
  readonly tokens: { readonly config: string; readonly report: string };
}

/** Plans the installation of a machine. */
export function installPlan(request: InstallRequest): InstallPlan {
  const { server, profile, image, machine, mac, tokens } = request;
  const folder = `${server}/images/${image.image}/${image.version}`;
  const own = `${server}/v1/machines/${machine}`;
  const settings: readonly (readonly [string, string | undefined])[] = [
    ['unattended', 'yes'],
    ['disk', profile.disk],
    ['keep-var', profile.keepVar ? 'yes' : undefined],
    ['machine', machine],
    ['mac', mac],
    ['image', `${folder}/`],
    ['config', profile.config === undefined ? undefined : `${own}/config?token=${tokens.config}`],
    ['report', `${own}/progress`],
    ['token', tokens.report],
  ];
  return {
    name: profile.name,
    image: image.image,
    version: image.version,
    kernel: `${folder}/${image.kernel}`,
    initrds: image.initrds.map((file, index) => ({ name: `initrd${index}`, url: `${folder}/${file}` })),
    arguments: [
      // An image may be made to ask a server by itself (live.arguments of its recipe): this one has answered.
      ...(image.commandLine.match(ARGUMENT) ?? []).filter(
        (argument) => !/^"?basalt\.install\./.test(argument),
      ),
      ...profile.kernelArguments,
      ...settings.flatMap(([key, value]) => (value === undefined ? [] : [`basalt.install.${key}=${value}`])),
    ],
  };
}
