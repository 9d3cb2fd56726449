/** Fields that are filled in together. */
import type { Key } from './key.ts';
import { pressText, type TextField, textField } from './text-field.ts';

interface FieldBase {
  readonly id: string;
  readonly label: string;
  /** Shown while the field has the cursor. */
  readonly hint?: string | undefined;
  /** It is there only while another field has this value. */
  readonly onlyFor?: { readonly field: string; readonly value: string };
}

export type Field =
  | (FieldBase & {
      readonly kind: 'text';
      readonly value: TextField;
      /** One of a list of values: an empty one is always at its end. */
      readonly list?: string;
      readonly isSecret?: boolean;
      /** What counts when nothing is typed. */
      readonly placeholder?: string | undefined;
    })
  | (FieldBase & {
      readonly kind: 'choice';
      readonly value: string;
      readonly choices: readonly { readonly value: string; readonly title: string }[];
    })
  | (FieldBase & { readonly kind: 'check'; readonly value: boolean })
  /** A text from a file. */
  | (FieldBase & { readonly kind: 'file'; readonly value: string });

export interface Form {
  readonly title: string;
  readonly intro: string;
  readonly fields: readonly Field[];
  /** Among the fields that are there; their number means the button. */
  readonly focus: number;
  /** The last row, which accepts; without it Enter in the last field does. */
  readonly button?: string | undefined;
  /** What is wrong, by field; '' for the whole. */
  readonly faults: Readonly<Record<string, string>>;
}

/** What a key did to a form. */
export type FormChange =
  | { readonly kind: 'changed'; readonly form: Form }
  | { readonly kind: 'accept' }
  | { readonly kind: 'cancel' }
  /** A file is wanted for this field. */
  | { readonly kind: 'file'; readonly field: string };

/** The fields that are there, as the choices are. */
export function shownFields({ fields }: Pick<Form, 'fields'>): readonly Field[] {
  return fields.filter(({ onlyFor }) => {
    if (onlyFor === undefined) return true;
    const other = fields.find(({ id }) => id === onlyFor.field);
    return other?.kind === 'choice' && other.value === onlyFor.value;
  });
}

/** The field with the cursor; undefined on the button. */
export function focusedField(form: Form): Field | undefined {
  return shownFields(form)[form.focus];
}

/** A field's value as text: that of a check is `yes` or nothing. */
export function fieldText({ fields }: Pick<Form, 'fields'>, id: string): string {
  const field = fields.find((each) => each.id === id);
  if (field === undefined) return '';
  if (field.kind === 'text') return field.value.text.trim();
  if (field.kind === 'check') return field.value ? 'yes' : '';
  return field.value;
}

/** The values of a list, in order, without empty ones. */
export function listOf({ fields }: Pick<Form, 'fields'>, list: string): readonly string[] {
  return fields.flatMap((field) => {
    const text = field.kind === 'text' && field.list === list ? field.value.text.trim() : '';
    return text === '' ? [] : [text];
  });
}

/** The form with faults, the cursor in the first field that has one. */
export function withFaults(form: Form, faults: Form['faults']): Form {
  const focus = shownFields(form).findIndex(({ id }) => faults[id] !== undefined);
  return { ...form, faults, focus: focus < 0 ? form.focus : focus };
}

/** The form with another value of a file's field. */
export function withFile(form: Form, id: string, text: string): Form {
  return changeField(form, id, (field) => (field.kind === 'file' ? { ...field, value: text } : field));
}

/** What a key does. */
export function pressForm(form: Form, key: Key): FormChange {
  const field = focusedField(form);
  const edited = field === undefined ? undefined : pressField(field, key);
  if (edited !== undefined) return changed(changeField(form, edited.id, () => edited));
  switch (key.name) {
    case 'escape':
      return { kind: 'cancel' };
    case 'up':
    case 'back-tab':
      return changed(move(form, -1));
    case 'down':
    case 'tab':
      return changed(move(form, 1));
    case 'enter':
      if (field?.kind === 'file') return { kind: 'file', field: field.id };
      return form.focus >= lastFocus(form) ? { kind: 'accept' } : changed(move(form, 1));
    default:
      return changed(form);
  }
}

function changed(form: Form): FormChange {
  return { kind: 'changed', form };
}

function lastFocus(form: Form): number {
  return shownFields(form).length - (form.button === undefined ? 1 : 0);
}

function move(form: Form, by: number): Form {
  return { ...form, focus: Math.min(Math.max(form.focus + by, 0), lastFocus(form)) };
}

function pressField(field: Field, key: Key): Field | undefined {
  switch (field.kind) {
    case 'text': {
      const value = pressText(field.value, key);
      return value === undefined ? undefined : { ...field, value };
    }
    case 'choice': {
      const isSpace = key.name === 'text' && key.text === ' ';
      const by = key.name === 'left' ? -1 : key.name === 'right' || isSpace ? 1 : 0;
      if (by === 0) return undefined;
      const at = field.choices.findIndex(({ value }) => value === field.value);
      const next = field.choices[(at + by + field.choices.length) % field.choices.length];
      return { ...field, value: next?.value ?? field.value };
    }
    case 'check':
      return key.name === 'text' && key.text === ' ' ? { ...field, value: !field.value } : undefined;
    case 'file':
      return key.name === 'delete' || key.name === 'backspace' ? { ...field, value: '' } : undefined;
  }
}

/** Changes a field, forgets its fault and the form's, and keeps an empty field at the end of each list. */
function changeField(form: Form, id: string, to: (field: Field) => Field): Form {
  const { [id]: _, '': __, ...faults } = form.faults;
  return {
    ...form,
    faults,
    fields: withRoom(form.fields.map((field) => (field.id === id ? to(field) : field))),
  };
}

function withRoom(fields: readonly Field[]): readonly Field[] {
  return fields.flatMap((field, index) => {
    if (field.kind !== 'text' || field.list === undefined) return [field];
    const next = fields[index + 1];
    const isLast = next?.kind !== 'text' || next.list !== field.list;
    if (!isLast || field.value.text === '') return [field];
    const number = fields.filter((each) => each.kind === 'text' && each.list === field.list).length;
    return [field, { ...field, id: `${field.list}#${number}`, value: textField() }];
  });
}
