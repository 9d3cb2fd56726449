/** QEMU's option syntax: `driver,key=value,key=value`, where a comma inside a value is doubled. */

/** Doubles the commas of a value (qemu-options: "to use a comma in a value, double it"). */
function escapeValue(value: string): string {
  return value.replaceAll(',', ',,');
}

/** Values of an option; undefined ones are left out, booleans become on and off. */
export type OptionValues = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Builds one option argument.
 * @param head What comes first, such as `virtio-blk-pci`; empty when the option has none.
 */
export function option(head: string, values: OptionValues = {}): string {
  const parts = head === '' ? [] : [escapeValue(head)];
  for (const [key, value] of Object.entries(values)) {
    if (value === undefined) continue;
    parts.push(`${key}=${typeof value === 'boolean' ? (value ? 'on' : 'off') : escapeValue(String(value))}`);
  }
  return parts.join(',');
}
