/** Puts answers into a cloud-config without losing what its author wrote: keys, order, comments. */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Pair,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import type { NetworkAnswers } from './answers.ts';
import type { AnswerProblem } from './fault.ts';
import { networkUnits } from './network-units.ts';

/** A configuration that answers are put into. */
export class Merge {
  private readonly document: Document;
  private readonly found: AnswerProblem[] = [];

  /**
   * @param text A cloud-config that the reader of cloud-configs took.
   * @param where Its place, for messages.
   */
  constructor(
    text: string,
    private readonly where: string,
  ) {
    this.document = parseDocument(text, { version: '1.2', resolveKnownTags: false, keepSourceTokens: false });
  }

  /** What contradicts each other. */
  get problems(): readonly AnswerProblem[] {
    return this.found;
  }

  /**
   * Sets the host name.
   * @param isOwn The text's host name came from the same answer, so that the longer form counts.
   */
  hostname(hostname: string, isOwn: boolean): void {
    const known = this.valueOf('hostname');
    if (typeof known === 'string' && known !== hostname && !isOwn) {
      this.refuse(
        'hostname',
        `${this.where} names the machine ${known}, and the answer here is ${hostname}`,
        'leave the host name empty here, or make the two the same',
      );
      return;
    }
    this.set('hostname', hostname);
  }

  /** Adds keys that are not there yet. */
  sshKeys(keys: readonly string[]): void {
    const known = this.valueOf('ssh_authorized_keys');
    const listed = Array.isArray(known) ? known.map((key) => String(key).trim()) : [];
    const missing = keys.filter((key) => !listed.includes(key));
    if (missing.length === 0) return;
    const pair = pairOf(this.root, 'ssh_authorized_keys');
    if (pair !== undefined && isSeq(pair.value))
      for (const key of missing) pair.value.add(this.document.createNode(key));
    // An alias names a list that others use too: it is written out.
    else this.set('ssh_authorized_keys', [...listed, ...missing]);
  }

  /** Adds the network's files as units. */
  network(network: NetworkAnswers): void {
    const units = networkUnits(network);
    if (units.length === 0) return;
    const section = this.section();
    const pair = pairOf(section, 'units');
    const present = this.unitNames(pair?.value);
    for (const { name } of units.filter((unit) => present.includes(unit.name)))
      this.refuse(
        'network',
        `${this.where} has a unit ${name} of its own`,
        'leave the network as it is here, or rename that unit',
      );
    if (this.found.length > 0) return;
    const nodes = units.map((unit) => this.document.createNode({ ...unit }));
    if (pair !== undefined && isSeq(pair.value)) for (const node of nodes) pair.value.add(node);
    else
      section.set(
        'units',
        this.document.createNode(pair === undefined ? units : [...this.resolved(pair.value), ...units]),
      );
  }

  /** The whole text. */
  text(): string {
    // Long lines are keys and certificates: folding them would not change them, and make them hard to compare.
    return this.document.toString({ lineWidth: 0 });
  }

  private get root(): YAMLMap {
    if (!isMap(this.document.contents)) {
      const { commentBefore } = this.document.contents ?? {};
      this.document.contents = this.document.createNode({});
      // The header is a comment, and is all that an empty configuration has.
      if (commentBefore && !this.document.commentBefore) this.document.commentBefore = commentBefore;
    }
    return this.document.contents as YAMLMap;
  }

  /** `coreos` or its other name, made when there is none. */
  private section(): YAMLMap {
    const pair = pairOf(this.root, 'coreos') ?? pairOf(this.root, 'basalt');
    const value = isAlias(pair?.value) ? pair.value.resolve(this.document) : pair?.value;
    if (isMap(value)) return value;
    const made = this.document.createNode({}) as YAMLMap;
    this.root.set('coreos', made);
    return made;
  }

  private set(key: string, value: unknown): void {
    const pair = pairOf(this.root, key);
    if (pair !== undefined && isScalar(pair.value) && typeof value === 'string') pair.value.value = value;
    else if (pair !== undefined) pair.value = this.document.createNode(value);
    else this.root.add(this.document.createPair(key, value));
  }

  /** Plain data at a key of the root, aliases replaced. */
  private valueOf(key: string): unknown {
    const value = pairOf(this.root, key)?.value;
    return isNode(value) ? value.toJS(this.document) : undefined;
  }

  private resolved(value: unknown): readonly unknown[] {
    const plain = isNode(value) ? value.toJS(this.document) : undefined;
    return Array.isArray(plain) ? plain : [];
  }

  private unitNames(value: unknown): readonly string[] {
    return this.resolved(value).flatMap((unit) =>
      typeof unit === 'object' && unit !== null && 'name' in unit ? [String(unit.name)] : [],
    );
  }

  private refuse(part: AnswerProblem['part'], message: string, hint: string): void {
    this.found.push({ part, message, hint });
  }
}

/** The reader takes dashes for underscores, so that a key may be spelled in two ways. */
function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => isScalar(pair.key) && String(pair.key.value).replaceAll('-', '_') === key);
}
