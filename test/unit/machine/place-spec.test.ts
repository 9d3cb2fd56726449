import { expect, it } from 'vitest';
import { placeSpec } from '../../../src/machine/place-spec.ts';
import { SandboxFiles } from '../../../src/machine/sandbox-files.ts';

it('gives every file its place in the sandbox, writable only where the machine writes', () => {
  const files = new SandboxFiles();
  const placed = placeSpec(
    {
      accelerator: 'tcg',
      memoryBytes: 1,
      cpus: 1,
      firmware: { code: '/usr/share/OVMF/code.fd', variables: '/w/vars.fd' },
      kernel: { path: '/w/vmlinuz', initrd: '/w/initrd', commandLine: '' },
      disks: [
        { path: '/w/o.qcow2', format: 'qcow2', backing: { path: '/images/a.raw', format: 'raw' } },
        { path: '/images/a.raw', format: 'raw', readOnly: true },
        { path: '/images/live.iso', format: 'raw', bus: 'cdrom', writeLog: '/w/log' },
      ],
      oemStrings: [{ path: '/w/s' }, { value: 'v' }],
      fwCfg: [{ name: 'opt/x', path: '/w/f' }],
    },
    files,
  );
  expect(placed).toMatchObject({
    // The tools tree's own file stays where it is.
    firmware: { code: '/usr/share/OVMF/code.fd', variables: '/run/machine/0/vars.fd' },
    kernel: { path: '/run/machine/1/vmlinuz', initrd: '/run/machine/2/initrd' },
    disks: [
      { path: '/run/machine/3/o.qcow2', backing: { path: '/run/machine/4/a.raw' } },
      { path: '/run/machine/4/a.raw' },
      { path: '/run/machine/5/live.iso', writeLog: '/run/machine/6/log' },
    ],
    oemStrings: [{ path: '/run/machine/7/s' }, { value: 'v' }],
    fwCfg: [{ name: 'opt/x', path: '/run/machine/8/f' }],
  });
  const writable = files.binds.filter((bind) => bind.writable).map((bind) => bind.source);
  expect(writable).toEqual(['/w/vars.fd', '/w/o.qcow2', '/w/log']);
});
