/** What comes in front of a step: forms, lists to choose from, texts, questions, and waiting. */
import type { Form } from './form.ts';
import type { RemovableFile, RemovableVolume } from './port.ts';

/** Which form it is, and what it changes. */
export type FormPurpose =
  | { readonly kind: 'card'; readonly name: string }
  /** The bond or VLAN that is changed; undefined for a new one. */
  | { readonly kind: 'bond'; readonly name: string | undefined }
  | { readonly kind: 'vlan'; readonly id: number | undefined }
  | { readonly kind: 'hostname' }
  | { readonly kind: 'paste-key' }
  | { readonly kind: 'key-url' }
  | { readonly kind: 'role-url' }
  | { readonly kind: 'template'; readonly name: string };

/** What a file is wanted for. */
export type FilePurpose =
  | { readonly kind: 'keys' }
  | { readonly kind: 'role' }
  | { readonly kind: 'field'; readonly field: string };

export type Overlay =
  | { readonly kind: 'form'; readonly form: Form; readonly purpose: FormPurpose }
  | {
      readonly kind: 'files';
      readonly purpose: FilePurpose;
      /** Undefined while they are looked for. */
      readonly files: readonly RemovableFile[] | undefined;
      readonly index: number;
    }
  | {
      readonly kind: 'volumes';
      readonly volumes: readonly RemovableVolume[] | undefined;
      readonly index: number;
    }
  /** A long text to read. */
  | { readonly kind: 'text'; readonly title: string; readonly lines: readonly string[]; readonly top: number }
  /** Something that may take time, and can be given up when it is fetched. */
  | { readonly kind: 'busy'; readonly text: string; readonly for: 'fetch' | 'file' | 'save' | 'reboot' }
  /** Ctrl-C asks; the first choice, which changes nothing, is selected. */
  | { readonly kind: 'leave'; readonly index: number }
  /** Something to know, gone with the next key. */
  | { readonly kind: 'notice'; readonly title: string; readonly lines: readonly string[] };

/** Without the one in front. */
export function overlayBelow(overlays: readonly Overlay[]): readonly Overlay[] {
  return overlays.slice(0, -1);
}
