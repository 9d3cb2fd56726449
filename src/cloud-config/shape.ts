/** The form of a cloud-config as data: which keys there are, what each takes, what it is for. */

/** Why a text is refused, and what to write instead. */
export interface Fault {
  /** Completes the sentence "X is ..., REASON". */
  readonly reason: string;
  readonly hint: string;
}

interface Described {
  /** For editors, the reference and hints; no full stop. */
  readonly description: string;
}

/** Text; a number is taken as it was typed. */
export interface TextShape extends Described {
  readonly kind: 'text';
  readonly choices?: readonly string[];
  /** For editors. */
  readonly pattern?: string;
  /** What is wrong with the text, variables filled in. */
  readonly check?: (text: string) => Fault | undefined;
  /** Problems do not show it. */
  readonly secret?: boolean;
  /** Whether true and false are texts too, as for the settings of etcd. */
  readonly flags?: boolean;
}

/** True or false; yes, no, on and off too, as in the YAML of coreos-cloudinit's time. */
export interface FlagShape extends Described {
  readonly kind: 'flag';
}

/** Permission bits: text in octal; numbers only when they were typed in octal. */
export interface ModeShape extends Described {
  readonly kind: 'mode';
}

export interface ListShape extends Described {
  readonly kind: 'list';
  readonly items: Shape;
}

/** A map with fixed keys. Dashes and underscores in keys are the same, as in coreos-cloudinit. */
export interface SectionShape extends Described {
  readonly kind: 'section';
  /** By the name the documentation uses. */
  readonly keys: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  /** Keys that other tools or other times know: what to do instead. Names with underscores. */
  readonly refused?: Readonly<Record<string, string>>;
}

export type Shape = TextShape | FlagShape | ModeShape | ListShape | SectionShape;

/** The name under which a key is looked up: dashes are underscores. */
export function canonical(key: string): string {
  return key.replaceAll('-', '_');
}

export function text(description: string, extra: Omit<TextShape, 'kind' | 'description'> = {}): TextShape {
  return { kind: 'text', description, ...extra };
}

export function flag(description: string): FlagShape {
  return { kind: 'flag', description };
}

export function list(description: string, items: Shape): ListShape {
  return { kind: 'list', description, items };
}

export function section(
  description: string,
  keys: SectionShape['keys'],
  extra: Pick<SectionShape, 'required' | 'refused'> = {},
): SectionShape {
  return { kind: 'section', description, keys, ...extra };
}
