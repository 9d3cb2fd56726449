/** The last line of the build view: how far it is, or how it ended. */
import { Box, Text } from 'ink';
import { type BuildState, countStages, type EndEvent } from '../report/build-state.ts';
import { endSentence, progressSentence } from '../report/sentences.ts';
import { useLook } from './look.ts';

/** Where the output path starts: below the words of the line above. */
const OUTPUT_INDENT = 4;

/** The longest ending, `failed after 12 min 05 s, 10 of 12 stages finished` and its sign, fits this. */
const SENTENCE_COLUMNS = 60;

/** The most rows the summary takes, the empty one above it not counted. */
export function summaryRows(end: EndEvent | undefined, columns: number): number {
  if (end === undefined) return 1;
  const sentence = columns < SENTENCE_COLUMNS ? 3 : 1;
  return sentence + Math.ceil((OUTPUT_INDENT + (end.output?.length ?? 0)) / columns);
}

/** Draws the summary. The output path is wrapped, never cut: it is there to be copied. */
export function BuildSummary({ state, nowMs }: { state: BuildState; nowMs: number }) {
  const { paint, glyphs } = useLook();
  if (state.end === undefined) {
    return (
      <Box marginTop={1}>
        <Text wrap="truncate-end">{paint('quiet', `  ${progressSentence(state, nowMs)}`)}</Text>
      </Box>
    );
  }
  const { ok, output } = state.end;
  const failed = countStages(state, 'failed') > 0;
  const sign = ok
    ? paint('good', glyphs.built)
    : failed
      ? paint('bad', glyphs.failed)
      : paint('quiet', glyphs.stopped);
  return (
    <Box marginTop={1} flexDirection="column">
      <Text>{`  ${sign} ${paint('strong', endSentence(state))}`}</Text>
      {output !== undefined && <Text>{' '.repeat(OUTPUT_INDENT) + output}</Text>}
    </Box>
  );
}
