/** Every disk format, made of a small disk by the stages of a build, and read back by other programs. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DiskFormat, diskFormats } from '../../src/formats/catalogue.ts';
import { diskFileFormats } from '../../src/formats/disk-file.ts';
import { findArtifact } from '../../src/inspect/artifact.ts';
import { diskSize } from '../../src/machine/overlay.ts';
import { digestFile } from '../../src/store/digest.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { GIB } from '../../src/units.ts';
import { type Converted, convert } from '../support/converted.ts';
import { unpackDebian } from '../support/debian-packages.ts';
import { makeOddDisk, ODD_DISK_BYTES } from '../support/odd-disk.ts';
import { testToolbox } from '../support/toolbox.ts';

const schema = resolve(import.meta.dirname, '../fixtures/ovf/envelope.rng');
/** What a machine needs with the partitions of the support module, in whole GiB. */
const MACHINE_BYTES = GIB;
/** What is no OVF any more with one thing in it changed: DMTF's own schema (DSP8023 1.1.1) refuses each of these too. */
const brokenOvf: Readonly<Record<string, readonly [found: string | RegExp, instead: string]>> = {
  'a type is a word': ['<rasd:ResourceType>17<', '<rasd:ResourceType>disk<'],
  'a type is too large': ['<rasd:ResourceType>17<', '<rasd:ResourceType>65536<'],
  'a quantity is negative': ['<rasd:VirtualQuantity>2<', '<rasd:VirtualQuantity>-2<'],
  'a boolean is a word': ['Allocation>true<', 'Allocation>yes<'],
  'the system is a word': ['ovf:id="96"', 'ovf:id="Debian"'],
  'the size is a word': [/ovf:size="\d+"/, 'ovf:size="large"'],
  'the language is none': ['<Envelope ', '<Envelope xml:lang="!" '],
  'an attribute has no namespace': [' ovf:diskId=', ' diskId='],
  'a file without id': ['<File ovf:id="file1"', '<File'],
  'a file without href': [/ ovf:href="[^"]*"/, ''],
  'a disk without capacity': [/ ovf:capacity="\d+"/, ''],
  'a network without name': [' ovf:name="VM Network"', ''],
  'a machine without id': [/<VirtualSystem [^>]*>/, '<VirtualSystem>'],
  'a system without id': [' ovf:id="96"', ''],
  'no references': [/<References>.*<\/References>/s, ''],
  'a section without info': [/<DiskSection>\s*<Info>.*?<\/Info>/, '<DiskSection>'],
  'an item without name': ['<rasd:ElementName>Hard disk 1</rasd:ElementName>', ''],
  'an item without id': ['<rasd:InstanceID>4</rasd:InstanceID>', ''],
  'a name comes twice': [/<rasd:ElementName>.*?<\/rasd:ElementName>/, '$&$&'],
  'the hardware comes twice': [/<System>.*<\/System>/s, '$&$&'],
  'the machine comes twice': [/<VirtualSystem .*<\/VirtualSystem>/s, '$&$&'],
  'the references come last': [/(<References>.*<\/References>)(.*)(?=<\/Envelope>)/s, '$2$1'],
  'the name comes before the info': [/(<Info>A virtual machine<\/Info>)\s*(<Name>.*?<\/Name>)/, '$2$1'],
  'the parts of an item change places': [/(<rasd:Address>.*?)\s*(<rasd:Description>.*)/, '$2$1'],
  'an extension comes before the items': [/(<Item>.*<\/Item>)\s*(<vmw:Config [^>]*>)/s, '$2$1'],
  'the vendor comes before the product': [/(<Product>.*?)\s*(<Vendor>.*)/, '$2$1'],
  'text where there is none': ['<DiskSection>', '<DiskSection>text'],
  'an unknown section': ['<ProductSection>', '<OtherSection/><ProductSection>'],
  'an unknown property of an item': ['</Item>', '<rasd:BusNumber>0</rasd:BusNumber></Item>'],
  'an extension that is no section': ['<ProductSection>', '<vmw:Config/><ProductSection>'],
  'a word says whether an extension is required': [
    '<vmw:Config ovf:required="false"',
    '<vmw:Config ovf:required="no"',
  ],
  'a section of VirtualBox without info': [/<ovf:Info>.*<\/ovf:Info>/, ''],
};

let toolbox: Toolbox;
let folder: string;
let raw: string;
let rawDigest: string;
let made: Converted;

beforeAll(async () => {
  toolbox = await testToolbox();
  folder = await mkdtemp(join(tmpdir(), 'basalt-formats-'));
  raw = join(folder, 'odd.raw');
  await makeOddDisk(raw);
  rawDigest = await digestFile(raw);
  made = await convert(toolbox, { folder: join(folder, 'store'), raw, formats: diskFormats });
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Runs a script that sees the file of a format at /in/file, and may write into a fresh folder at /out. */
async function look(format: DiskFormat, script: string, files = made.files) {
  const out = await mkdtemp(join(folder, 'out-'));
  const { stdout } = await toolbox.run(['sh', '-euc', script], {
    binds: [
      { source: files[format] ?? '', target: '/in/file' },
      { source: out, target: '/out', writable: true },
    ],
  });
  return { out, stdout };
}

/** SHA-256 of the first bytes, and how many of those behind them are not zero. */
async function content(path: string): Promise<{ sizeBytes: number; sha256: string; strayBytes: number }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  let strayBytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    const inside = chunk.subarray(0, Math.max(0, ODD_DISK_BYTES - sizeBytes));
    const behind = chunk.subarray(inside.length);
    hash.update(inside);
    if (!behind.equals(Buffer.alloc(behind.length))) strayBytes += behind.filter((byte) => byte !== 0).length;
    sizeBytes += chunk.length;
  }
  return { sizeBytes, sha256: hash.digest('hex'), strayBytes };
}

const toRaw = (format: string, from = '/in/file') =>
  `qemu-img convert -f ${format} -O raw ${from} /out/disk.raw`;

/** How other programs get the disk out of each format, and how large it is then. */
const ways: Readonly<Record<DiskFormat, readonly [script: string, sizeBytes: number]>> = {
  raw: ['cp --sparse=always /in/file /out/disk.raw', ODD_DISK_BYTES],
  'raw.zst': ['zstd -q -dc /in/file > /out/disk.raw', ODD_DISK_BYTES],
  qcow2: [toRaw('qcow2'), ODD_DISK_BYTES],
  vmdk: [toRaw('vmdk'), MACHINE_BYTES],
  vhd: [toRaw('vpc'), MACHINE_BYTES],
  vhdx: [toRaw('vhdx'), MACHINE_BYTES],
  gce: ['tar -xzSf /in/file -C /out', MACHINE_BYTES],
  ova: [`tar -xf /in/file -C /tmp; ${toRaw('vmdk', '/tmp/test_1.0.vmdk')}`, MACHINE_BYTES],
  'vagrant-libvirt': [`tar -xf /in/file -C /tmp; ${toRaw('qcow2', '/tmp/box.img')}`, ODD_DISK_BYTES],
  'vagrant-virtualbox': [
    `tar -xf /in/file -C /tmp; ${toRaw('vmdk', '/tmp/box-disk001.vmdk')}`,
    MACHINE_BYTES,
  ],
};

describe.each(diskFormats)('%s', (format) => {
  it('holds the disk as it is, and zeros behind it', async () => {
    const [script, sizeBytes] = ways[format];
    const { out } = await look(format, script);
    expect(await content(join(out, 'disk.raw'))).toEqual({ sizeBytes, sha256: rawDigest, strayBytes: 0 });
    await rm(out, { recursive: true });
  });

  it('is the same file when it is made again', async () => {
    const store = await mkdtemp(join(folder, 'again-'));
    const again = await convert(toolbox, { folder: store, raw, formats: [format] });
    expect(await digestFile(again.files[format] ?? '')).toBe(await digestFile(made.files[format] ?? ''));
    await rm(store, { recursive: true });
  });

  it('takes about as much of a disk as its content', async () => {
    const { blocks } = await stat(made.files[format] ?? '');
    expect(blocks * 512).toBeLessThan(5 * 1024 * 1024 + (format === 'vhdx' ? 40 : 0) * 1024 * 1024);
  });
});

it('another disk is another file, with other ids', async () => {
  const other = join(folder, 'other.raw');
  await makeOddDisk(other, 'other');
  const store = join(folder, 'other');
  const { files } = await convert(toolbox, { folder: store, raw: other, formats: ['vmdk', 'vhd'] });
  const id = async (from: Converted['files']) => {
    const { stdout } = await look('vmdk', 'grep -a -m1 ^CID= /in/file', from);
    return stdout;
  };
  expect(await id(files)).toMatch(/^CID=[0-9a-f]{8}$/);
  expect(await id(files)).not.toBe(await id(made.files));
  const footer = async (from: Converted['files']) => (await readFile(from.vhd ?? '')).subarray(-512);
  expect((await footer(files)).subarray(68, 84)).not.toEqual((await footer(made.files)).subarray(68, 84));
});

it('only what is asked for is made, and what that is made of', async () => {
  const run = async (...formats: DiskFormat[]) =>
    (await convert(toolbox, { folder: await mkdtemp(join(folder, 'some-')), raw, formats })).ran;
  expect(await run('raw')).toEqual([]);
  expect(await run('vhd')).toEqual(['vhd']);
  expect(await run('vagrant-libvirt')).toEqual(['qcow2', 'vagrant-libvirt']);
  // The VMDK is made once for three.
  expect(await run('vmdk', 'ova', 'vagrant-virtualbox')).toEqual(['ova', 'vagrant-virtualbox', 'vmdk']);
});

it('run, inspect and verify know what a file is, and how large its disk', async () => {
  for (const format of diskFileFormats) {
    const path = made.files[format] ?? '';
    expect(await findArtifact(path, folder)).toEqual({ kind: 'disk', path, format });
    expect(await diskSize(path, format)).toBe(ways[format][1]);
  }
  await expect(diskSize(made.files.vmdk ?? '', 'vhdx')).rejects.toMatchObject({ code: 'disk-unreadable' });
});

describe('what the platforms ask of their formats', () => {
  const info = async (format: DiskFormat, driver: string) => {
    const { stdout } = await look(format, `qemu-img info --output=json -f ${driver} /in/file`);
    return JSON.parse(stdout) as Record<string, unknown>;
  };

  it('qemu-img finds nothing wrong in them', async () => {
    for (const [format, driver] of [
      ['qcow2', 'qcow2'],
      ['vmdk', 'vmdk'],
      ['vhdx', 'vhdx'],
    ] as const) {
      const { stdout } = await look(format, `qemu-img check -f ${driver} /in/file 2>&1`);
      expect(stdout).toContain('No errors were found on the image.');
    }
  });

  it('the VMDK is stream-optimised, of the version that ESXi takes, and for SCSI', async () => {
    expect(await info('vmdk', 'vmdk')).toMatchObject({
      'virtual-size': MACHINE_BYTES,
      'format-specific': { data: { 'create-type': 'streamOptimized' } },
    });
    const start = (await readFile(made.files.vmdk ?? '')).subarray(0, 2048);
    expect(start.readUInt32LE(4)).toBe(3);
    expect(start.toString('latin1')).toContain('ddb.adapterType = "lsilogic"');
  });

  it('the VHD is whole MiB and a footer, and QEMU takes the size from it', async () => {
    expect((await stat(made.files.vhd ?? '')).size).toBe(MACHINE_BYTES + 512);
    expect(await info('vhd', 'vpc')).toMatchObject({ 'virtual-size': MACHINE_BYTES });
  });

  it('the GCE image is one file of whole GiB, in the old format of GNU tar', async () => {
    const { stdout } = await look(
      'gce',
      'tar -tvzSf /in/file; gzip -dc /in/file | head -c 512 | od -An -c -j257 -N8',
    );
    expect(stdout).toMatch(new RegExp(`^-rw-r--r-- 0/0 +${MACHINE_BYTES} 2026-09-21 14:13 disk\\.raw\\n`));
    expect(stdout.trim().split('\n').at(-1)).toMatch(/u +s +t +a +r +\\0/);
  });

  it('the OVA has the descriptor first, and a manifest that is true', async () => {
    const { out, stdout } = await look('ova', 'tar -tf /in/file; tar -xf /in/file -C /out');
    expect(stdout.split('\n')).toEqual(['test_1.0.ovf', 'test_1.0.mf', 'test_1.0.vmdk']);
    const lines = (await readFile(join(out, 'test_1.0.mf'), 'utf8')).trimEnd().split('\n');
    const sums = lines.map((line) => /^SHA256\((.+)\)= ([0-9a-f]{64})$/.exec(line)?.slice(1));
    expect(sums).toEqual([
      ['test_1.0.ovf', await digestFile(join(out, 'test_1.0.ovf'))],
      ['test_1.0.vmdk', await digestFile(join(out, 'test_1.0.vmdk'))],
    ]);
  });

  it('the OVF keeps to the order and the types of the standard', async () => {
    const debian = join(folder, 'debian');
    await unpackDebian(toolbox, ['libxml2-utils'], debian);
    const { out } = await look('ova', 'tar -xf /in/file -C /out test_1.0.ovf');
    const built = join(out, 'test_1.0.ovf');
    const text = await readFile(built, 'utf8');
    for (const [name, [found, instead]] of Object.entries(brokenOvf)) {
      const broken = text.replace(found, instead);
      expect(broken, name).not.toBe(text);
      await writeFile(join(out, name), broken);
    }
    const script =
      'cd /in/descriptors; /debian/usr/bin/xmllint --nonet --noout --relaxng /in/envelope.rng * 2>&1 || true';
    const { stdout } = await toolbox.run(['sh', '-euc', script], {
      binds: [
        { source: debian, target: '/debian' },
        { source: schema, target: '/in/envelope.rng' },
        { source: out, target: '/in/descriptors' },
      ],
      env: { LD_LIBRARY_PATH: '/debian/usr/lib/x86_64-linux-gnu' },
    });
    const verdicts = stdout.matchAll(/^(.+) (validates|fails to validate)$/gm);
    expect(Object.fromEntries([...verdicts].map(([, name, verdict]) => [name, verdict]))).toEqual({
      'test_1.0.ovf': 'validates',
      ...Object.fromEntries(Object.keys(brokenOvf).map((name) => [name, 'fails to validate'])),
    });
  });

  it('the boxes have what Vagrant looks for', async () => {
    const libvirt = await look('vagrant-libvirt', 'tar -xf /in/file -C /out');
    expect((await readdir(libvirt.out)).sort()).toEqual(['Vagrantfile', 'box.img', 'metadata.json']);
    expect(JSON.parse(await readFile(join(libvirt.out, 'metadata.json'), 'utf8'))).toEqual({
      provider: 'libvirt',
      format: 'qcow2',
      virtual_size: 1,
    });
    const virtualbox = await look('vagrant-virtualbox', 'tar -xf /in/file -C /out');
    expect((await readdir(virtualbox.out)).sort()).toEqual([
      'Vagrantfile',
      'box-disk001.vmdk',
      'box.ovf',
      'metadata.json',
    ]);
  });
});
