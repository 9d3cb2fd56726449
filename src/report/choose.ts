/** Which view of the events a run gets. */

/** `live` redraws on a terminal, `plain` adds lines, `json` is for machines. */
export type View = 'json' | 'live' | 'plain';

/**
 * Chooses the view. The live one needs a terminal that can move its cursor, and nobody recording it:
 * CI systems often offer a terminal that is a log file in truth.
 * @param stderr Where progress goes; stdout stays free for results.
 */
export function chooseView(
  options: { readonly json: boolean },
  stderr: { readonly isTTY?: boolean },
  env: NodeJS.ProcessEnv,
): View {
  if (options.json) return 'json';
  const inCi = ['CI', 'CONTINUOUS_INTEGRATION'].some(
    (name) => ![undefined, '0', 'false'].includes(env[name]),
  );
  return stderr.isTTY === true && env.TERM !== 'dumb' && !inCi ? 'live' : 'plain';
}
