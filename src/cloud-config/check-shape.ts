/** Holds a document against a shape: tells what does not fit, and gives the parts that do. */
import type { SourceDocument } from '../yaml/document.ts';
import { suggestion } from '../yaml/nearest.ts';
import { pathText, shorten, type ValuePath, valueAt } from '../yaml/value-path.ts';
import { modeFault, parseMode } from './mode.ts';
import { Part } from './part.ts';
import type { Hint, Report } from './report.ts';
import {
  canonical,
  type FlagShape,
  type ListShape,
  type SectionShape,
  type Shape,
  type TextShape,
} from './shape.ts';
import { Variables } from './variables.ts';

const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['yes', true],
  ['on', true],
  ['false', false],
  ['no', false],
  ['off', false],
]);

/** Names, addresses and keys are far shorter; patterns take long for longer texts. */
const MAXIMUM_CHECKED = 20_000;

const WANTED = {
  text: 'text',
  flag: 'true or false',
  mode: 'a mode',
  list: 'a list',
  section: 'a map',
} as const;

/** Checks values of one document. */
export class ShapeCheck {
  constructor(
    private readonly document: SourceDocument,
    private readonly variables: Variables,
    private readonly report: Report,
  ) {}

  /** The part at `path`; undefined when it does not fit, which is then told. */
  check(shape: Shape, path: ValuePath = []): Part | undefined {
    const value = valueAt(this.document.value, path);
    if (value === null || value === undefined) {
      const hint = `remove the key, or give it a value: ${shape.description}`;
      this.report.problem(this.document.keyPlace(path), `${this.name(path)} has no value`, hint);
      return undefined;
    }
    switch (shape.kind) {
      case 'text':
        return this.text(shape, path, value);
      case 'flag':
        return this.flag(shape, path, value);
      case 'mode':
        return this.mode(path, value, shape);
      case 'list':
        return this.list(shape, path, value);
      case 'section':
        return this.section(shape, path, value);
    }
  }

  private text(shape: TextShape, path: ValuePath, value: unknown): Part | undefined {
    if (typeof value === 'object' || (typeof value === 'boolean' && shape.flags !== true))
      return this.wrongType(shape, path, value);
    const raw = typeof value === 'string' ? value : (this.document.written(path) ?? String(value));
    const text = this.variables.fill(raw);
    const seen = `${this.name(path)} is ${shape.secret ? 'not shown here' : seenText(value, raw)}`;
    if (shape.choices !== undefined && !shape.choices.includes(text.specimen))
      return this.refuse(path, `${seen}, which is not one of the choices`, () =>
        suggestion(text.specimen, shape.choices ?? []),
      );
    if (shape.check !== undefined && raw.length > MAXIMUM_CHECKED)
      return this.refuse(
        path,
        `${this.name(path)} has ${raw.length} characters`,
        `at most ${MAXIMUM_CHECKED}: ${shape.description}`,
      );
    const fault = shape.check?.(text.specimen);
    if (fault !== undefined) {
      const unknown =
        text.unknown.length === 0 ? '' : ` (this machine has no ${text.unknown.join(' and no ')})`;
      return this.refuse(path, `${seen}${unknown}, ${fault.reason}`, fault.hint);
    }
    for (const name of text.unknown)
      this.report.warning(
        this.document.place(path),
        `${this.name(path)} has ${name}, which this machine does not know`,
        'nothing is put in its place; a metadata service tells a machine its addresses',
      );
    return new Part(this.document, path, { text, raw: Variables.unshield(raw) });
  }

  private flag(shape: FlagShape, path: ValuePath, value: unknown): Part | undefined {
    const flag = typeof value === 'object' ? undefined : FLAGS.get(String(value).toLowerCase());
    return flag === undefined ? this.wrongType(shape, path, value) : new Part(this.document, path, { flag });
  }

  private mode(path: ValuePath, value: unknown, shape: Shape): Part | undefined {
    if (typeof value !== 'string' && typeof value !== 'number') return this.wrongType(shape, path, value);
    const typed = typeof value === 'string' ? value : (this.document.written(path) ?? String(value));
    const fault = modeFault(value, typed);
    if (fault !== undefined)
      return this.refuse(
        path,
        `${this.name(path)} is ${seenText(value, typed)}, ${fault.reason}`,
        fault.hint,
      );
    return new Part(this.document, path, { mode: parseMode(typed) ?? 0 });
  }

  private list(shape: ListShape, path: ValuePath, value: unknown): Part | undefined {
    if (!Array.isArray(value)) return this.wrongType(shape, path, value);
    const items: Part[] = [];
    for (let index = 0; index < value.length; index++) {
      const item = this.check(shape.items, [...path, index]);
      if (item !== undefined) items.push(item);
    }
    return new Part(this.document, path, { items });
  }

  private section(shape: SectionShape, path: ValuePath, value: unknown): Part | undefined {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return this.wrongType(shape, path, value);
    const known = new Map(Object.entries(shape.keys).map(([key, inner]) => [canonical(key), inner]));
    const keys = new Map<string, Part>();
    const written = new Map<string, string>();
    for (const key of Object.keys(value)) {
      const name = canonical(key);
      const inner = known.get(name);
      if (inner === undefined) {
        this.unknownKey(shape, path, key);
        continue;
      }
      const first = written.get(name);
      if (first !== undefined) {
        this.report.problem(
          this.document.keyPlace([...path, key]),
          `"${key}" and "${first}" are the same key: it is in line ${this.document.keyPlace([...path, first]).line} already`,
          'write the key once',
        );
        continue;
      }
      written.set(name, key);
      const part = this.check(inner, [...path, key]);
      if (part !== undefined) keys.set(name, part);
    }
    for (const key of shape.required ?? []) {
      if (!written.has(canonical(key)))
        this.refuse(path, `${this.name(path)} has no "${key}"`, shape.keys[key]?.description);
    }
    return new Part(this.document, path, { keys, written: new Set(written.keys()) });
  }

  private unknownKey(shape: SectionShape, path: ValuePath, key: string): void {
    const at = this.document.keyPlace([...path, key]);
    const inside = path.length === 0 ? '' : ` in ${pathText(path)}`;
    const refused = shape.refused ?? {};
    const name = canonical(key);
    if (Object.hasOwn(refused, name)) {
      this.report.problem(at, `"${shorten(key)}"${inside} is not supported`, refused[name]);
      return;
    }
    this.report.problem(at, `unknown key "${shorten(key)}"${inside}`, () =>
      suggestion(key, Object.keys(shape.keys)),
    );
  }

  private wrongType(shape: Shape, path: ValuePath, value: unknown): undefined {
    // A map may have a key toString: only what is no list or map is made a text.
    const seen = seenText(
      value,
      this.document.written(path) ?? (typeof value === 'object' ? '' : String(value)),
    );
    return this.refuse(path, `${this.name(path)} is ${seen}, not ${WANTED[shape.kind]}`, shape.description);
  }

  private refuse(path: ValuePath, message: string, hint?: Hint): undefined {
    this.report.problem(this.document.place(path), message, hint);
    return undefined;
  }

  private name(path: ValuePath): string {
    return pathText(path, this.document.noun);
  }
}

function seenText(value: unknown, written: string): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  const text = shorten(Variables.unshield(written));
  return typeof value === 'string' ? `"${text}"` : typeof value === 'number' ? `the number ${text}` : text;
}
