import { describe, expect, it } from 'vitest';
import { MachineConsole } from '../../../src/machine/console.ts';

const bytes = (text: string) => Buffer.from(text);
const soon = { timeoutMs: 5000 };

describe('MachineConsole', () => {
  it('finds what is there already, and what comes later in pieces', async () => {
    const console = new MachineConsole('console');
    console.append(bytes('Linux version 6.12\r\n'));
    expect((await console.waitFor(/version (\S+)/, soon))[1]).toBe('6.12');
    const later = console.waitFor(/login: $/, soon);
    console.append(bytes('host log'));
    console.append(bytes('in: '));
    await later;
    expect(console.text).toBe('Linux version 6.12\nhost login: ');
  });

  it('keeps characters whole that are cut between pieces', () => {
    const console = new MachineConsole('console');
    const text = bytes('é');
    console.append(text.subarray(0, 1));
    console.append(text.subarray(1));
    expect(console.text).toBe('é');
  });

  it('can look only at what is new', async () => {
    const console = new MachineConsole('console');
    console.append(bytes('login: '));
    const from = console.length;
    const second = console.waitFor(/login: /, { ...soon, from });
    console.append(bytes('again, login: '));
    expect((await second).input).toBe('again, login: ');
  });

  it('says what was shown instead when the time is over', async () => {
    const console = new MachineConsole('console');
    console.append(bytes('stuck here\n'));
    await expect(console.waitFor(/login/, { timeoutMs: 10 })).rejects.toMatchObject({
      code: 'console-wait',
      seen: 'stuck here',
    });
  });

  it('fails at once when the machine ends', async () => {
    const console = new MachineConsole('console');
    const wait = console.waitFor(/login/, soon);
    console.end('the machine ended (crashed)');
    await expect(wait).rejects.toThrow('the machine ended (crashed)');
    await expect(console.waitFor(/login/, soon)).rejects.toThrow('the machine ended (crashed)');
  });

  it('stops waiting when the signal is aborted', async () => {
    const console = new MachineConsole('console');
    await expect(console.waitFor(/x/, { ...soon, signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'InterruptedError',
    });
  });

  it('passes on the bytes as they are', () => {
    const console = new MachineConsole('console');
    const seen: string[] = [];
    const stop = console.tap((piece) => seen.push(piece.toString()));
    console.append(bytes('\u001b[0ma'));
    stop();
    console.append(bytes('b'));
    expect(seen).toEqual(['\u001b[0ma']);
  });
});
