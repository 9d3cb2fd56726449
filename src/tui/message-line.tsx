/** A message, printed once above the live view. */
import { Box, Text } from 'ink';
import type { BuildState, MessageEvent } from '../report/build-state.ts';
import { printable } from '../report/printable.ts';
import { useLook } from './look.ts';

/** Draws a message, wrapped under itself. Warnings are marked by a sign and a word, so that colour isn't needed. */
export function MessageLine(props: { message: MessageEvent; stages: BuildState['stages']; columns: number }) {
  const { paint, glyphs } = useLook();
  const { level, stage, text } = props.message;
  const about = stage === undefined ? '' : `${props.stages.find(({ id }) => id === stage)?.title ?? stage}: `;
  const words = printable(`${about}${text}`);
  const sign = level === 'warning' ? paint('warning', glyphs.warning) : ' ';
  const line = level === 'warning' ? `${paint('warning', 'warning:')} ${words}` : words;
  return (
    <Box width={Math.max(props.columns - 1, 10)} paddingLeft={2}>
      <Box width={2} flexShrink={0}>
        <Text>{sign}</Text>
      </Box>
      <Box flexGrow={1} flexShrink={1}>
        <Text>{level === 'detail' ? paint('quiet', line) : line}</Text>
      </Box>
    </Box>
  );
}
