/** The list of stages, within the rows there are. */
import { Box, Text } from 'ink';
import type { StageState } from '../report/build-state.ts';
import { useLook } from './look.ts';
import { rowIndent, stageColumns } from './stage-columns.ts';
import { StageRow } from './stage-row.tsx';
import { stageWindow } from './stage-window.ts';

/** Draws the stages in at most `rows` rows of `columns` columns. */
export function StageList(props: {
  stages: readonly StageState[];
  columns: number;
  rows: number;
  nowMs: number;
}) {
  const { stages, columns, rows, nowMs } = props;
  const window = stageWindow(stages, rows);
  const widths = stageColumns(columns, Math.max(0, ...stages.map(({ title }) => [...title].length)));
  return (
    <Box flexDirection="column">
      <LeftOut count={window.before} where="before" />
      {window.shown.map((stage) => (
        <StageRow key={stage.id} stage={stage} columns={widths} nowMs={nowMs} />
      ))}
      <LeftOut count={window.after} where="after" />
    </Box>
  );
}

function LeftOut({ count, where }: { count: number; where: 'before' | 'after' }) {
  const { paint, glyphs } = useLook();
  if (count === 0) return null;
  const text = `${' '.repeat(rowIndent)}${glyphs.ellipsis} ${count} ${where === 'before' ? 'above' : 'more'}`;
  return <Text wrap="truncate-end">{paint('quiet', text)}</Text>;
}
