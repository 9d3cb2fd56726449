/** A part of a cloud-config that has the right form. */
import type { SourceDocument, TextLine } from '../yaml/document.ts';
import type { Origin } from '../yaml/origin.ts';
import type { ValuePath } from '../yaml/value-path.ts';
import type { Filled } from './variables.ts';

/** One value and its parts. What had the wrong form is left out: its problem is told already. */
export class Part {
  constructor(
    private readonly document: SourceDocument,
    readonly path: ValuePath,
    private readonly content: {
      readonly text?: Filled;
      /** What the YAML has, before addresses were put in. */
      readonly raw?: string;
      readonly flag?: boolean;
      readonly mode?: number;
      readonly items?: readonly Part[];
      /** By canonical name. */
      readonly keys?: ReadonlyMap<string, Part>;
      /** Canonical names of the keys that were written, right or wrong. */
      readonly written?: ReadonlySet<string>;
    },
  ) {}

  /** Where the value begins. */
  get place(): Origin {
    return this.document.place(this.path);
  }

  /** Where its key is written. */
  get keyPlace(): Origin {
    return this.document.keyPlace(this.path);
  }

  /** Where a line of the text, as it was written, stands. */
  placeInside(line: TextLine): Origin {
    return this.document.placeInside(this.path, line);
  }

  /** A part of a section, by its canonical name. */
  get(key: string): Part | undefined {
    return this.content.keys?.get(key);
  }

  /** True when the key was written, right or wrong. */
  has(key: string): boolean {
    return this.content.written?.has(key) ?? false;
  }

  get items(): readonly Part[] {
    return this.content.items ?? [];
  }

  /** The parts of a section with their canonical names, in the order of the text. */
  get entries(): readonly (readonly [string, Part])[] {
    return [...(this.content.keys ?? [])];
  }

  /** The text for the machine. */
  get text(): string {
    return this.content.text?.text ?? '';
  }

  /** The text for checks: unknown addresses replaced by specimens. */
  get specimen(): string {
    return this.content.text?.specimen ?? '';
  }

  /** The text as it was written. */
  get raw(): string {
    return this.content.raw ?? '';
  }

  get flag(): boolean {
    return this.content.flag ?? false;
  }

  get mode(): number | undefined {
    return this.content.mode;
  }
}
