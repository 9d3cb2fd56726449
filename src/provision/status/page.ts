/** The status page: one HTML file, readable without script, alive with it. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BugError } from '../../errors.ts';
import { renderTemplate } from '../../templating/render.ts';
import type { MachineStatus } from './machine-status.ts';

export interface StatusPage {
  /** For the content security policy: nothing else of the page is run or shown. */
  readonly scriptHash: string;
  readonly styleHash: string;
  render(machines: readonly MachineStatus[]): string;
}

/** @param folder templates/provision. */
export async function readStatusPage(folder: string): Promise<StatusPage> {
  const template = await readFile(join(folder, 'status.html.hbs'), 'utf8');
  return {
    scriptHash: hashOf(template, 'script'),
    styleHash: hashOf(template, 'style'),
    render: (machines) =>
      renderTemplate(
        template,
        { machines: machines.map(rowOf), count: machines.length, isEmpty: machines.length === 0 },
        'status.html.hbs',
      ),
  };
}

/** Every name that the template has. */
function rowOf(machine: MachineStatus) {
  return {
    id: machine.id,
    name: machine.name ?? '(no entry)',
    identity: machine.serviceTag ?? machine.macs[0] ?? machine.id,
    model: [machine.vendor, machine.model].filter((part) => part !== undefined).join(' '),
    image: machine.image === undefined ? '' : `${machine.image} ${machine.version ?? ''}`,
    stage: machine.stage,
    text: machine.text,
    percent: machine.stage === 'installing' ? machine.percent : undefined,
    lastError: machine.lastError,
    seenAt: machine.seenAt.replace('T', ' ').slice(0, 19),
  };
}

/** Content Security Policy Level 3, 8.3: the text between the tags. */
function hashOf(html: string, tag: string): string {
  const text = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(html)?.[1];
  if (text === undefined || text.includes('{{')) throw new BugError(`the status page has no plain ${tag}`);
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
