/** Basalt's own files that go into images: the dracut module, partition definitions, boot loader settings. */
import type { NamedFile } from './catalogue.ts';

/** Where the agent lies in an image: /usr/bin/basalt-agent starts it from there. */
export const AGENT_FOLDER = '/usr/lib/basalt/agent';

export interface Parts {
  /** The dracut module, paths below /usr/lib/dracut/modules.d. */
  readonly dracutModule: readonly NamedFile[];
  /** repart.d(5) templates by file name, such as `10-esp.conf`. */
  readonly repartTemplates: ReadonlyMap<string, string>;
  /** Templates of the drop-ins that fill slot A and the ESP of a new disk, by the definition they belong to. */
  readonly repartContentTemplates: ReadonlyMap<string, string>;
  /** The on-host agent, compiled; paths below {@link AGENT_FOLDER}. */
  readonly agent: readonly NamedFile[];
  /** Templates of what stands beside the disk in formats that describe a machine. */
  readonly machineTemplates: {
    readonly ovf: string;
    readonly libvirtVagrantfile: string;
    readonly virtualboxVagrantfile: string;
  };
  /** The installer of the live system, compiled, and what starts it: paths of the live system. */
  readonly live: readonly NamedFile[];
  /** Settings of the boot loader of an ISO. */
  readonly liveLoaderConf: string;
  readonly loaderConf: string;
  readonly osReleaseTemplate: string;
  /** The initrd's: it names no version, so that a new version of an image does not need a new initrd. */
  readonly initrdReleaseTemplate: string;
}
