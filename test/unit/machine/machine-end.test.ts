import { expect, it } from 'vitest';
import { machineEnd } from '../../../src/machine/machine-end.ts';

const facts = { shutdownReason: undefined, killed: false, processorFailed: false, stderr: '' };

it.each([
  [{ shutdownReason: 'guest-shutdown' }, 'powered-off'],
  [{ shutdownReason: 'guest-reset' }, 'rebooted'],
  [{ shutdownReason: 'guest-panic' }, 'crashed'],
  [{ shutdownReason: 'host-qmp-quit' }, 'stopped'],
  [{ shutdownReason: 'host-qmp-quit', processorFailed: true }, 'crashed'],
  [{ shutdownReason: 'guest-shutdown', killed: true }, 'powered-off'],
  [{ killed: true }, 'stopped'],
  [{}, 'failed'],
  [{ shutdownReason: 'host-signal' }, 'failed'],
] as const)('%j ends as %s', (some, reason) => {
  expect(machineEnd({ ...facts, ...some }).reason).toBe(reason);
});

it('keeps what QEMU said', () => {
  expect(machineEnd({ ...facts, stderr: 'no memory\n' }).detail).toBe('no memory');
});
