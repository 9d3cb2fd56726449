import { expect, test } from 'vitest';
import { tarCommand } from '../../../src/tools/tar.ts';

test('nothing of the machine that packs gets into an archive', () => {
  expect(tarCommand(['a', 'b'], '/out/x.tar', { format: 'ustar', epoch: 1_790_000_000 })).toEqual([
    'tar',
    '--create',
    '--file=/out/x.tar',
    '--format=ustar',
    '--mtime=@1790000000',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--mode=0644',
    '--directory=/in',
    '--',
    'a',
    'b',
  ]);
  const options = { format: 'oldgnu', epoch: 0, gzip: true, sparse: true } as const;
  expect(tarCommand(['a'], '/out/x', options)).toEqual(
    expect.arrayContaining(['--format=oldgnu', '--sparse', '--use-compress-program=gzip -n']),
  );
});
