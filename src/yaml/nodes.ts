/** From YAML's node tree to plain data and positions, within bounds. */
import { type Alias, type Document, isAlias, isMap, isNode, isScalar, isSeq, type Node } from 'yaml';
import { aliasTargets } from './aliases.ts';
import type { Origin } from './origin.ts';
import type { ValuePath } from './value-path.ts';

/** Where one value stands: offsets into the text. */
export interface Spot {
  readonly value: number;
  /** Offset of its key; undefined for list items and the root. */
  readonly key: number | undefined;
  /** A scalar as it was typed. */
  readonly written: string | undefined;
  /** Whether it is a literal block (`|`): its lines are those of the text. */
  readonly literal: boolean;
}

/** Something wrong that is not syntax. */
export interface NodeFault {
  readonly offset: number;
  readonly message: (at: (offset: number) => Origin) => string;
  readonly hint?: string;
}

/** What {@link readNodes} found. */
export interface Nodes {
  readonly value: unknown;
  readonly spots: ReadonlyMap<string, Spot>;
  readonly faults: readonly NodeFault[];
}

/** Values after aliases are replaced by what they name: enough for any file that people write, too few for a "billion laughs". */
const MAXIMUM_VALUES = 20_000;
const MAXIMUM_DEPTH = 32;
/** Of all texts together, aliases replaced. */
const MAXIMUM_CHARACTERS = 4 * 1024 * 1024;

interface YamlPair {
  readonly key: unknown;
  readonly value: unknown;
}

/** Stops the walk: nothing after it would be worth reading. */
class TooMuch extends Error {
  constructor(readonly fault: NodeFault) {
    super();
  }
}

/** Reads the whole tree. Never throws. */
export function readNodes(document: Document): Nodes {
  const walk = new Walk(document);
  try {
    return {
      value: walk.read(document.contents as Node | null, START, undefined),
      spots: walk.spots,
      faults: walk.faults,
    };
  } catch (error) {
    if (!(error instanceof TooMuch)) throw error;
    return { value: undefined, spots: walk.spots, faults: [...walk.faults, error.fault] };
  }
}

class Walk {
  readonly spots = new Map<string, Spot>();
  readonly faults: NodeFault[] = [];
  private count = 0;
  private characters = 0;

  private readonly aliases: ReadonlyMap<Alias, Node>;

  constructor(document: Document) {
    this.aliases = aliasTargets(document);
  }

  read(node: Node | null, way: Way, key: number | undefined, nearby = 0): unknown {
    const offset = node?.range?.[0] ?? key ?? nearby;
    this.count++;
    if (this.count > MAXIMUM_VALUES)
      throw tooMuch(offset, `more than ${MAXIMUM_VALUES} values, aliases included`);
    if (way.depth > MAXIMUM_DEPTH)
      throw tooMuch(offset, `nested more than ${MAXIMUM_DEPTH} deep, or an alias inside of its own anchor`);
    const target = isAlias(node) ? this.aliases.get(node) : node;
    this.spots.set(way.key, {
      value: offset,
      key,
      written: isScalar(target) ? target.source : undefined,
      literal: isScalar(node) && node.type === 'BLOCK_LITERAL',
    });
    if (isAlias(node) && target === undefined) {
      this.faults.push({
        offset,
        message: () => `nothing is named by the anchor &${node.source}`,
        hint: 'anchors come before their aliases',
      });
    }
    const nodeOf = (item: unknown) => (isNode(item) ? item : null);
    if (isSeq(target))
      return target.items.map((item, index) => this.read(nodeOf(item), below(way, index), undefined, offset));
    if (isMap(target)) return this.readMap(target.items as readonly YamlPair[], way, offset);
    if (!isScalar(target)) return null;
    if (typeof target.value === 'string') this.characters += target.value.length;
    if (this.characters > MAXIMUM_CHARACTERS)
      throw tooMuch(offset, `more than ${MAXIMUM_CHARACTERS} characters, aliases included`);
    return target.value;
  }

  private readMap(pairs: readonly YamlPair[], way: Way, offset: number): unknown {
    const result: Record<string, unknown> = {};
    const seen = new Map<string, number>();
    for (const pair of pairs) {
      const keyNode = isAlias(pair.key) ? this.aliases.get(pair.key) : pair.key;
      const keyOffset = (isNode(pair.key) ? pair.key.range?.[0] : undefined) ?? offset;
      if (!isScalar(keyNode) || keyNode.value === null) {
        this.faults.push({
          offset: keyOffset,
          message: () => 'a key that is not a word',
          hint: 'keys are plain words',
        });
        continue;
      }
      const name = String(keyNode.source ?? keyNode.value);
      const first = seen.get(name);
      if (first !== undefined) {
        const message = (at: (offset: number) => Origin) =>
          `"${name}" is written twice: first in line ${at(first).line}`;
        this.faults.push({ offset: keyOffset, message, hint: 'write the key once, with all of its values' });
        continue;
      }
      seen.set(name, keyOffset);
      if (name === '__proto__') {
        this.faults.push({
          offset: keyOffset,
          message: () => 'the key "__proto__" is reserved',
          hint: 'use another name',
        });
        continue;
      }
      result[name] = this.read(isNode(pair.value) ? pair.value : null, below(way, name), keyOffset, offset);
    }
    return result;
  }
}

/** One text for a path; distinguishes the key "0" from the index 0. */
export function spotKey(path: ValuePath): string {
  return path.map(stepKey).join('');
}

function stepKey(step: PropertyKey): string {
  return typeof step === 'number' ? `${step},` : `${JSON.stringify(step)},`;
}

/** The way to a value, as {@link spotKey} has it. Made step by step: there may be many values. */
interface Way {
  readonly key: string;
  readonly depth: number;
}

const START: Way = { key: '', depth: 0 };

function below({ key, depth }: Way, step: string | number): Way {
  return { key: key + stepKey(step), depth: depth + 1 };
}

function tooMuch(offset: number, message: string): TooMuch {
  return new TooMuch({
    offset,
    message: () => message,
    hint: 'write the values out, with fewer anchors and aliases',
  });
}
