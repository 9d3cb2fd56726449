/** A unified kernel image: the UAPI Group's specification "Unified Kernel Image (UKI)". */

import type { ReadBytes } from '../disk/gpt-header.ts';
import { UserError } from '../errors.ts';
import { parseOsRelease } from './os-release.ts';
import { type PeSection, readSections } from './pe.ts';

/** What a UKI says about itself. */
export interface Uki {
  readonly sizeBytes: number;
  /** Of `.uname`. */
  readonly kernelRelease: string | undefined;
  readonly commandLine: string;
  /** The `roothash=` of the command line: which root it boots. */
  readonly rootHash: string | undefined;
  /** `VERSION_ID` or `IMAGE_VERSION` of `.osrel`. */
  readonly version: string | undefined;
  /** `PRETTY_NAME` of `.osrel`. */
  readonly title: string | undefined;
  readonly kernelBytes: number;
  readonly initrdBytes: number;
}

/** Text sections are a few hundred bytes; a damaged size must not make us read the kernel as text. */
const MOST_TEXT_BYTES = 64 * 1024;

/**
 * Reads a UKI.
 * @param name For errors: the file.
 * @throws {UserError} `pe-invalid`, or `not-uki` for another PE program.
 */
export async function readUki(read: ReadBytes, sizeBytes: number, name: string): Promise<Uki> {
  const sections = await readSections(read, sizeBytes, name);
  const find = (wanted: string) => sections.find((section) => section.name === wanted);
  const missing = ['.linux', '.initrd', '.cmdline'].filter((wanted) => find(wanted) === undefined);
  if (missing.length > 0) {
    throw new UserError('not-uki', 'this PE file is not a UKI', {
      seen: `no section ${missing.join(', ')}`,
      needed: 'sections .linux, .initrd and .cmdline, as ukify makes them',
      where: name,
    });
  }
  const commandLine = (await textOf(read, find('.cmdline'))) ?? '';
  const osRelease = parseOsRelease((await textOf(read, find('.osrel'))) ?? '');
  return {
    sizeBytes,
    kernelRelease: await textOf(read, find('.uname')),
    commandLine,
    rootHash: rootHashOf(commandLine),
    version: osRelease.get('IMAGE_VERSION') ?? osRelease.get('VERSION_ID'),
    title: osRelease.get('PRETTY_NAME'),
    kernelBytes: find('.linux')?.sizeBytes ?? 0,
    initrdBytes: find('.initrd')?.sizeBytes ?? 0,
  };
}

/** The root hash that a kernel command line names, lower case; undefined when it names none, or no SHA-256. */
export function rootHashOf(commandLine: string): string | undefined {
  return /(?:^|\s)roothash=([0-9a-fA-F]{64})(?=\s|$)/.exec(commandLine)?.[1]?.toLowerCase();
}

async function textOf(read: ReadBytes, section: PeSection | undefined): Promise<string | undefined> {
  if (section === undefined) return undefined;
  const bytes = await read(section.offset, Math.min(section.sizeBytes, MOST_TEXT_BYTES));
  return bytes.toString('utf8').replace(/\0.*$/s, '').trimEnd();
}
