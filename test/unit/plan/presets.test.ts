import { expect, it } from 'vitest';
import { presetFile } from '../../../src/plan/presets.ts';

it('names the units that start, and those that do not', () => {
  expect(presetFile({ enable: ['docker.service', 'fstrim.timer'], disable: ['etcd.service'] })).toBe(`\
# What starts on this image: this list, and nothing else. Written by Basalt.
enable docker.service
enable fstrim.timer
disable etcd.service
disable *
`);
});

it('names a template once, with all of its instances', () => {
  const enable = ['getty@tty1.service', 'ssh.socket', 'serial-getty@ttyS0.service', 'getty@tty2.service'];
  expect(presetFile({ enable, disable: [] }).split('\n').slice(1, 4)).toEqual([
    'enable getty@.service tty1 tty2',
    'enable ssh.socket',
    'enable serial-getty@.service ttyS0',
  ]);
});
