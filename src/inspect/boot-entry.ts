/** Names of UKIs in the ESP, with boot counting: the UAPI Group's "Boot Loader Specification", "Boot counting". */

/** What the name of an entry in `/EFI/Linux` says. */
export interface BootEntryName {
  /** Without counters and `.efi`. */
  readonly id: string;
  /** What follows the first `_` of the id. */
  readonly version: string | undefined;
  /** Boots left before the boot loader gives up on it; undefined when it does not count: known to be good. */
  readonly triesLeft: number | undefined;
  /** Boots that were tried and did not become good. */
  readonly triesDone: number | undefined;
}

/** Reads `basalt_1.2.0+3-0.efi`. */
export function parseEntryName(file: string): BootEntryName {
  const match = /^(.*?)(?:\+(\d+)(?:-(\d+))?)?\.efi$/i.exec(file);
  const id = match?.[1] ?? file;
  const separator = id.indexOf('_');
  const left = match?.[2];
  return {
    id,
    version: separator < 0 ? undefined : id.slice(separator + 1),
    triesLeft: left === undefined ? undefined : Number(left),
    triesDone: left === undefined ? undefined : Number(match?.[3] ?? 0),
  };
}
