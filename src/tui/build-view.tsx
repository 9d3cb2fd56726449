/** The live view of a build: what it builds, its stages, what it made, how it went. */
import { Box, Static, Text } from 'ink';
import type { BuildState } from '../report/build-state.ts';
import { ArtifactList } from './artifact-list.tsx';
import { BuildSummary, summaryRows } from './build-summary.tsx';
import { useLook } from './look.ts';
import { MessageLine } from './message-line.tsx';
import { StageList } from './stage-list.tsx';

/** The header with a gap above and below, a gap before the summary, and the row the cursor rests on. */
const FIXED_ROWS = 5;

/** Artifacts never take more than this from the stages while those run. */
const MOST_ARTIFACT_ROWS = 8;

/** Whether there is anything to draw: not every command has a plan, but every command ends. */
export function hasView({ image, messages }: BuildState): boolean {
  return image !== undefined || messages.length > 0;
}

/** The size of the terminal, in characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/**
 * Draws a build. Messages are printed once, above; the rest is redrawn in place and always lower than the
 * terminal, because ink clears the whole screen, scrollback included, for anything taller.
 * @param props.nowMs The moment to draw, on the clock that the events were reduced with.
 */
export function BuildView({ state, size, nowMs }: { state: BuildState; size: TerminalSize; nowMs: number }) {
  const room = Math.max(size.rows - FIXED_ROWS - summaryRows(state.end, size.columns), 1);
  const artifactRows = Math.min(state.artifacts.length, MOST_ARTIFACT_ROWS, Math.max(room - 4, 0));
  const stageRows = Math.max(room - (artifactRows > 0 ? artifactRows + 1 : 0), 1);
  return (
    <>
      <Static items={[...state.messages]}>
        {(message, index) => (
          <MessageLine key={index} message={message} stages={state.stages} columns={size.columns} />
        )}
      </Static>
      {state.image !== undefined && (
        <Box flexDirection="column">
          <Header image={state.image} version={state.version ?? ''} />
          <StageList stages={state.stages} columns={size.columns} rows={stageRows} nowMs={nowMs} />
          <ArtifactList artifacts={state.artifacts} columns={size.columns} rows={artifactRows} />
          <BuildSummary state={state} nowMs={nowMs} />
        </Box>
      )}
    </>
  );
}

function Header({ image, version }: { image: string; version: string }) {
  const { paint } = useLook();
  return (
    <Box marginTop={1} marginBottom={1}>
      <Text wrap="truncate-end">{`  ${paint('strong', image)} ${paint('quiet', version)}`}</Text>
    </Box>
  );
}
