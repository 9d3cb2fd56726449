/** The way of a machine from its first packet to running, as data. */

/** In the order of the way. */
export const stages = ['seen', 'asked', 'loading', 'installing', 'installed', 'running'] as const;
export type Stage = (typeof stages)[number];

/** What the machine itself may report. */
export const reports = ['loading', 'installing', 'installed', 'running', 'failed'] as const;
export type Report = (typeof reports)[number];

/** Report → the stages in which it makes sense. `failed` changes no stage: it is an error beside it. */
const allowed: Readonly<Record<Report, readonly Stage[]>> = {
  loading: ['asked', 'loading'],
  installing: ['asked', 'loading', 'installing'],
  installed: ['asked', 'loading', 'installing', 'installed'],
  running: ['installed', 'running'],
  failed: ['asked', 'loading', 'installing', 'installed', 'running'],
};

/** The stage after a report; undefined when the report cannot be true. */
export function stageAfter(stage: Stage, report: Report): Stage | undefined {
  if (!allowed[report].includes(stage)) return undefined;
  return report === 'failed' ? stage : report;
}

/** The stages in which `report` makes sense, for messages. */
export function stagesBefore(report: Report): readonly Stage[] {
  return allowed[report];
}

/** The stage in words: `installing 43 %`, `running 1.2.0`. */
export function stageText(stage: Stage, percent: number | undefined, version: string | undefined): string {
  if ((stage === 'installing' || stage === 'loading') && percent !== undefined)
    return `${stage} ${percent} %`;
  if ((stage === 'running' || stage === 'installed') && version !== undefined) return `${stage} ${version}`;
  return stage;
}
