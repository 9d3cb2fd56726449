/** A plan: stages with their options, inputs and digests. Only data: it prints, hashes and compares. */
import { canonicalJson, digestBytes } from '../store/digest.ts';
import { type StageKind, type StageOptions, stageVersions } from './catalogue.ts';

export interface PlannedStage<Kind extends StageKind = StageKind> {
  /** Unique in the plan, such as `fetch-root`. */
  readonly id: string;
  readonly kind: Kind;
  /** For people: what happens here. */
  readonly title: string;
  readonly options: StageOptions[Kind];
  /** Input name → id of the stage that gives it. */
  readonly inputs: Readonly<Record<string, string>>;
  /** SHA-256 over kind, version, options, tools and the digests of the inputs: what this stage will make. */
  readonly digest: string;
}

export interface Plan {
  readonly image: string;
  readonly version: string;
  /** Seconds since 1970. */
  readonly epoch: number;
  /** In an order in which every stage comes after its inputs. */
  readonly stages: readonly PlannedStage[];
}

/** Puts stages together, computing digests as they come. */
export class PlanBuilder {
  private readonly stages: PlannedStage[] = [];

  /** @param tools Digest of the tools tree: other tools may make other bytes. */
  constructor(private readonly tools: string) {}

  /** Adds a stage and returns its id. Its inputs must have been added before. */
  add<Kind extends StageKind>(
    kind: Kind,
    title: string,
    options: StageOptions[Kind],
    inputs: Readonly<Record<string, string>> = {},
    id: string = kind,
  ): string {
    const inputDigests = Object.fromEntries(
      Object.entries(inputs).map(([name, stage]) => [
        name,
        this.stages.find((planned) => planned.id === stage)?.digest,
      ]),
    );
    const digest = digestBytes(
      canonicalJson({
        kind,
        version: stageVersions[kind],
        options,
        inputs: inputDigests,
        tools: kind === 'fetch' ? '' : this.tools,
      }),
    );
    this.stages.push({ id, kind, title, options, inputs, digest });
    return id;
  }

  build(head: Omit<Plan, 'stages'>): Plan {
    return { ...head, stages: this.stages };
  }
}
