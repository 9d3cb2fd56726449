/** Colours by meaning, and whether a stream should get them. */

/** What a piece of text means. The colours follow from it. */
export type Tone = 'strong' | 'quiet' | 'good' | 'bad' | 'warning' | 'accent';

/** Wraps text in the escape codes of a tone, or returns it as it is when colour is off. */
export type Paint = (tone: Tone, text: string) => string;

/** SGR parameters, on and off: ECMA-48, section 8.3.117. */
const codes: Readonly<Record<Tone, readonly [on: number, off: number]>> = {
  strong: [1, 22],
  quiet: [2, 22],
  good: [32, 39],
  bad: [31, 39],
  warning: [33, 39],
  accent: [36, 39],
};

/** Makes a {@link Paint}; one that leaves text alone when `color` is false. */
export function createPaint(color: boolean): Paint {
  if (!color) return (_tone, text) => text;
  return (tone, text) => (text === '' ? '' : `\u001b[${codes[tone][0]}m${text}\u001b[${codes[tone][1]}m`);
}

/**
 * Whether a stream should get colours: NO_COLOR (https://no-color.org) turns them off, FORCE_COLOR turns
 * them on, and otherwise they are for terminals that know them.
 */
export function wantsColor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR && env.FORCE_COLOR !== '0') return true;
  return stream.isTTY === true && env.TERM !== 'dumb';
}
