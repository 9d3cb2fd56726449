/** Reads a text as a machine or a laptop would, and gives it in a form that tests can compare. */
import { expect } from 'vitest';
import type { CloudConfig, MachineAddresses } from '../../../src/cloud-config/config.ts';
import { readUserData } from '../../../src/cloud-config/read.ts';
import type { Problem } from '../../../src/errors.ts';

/** A public key that is whole. */
export const KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me@example';

export function read(text: string, addresses?: MachineAddresses) {
  return readUserData(text, { file: 'x', addresses });
}

/** Problems of a cloud-config, without its header: `LINE:COLUMN MESSAGE | HINT`. The header is line 1. */
export function problemsOf(body: string, addresses?: MachineAddresses): string[] {
  const data = read(`#cloud-config\n${body}`, addresses);
  return data.kind === 'invalid' ? data.problems.map(lineOf) : [];
}

/** Warnings of a cloud-config that has no problems. */
export function warningsOf(body: string, addresses?: MachineAddresses): string[] {
  const data = read(`#cloud-config\n${body}`, addresses);
  expect(data.kind === 'invalid' ? data.problems.map(lineOf) : []).toEqual([]);
  return 'warnings' in data ? data.warnings.map(lineOf) : [];
}

/** A cloud-config that has neither problems nor warnings. */
export function configOf(body: string, addresses?: MachineAddresses): CloudConfig {
  const data = read(`#cloud-config\n${body}`, addresses);
  expect('problems' in data ? data.problems.map(lineOf) : []).toEqual([]);
  expect('warnings' in data ? data.warnings.map(lineOf) : []).toEqual([]);
  if (data.kind !== 'cloud-config') throw new Error(`it is ${data.kind}`);
  return data.config;
}

function lineOf({ line, column, message, hint }: Problem): string {
  return `${line}:${column} ${message}${hint === undefined ? '' : ` | ${hint}`}`;
}
