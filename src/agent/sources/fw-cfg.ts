/**
 * A file of QEMU's firmware configuration device, `-fw_cfg name=opt/basalt/user-data,file=…`: docs/sources/fw-cfg.md.
 * QEMU's docs/specs/fw_cfg: names of users begin with `opt/` and a reverse domain or program name.
 */
import type { Host } from '../host.ts';
import { readBounded } from '../machine/bounded.ts';
import { noMetadata } from './metadata.ts';
import { reading } from './reading.ts';
import { USER_DATA_MAXIMUM_BYTES } from './size.ts';
import type { Source } from './source.ts';
import { userDataText } from './user-data.ts';

const NAME = 'opt/basalt/user-data';
/** The kernel's Documentation/ABI/testing/sysfs-firmware-qemu_fw_cfg. */
const DEVICE = '/sys/firmware/qemu_fw_cfg';
const FILE = `${DEVICE}/by_name/${NAME}/raw`;
/** The device in ACPI's tables, which also loads its module by itself in most boots. */
const ACPI_DEVICE = '/sys/bus/acpi/devices/QEMU0002:00';

export const fwCfg: Source = {
  name: 'fw-cfg',
  isHere: (host) => host.kind(DEVICE) !== undefined || host.kind(ACPI_DEVICE) !== undefined,
  read: (host) =>
    reading('fw-cfg', NAME, () => {
      if (host.kind(DEVICE) === undefined && !loadModule(host)) return undefined;
      const userData = userDataText(host, readBounded(host, FILE, USER_DATA_MAXIMUM_BYTES));
      return userData === undefined
        ? undefined
        : { source: 'fw-cfg', where: NAME, userData, metadata: noMetadata };
    }),
};

/** An image whose kernel lacks the module has no such source: that is no failure that another boot could mend. */
function loadModule(host: Host): boolean {
  const { exitCode, stderr } = host.run(['modprobe', 'qemu_fw_cfg'], { timeoutMs: 5000 });
  if (exitCode === 0 && host.kind(DEVICE) !== undefined) return true;
  host.log(
    'warning',
    `fw-cfg: passed over: the kernel module qemu_fw_cfg cannot be loaded: ${stderr.trim()}`,
  );
  return false;
}
