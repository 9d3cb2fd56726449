/** What every stage is: an effect that turns options and inputs into files and values. */
import type { Downloads } from '../packages/downloads.ts';
import type { StageKind, StageOptions } from '../plan/catalogue.ts';
import type { Source } from '../plan/content.ts';
import type { Store, StoredObject } from '../store/store.ts';
import type { Toolbox } from '../tools/toolbox.ts';

/** An input: what an earlier stage made, verified by digest just before. */
export interface StageInput {
  readonly objects: Readonly<Record<string, StoredObject>>;
  readonly values: Readonly<Record<string, unknown>>;
}

/** How far a stage is. */
export interface StageProgress {
  readonly done: number;
  readonly total?: number;
  readonly unit: 'bytes' | 'items';
  readonly note?: string;
}

export interface StageContext<Kind extends StageKind> {
  readonly options: StageOptions[Kind];
  readonly inputs: Readonly<Record<string, StageInput>>;
  readonly toolbox: Toolbox;
  readonly store: Store;
  /** Shared by all stages of the run: two of them may want the same package. */
  readonly downloads: Downloads;
  /** A folder of this run on the store's file system; removed afterwards. */
  readonly directory: string;
  /** The project's folder. */
  readonly home: string;
  readonly signal: AbortSignal;
  /** Where the bytes behind a digest are. */
  readonly sourceOf: (sha256: string) => Source;
  /** Path of a verified file that holds the bytes behind a digest of the recipe's or Basalt's own files. */
  readonly fileOf: (sha256: string) => Promise<string>;
  readonly progress: (progress: StageProgress) => void;
  readonly warn: (text: string) => void;
}

/** A file whose SHA-256 the stage knows from writing it. */
export interface DigestedFile {
  readonly path: string;
  readonly sha256: string;
}

/** What a stage made. */
export interface StageResult {
  /** Files in the stage's directory; they are moved into the store. */
  readonly files?: Readonly<Record<string, string | DigestedFile>>;
  /** Objects that are in the store already. */
  readonly objects?: Readonly<Record<string, StoredObject>>;
  readonly values?: Readonly<Record<string, unknown>>;
}

/** The code of a kind of stage. */
export type StageRunner<Kind extends StageKind> = (context: StageContext<Kind>) => Promise<StageResult>;

/** Path of an input's object in the store. */
export function inputPath<Kind extends StageKind>(
  context: StageContext<Kind>,
  input: string,
  object: string,
): string {
  return context.store.objectPath(inputDigest(context, input, object));
}

/** SHA-256 of an input's object. */
export function inputDigest<Kind extends StageKind>(
  context: StageContext<Kind>,
  input: string,
  object: string,
): string {
  const found = context.inputs[input]?.objects[object];
  if (found === undefined) throw new Error(`stage input ${input} has no object ${object}`);
  return found.sha256;
}

/** A text value of an input. */
export function inputText<Kind extends StageKind>(
  context: StageContext<Kind>,
  input: string,
  value: string,
): string {
  const found = context.inputs[input]?.values[value];
  if (typeof found !== 'string') throw new Error(`stage input ${input} has no text ${value}`);
  return found;
}

/** A number among the values of an input. */
export function inputNumber<Kind extends StageKind>(
  context: StageContext<Kind>,
  input: string,
  value: string,
): number {
  const found = context.inputs[input]?.values[value];
  if (typeof found !== 'number') throw new Error(`stage input ${input} has no number ${value}`);
  return found;
}
