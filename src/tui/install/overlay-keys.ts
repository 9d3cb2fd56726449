/** What keys do to what is in front of a step. */
import { type Form, fieldText, pressForm, withFaults } from './form.ts';
import type { Key } from './key.ts';
import { type FormResult, readBondForm, readCardForm, readVlanForm } from './network-forms.ts';
import type { Overlay } from './overlay.ts';
import { answer, type Change, close, type InstallerState, open, replace } from './state.ts';
import { acceptHostname, acceptPastedKey } from './steps/identity.ts';
import { acceptTemplate } from './steps/role.ts';
import { moved, type Page } from './view.ts';

export function pressOverlay(state: InstallerState, overlay: Overlay, key: Key, page: Page): Change {
  switch (overlay.kind) {
    case 'form':
      return pressFormOverlay(state, overlay, key);
    case 'files':
    case 'volumes':
      return pressList(state, overlay, key);
    case 'text':
      return { state: scroll(state, overlay, key, page) };
    case 'busy':
      return overlay.for === 'fetch' && key.name === 'escape'
        ? { state: close(state), effects: [{ kind: 'stop-fetching' }] }
        : { state };
    case 'leave':
      return pressLeave(state, overlay.index, key);
    case 'notice':
      return key.name === 'enter' || key.name === 'escape' ? { state: close(state) } : { state };
  }
}

function pressFormOverlay(
  state: InstallerState,
  overlay: Extract<Overlay, { kind: 'form' }>,
  key: Key,
): Change {
  const change = pressForm(overlay.form, key);
  switch (change.kind) {
    case 'changed':
      return { state: replace(state, { ...overlay, form: change.form }) };
    case 'cancel':
      return { state: close(state) };
    case 'file':
      return {
        state: open(state, {
          kind: 'files',
          purpose: { kind: 'field', field: change.field },
          files: undefined,
          index: 0,
        }),
        effects: [{ kind: 'files' }],
      };
    case 'accept':
      return accept(state, overlay);
  }
}

function accept(state: InstallerState, overlay: Extract<Overlay, { kind: 'form' }>): Change {
  const { form, purpose } = overlay;
  const { network } = state.draft;
  switch (purpose.kind) {
    case 'card':
      return takeNetwork(state, overlay, readCardForm(form, purpose.name, network));
    case 'bond':
      return takeNetwork(state, overlay, readBondForm(form, purpose.name, network));
    case 'vlan':
      return takeNetwork(state, overlay, readVlanForm(form, purpose.id, network));
    case 'hostname':
      return { state: acceptHostname(state, form) };
    case 'paste-key':
      return { state: acceptPastedKey(state, form) };
    case 'template':
      return { state: acceptTemplate(state, form, purpose.name) };
    case 'key-url':
    case 'role-url':
      return fetchFrom(state, overlay, form);
  }
}

function takeNetwork(
  state: InstallerState,
  overlay: Extract<Overlay, { kind: 'form' }>,
  result: FormResult,
): Change {
  if ('network' in result) return { state: close(answer(state, { network: result.network })) };
  return { state: replace(state, { ...overlay, form: result.form }) };
}

function fetchFrom(state: InstallerState, overlay: Extract<Overlay, { kind: 'form' }>, form: Form): Change {
  const url = fieldText(form, 'url');
  const fault = urlFault(url);
  if (fault !== undefined)
    return { state: replace(state, { ...overlay, form: withFaults(form, { url: fault }) }) };
  return {
    state: open(state, { kind: 'busy', for: 'fetch', text: `Fetching ${url}` }),
    effects: [{ kind: 'fetch', url }],
  };
}

/** RFC 3986, as far as people type it. */
function urlFault(url: string): string | undefined {
  if (/^https?:\/\/(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?([/?]\S*)?$/.test(url)) return undefined;
  return `"${url}" is not an address; such as https://example.com/file`;
}

function pressList(
  state: InstallerState,
  overlay: Extract<Overlay, { kind: 'files' | 'volumes' }>,
  key: Key,
): Change {
  if (key.name === 'escape' || key.name === 'left') return { state: close(state) };
  const items = overlay.kind === 'files' ? overlay.files : overlay.volumes;
  if (items === undefined) return { state };
  if (key.name === 'text' && key.text.toLowerCase() === 'r') {
    return overlay.kind === 'files'
      ? { state: replace(state, { ...overlay, files: undefined }), effects: [{ kind: 'files' }] }
      : { state: replace(state, { ...overlay, volumes: undefined }), effects: [{ kind: 'volumes' }] };
  }
  const to = moved(key.name, overlay.index, items.length);
  if (to !== undefined) return { state: replace(state, { ...overlay, index: to }) };
  const item = items[overlay.index];
  if (item === undefined || (key.name !== 'enter' && key.name !== 'right')) return { state };
  return overlay.kind === 'files'
    ? {
        state: open(state, { kind: 'busy', for: 'file', text: `Reading ${item.title}` }),
        effects: [{ kind: 'read-file', id: item.id, title: item.title }],
      }
    : {
        state: open(state, { kind: 'busy', for: 'save', text: `Writing to ${item.title}` }),
        effects: [{ kind: 'save-log', volume: item.id }],
      };
}

function scroll(
  state: InstallerState,
  overlay: Extract<Overlay, { kind: 'text' }>,
  key: Key,
  page: Page,
): InstallerState {
  if (key.name === 'escape' || key.name === 'enter' || key.name === 'left') return close(state);
  const to = moved(key.name, overlay.top, Math.max(overlay.lines.length - page.rows + 1, 1), page.rows - 1);
  return to === undefined ? state : replace(state, { ...overlay, top: to });
}

function pressLeave(state: InstallerState, index: number, key: Key): Change {
  const to = moved(key.name, index, 2);
  if (to !== undefined) return { state: replace(state, { kind: 'leave', index: to }) };
  if (key.name === 'escape' || key.name === 'left') return { state: close(state) };
  if (key.name !== 'enter' && key.name !== 'right') return { state };
  if (index === 0) return { state: close(state) };
  const { run } = state;
  if (run === undefined || run.end !== undefined)
    return { state: close(state), effects: [{ kind: 'leave' }] };
  return { state: { ...close(state), run: { ...run, isStopping: true } }, effects: [{ kind: 'abort' }] };
}
