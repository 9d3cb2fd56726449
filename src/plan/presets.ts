/** The image's preset file: which units start. Pure. */

/** What starts: the units to enable, and nothing else (systemd.preset(5)). */
export function presetFile(units: {
  readonly enable: readonly string[];
  readonly disable: readonly string[];
}): string {
  return [
    '# What starts on this image: this list, and nothing else. Written by Basalt.',
    ...presetLines('enable', units.enable),
    ...presetLines('disable', units.disable),
    'disable *',
    '',
  ].join('\n');
}

/** Presets are asked for template units by the template's name, with the instances behind it, and the first line that fits counts. */
function presetLines(verb: 'enable' | 'disable', units: readonly string[]): string[] {
  const instances = new Map<string, string[]>();
  for (const unit of units) {
    const [, prefix, instance, suffix] = /^([^@]+@)([^@]+)(\.[a-z]+)$/.exec(unit) ?? [];
    const name = instance === undefined ? unit : `${prefix}${suffix}`;
    instances.set(name, [...(instances.get(name) ?? []), ...(instance === undefined ? [] : [instance])]);
  }
  return [...instances].map(([name, of]) => [verb, name, ...of].join(' '));
}
