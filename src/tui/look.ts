/** How the views look on this terminal: colours and the characters it can show. */
import { createContext, useContext } from 'react';
import { createPaint, type Paint, wantsColor } from '../report/paint.ts';

/** The signs of the build view. */
export interface Glyphs {
  readonly waiting: string;
  /** Frames of the running sign, one after the other. */
  readonly running: readonly string[];
  readonly built: string;
  readonly cached: string;
  readonly failed: string;
  readonly stopped: string;
  readonly warning: string;
  readonly barDone: string;
  readonly barLeft: string;
  readonly ellipsis: string;
  readonly separator: string;
  /** Before what is selected. */
  readonly pointer: string;
  /** Of a line from side to side. */
  readonly rule: string;
}

/** What a view needs to know about the terminal's looks. */
export interface Look {
  readonly paint: Paint;
  readonly glyphs: Glyphs;
  /** Nothing but ASCII can be shown. */
  readonly isAscii: boolean;
}

const unicodeGlyphs: Glyphs = {
  waiting: '·',
  running: ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'],
  built: '✔',
  cached: '=',
  failed: '✖',
  stopped: '–',
  warning: '▲',
  barDone: '━',
  barLeft: '─',
  ellipsis: '…',
  separator: '·',
  pointer: '›',
  rule: '─',
};

const asciiGlyphs: Glyphs = {
  waiting: '.',
  running: ['|', '/', '-', '\\'],
  built: '+',
  cached: '=',
  failed: 'x',
  stopped: '-',
  warning: '!',
  barDone: '#',
  barLeft: '.',
  ellipsis: '~',
  separator: '-',
  pointer: '>',
  rule: '-',
};

/** The kernel's own console lacks the other signs; behind these names of serial terminals may be anything. */
const PLAIN_TERMINALS = /^(linux|vt\d+|ansi|dumb|unknown)$/;

/** The look for a stream. The kernel's own console, serial terminals and locales without UTF-8 get plain ASCII. */
export function lookFor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): Look {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  const isAscii = PLAIN_TERMINALS.test(env.TERM ?? '') || !/utf-?8/i.test(locale);
  return {
    paint: createPaint(wantsColor(stream, env)),
    glyphs: isAscii ? asciiGlyphs : unicodeGlyphs,
    isAscii,
  };
}

/** A look without colours. */
export const plainLook: Look = { paint: createPaint(false), glyphs: unicodeGlyphs, isAscii: false };

/** The look of the tree around a component. */
export const LookContext = createContext<Look>(plainLook);

/** The look to draw with. */
export function useLook(): Look {
  return useContext(LookContext);
}
