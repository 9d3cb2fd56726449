/** What vendors leave in SMBIOS where nobody filled in a value. */
const PLACEHOLDER =
  /^(to be filled by o\.?e\.?m\.?|default string|system (manufacturer|product name|serial number)|not (specified|applicable|available|present)|none|n\/a|unknown|o\.?e\.?m\.?|[0.x\s-]+|0?123456789.*)$/i;

/** Pure: a SMBIOS string without placeholders. */
export function tidySmbios(text: string | undefined): string | undefined {
  const tidy = text?.replace(/\s+/g, ' ').trim();
  return tidy === undefined || tidy === '' || PLACEHOLDER.test(tidy) ? undefined : tidy;
}
