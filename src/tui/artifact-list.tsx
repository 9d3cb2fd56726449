/** The files a build made, with their sizes. */
import { basename } from 'node:path';
import { Box, Text } from 'ink';
import type { ArtifactEvent } from '../report/build-state.ts';
import { printable } from '../report/printable.ts';
import { formatSize } from '../units.ts';
import { left, right } from './cells.ts';
import { useLook } from './look.ts';
import { rowIndent, stageColumns } from './stage-columns.ts';

/** Draws one line per artifact: its name, format and size, in line with the stages above. */
export function ArtifactList(props: { artifacts: readonly ArtifactEvent[]; columns: number; rows: number }) {
  const { paint, glyphs } = useLook();
  const { artifacts, columns, rows } = props;
  if (artifacts.length === 0 || rows <= 0) return null;
  const shown = artifacts.length <= rows ? artifacts : artifacts.slice(0, Math.max(rows - 1, 0));
  const names = shown.map(({ path }) => printable(basename(path)));
  const widths = stageColumns(columns, Math.max(...names.map((name) => [...name].length)));
  return (
    <Box flexDirection="column" marginTop={1}>
      {shown.map((artifact, index) => (
        <Text key={artifact.path} wrap="truncate-end">
          {' '.repeat(rowIndent)}
          {left(names[index] ?? '', widths.title + widths.progress, glyphs.ellipsis)}
          {paint(
            'quiet',
            right(artifact.format, widths.time) + right(formatSize(artifact.sizeBytes), widths.size),
          )}
        </Text>
      ))}
      {shown.length < artifacts.length && (
        <Text>
          {paint(
            'quiet',
            `${' '.repeat(rowIndent)}${glyphs.ellipsis} ${artifacts.length - shown.length} more`,
          )}
        </Text>
      )}
    </Box>
  );
}
