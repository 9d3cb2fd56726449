/** The engine behind the installer's screens. */
import { openTemplate, templateNames } from '../config-templates/catalogue.ts';
import { isoVolume } from '../disk/iso-volume.ts';
import { UserError } from '../errors.ts';
import { readDefinitions } from '../install/definitions.ts';
import { listDisks } from '../install/disks/list.ts';
import { install } from '../install/install.ts';
import { readMachine } from '../install/machine/read-machine.ts';
import { plannedPartitions } from '../install/planned-partitions.ts';
import { listFiles, readVolumeFile, type VolumeFile, writeVolumeFile } from '../install/removable/files.ts';
import { listVolumes, type Volume } from '../install/removable/volumes.ts';
import type { InstallSource } from '../install/source.ts';
import type { InstallerPort } from '../tui/install/port.ts';
import { fetchText } from './fetch-text.ts';
import type { InstallScene } from './install-scene.ts';

export interface PortOptions {
  readonly scene: InstallScene;
  readonly source: InstallSource;
  /** Folder of the cloud-config templates. */
  readonly templates: string;
  readonly bootEntry: boolean;
  readonly signal: AbortSignal;
}

/** Where a live system has the templates. */
export const LIVE_TEMPLATES = '/usr/lib/basalt/installer/templates/cloud-config';

/** Joins the screens to the engine. */
export function installPort({ scene, source, templates, bootEntry, signal }: PortOptions): InstallerPort {
  const { programs } = scene;
  let volumes: readonly Volume[] = [];
  let files: readonly VolumeFile[] = [];
  const findVolumes = async () => {
    const without = { medium: source.medium, volume: isoVolume(source.image, source.version) };
    volumes = await listVolumes(programs, without, signal);
    return volumes;
  };
  return {
    async facts() {
      const [machine, definitions, names] = await Promise.all([
        readMachine(),
        readDefinitions(source.definitions),
        templateNames(templates).catch(() => []),
      ]);
      return {
        image: { name: source.image, version: source.version },
        machine,
        templates: await Promise.all(names.map((name) => openTemplate(templates, name))),
        layout: plannedPartitions(definitions, source.version),
        needsUefi: bootEntry,
        isLive: scene.isLive,
      };
    },
    disks: () => listDisks({ source, programs, signal }),
    fetchText: (url, given) => fetchText(url, AbortSignal.any([signal, given])),
    async files() {
      files = await listFiles(programs, await findVolumes(), signal);
      return files.map(({ volume, path, sizeBytes }, index) => ({
        id: String(index),
        title: `${volume.label ?? volume.place.disk}: ${path}`,
        sizeBytes,
      }));
    },
    async readFile(id) {
      const file = files[Number(id)];
      if (file === undefined) throw new UserError('file-missing', 'the file is not there any more');
      return readVolumeFile(programs, file, signal);
    },
    async install(request, onEvent, given) {
      const result = await install({
        source,
        programs,
        machine: await readMachine(),
        request,
        bootEntry,
        signal: AbortSignal.any([signal, given]),
        onEvent,
      });
      return result;
    },
    async volumes() {
      const found = (await findVolumes()).filter(({ isReadOnly }) => !isReadOnly);
      return found.map((volume) => ({ id: String(volumes.indexOf(volume)), title: volume.title }));
    },
    async saveLog(id, text) {
      const volume = volumes[Number(id)];
      if (volume === undefined) throw new UserError('volume-missing', 'the stick is not there any more');
      const name = logName((await readMachine()).serial);
      await writeVolumeFile(programs, volume, { name, text });
      return `${name} on ${volume.label ?? volume.place.disk}`;
    },
    async reboot() {
      await programs(['systemctl', 'reboot']);
    },
  };
}

/** A name that every file system takes. */
export function logName(serial: string | undefined): string {
  const plain = serial?.replace(/[^A-Za-z0-9-]/g, '').slice(0, 40);
  return plain ? `basalt-install-${plain}.log` : 'basalt-install.log';
}
