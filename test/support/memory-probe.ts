/** Tells how much memory a machine has, and the least that was available while it ran, on its second serial port. */
import { credential, extraUnit, unitDropIn } from '../../src/machine/credentials.ts';
import type { Content } from '../../src/machine/spec.ts';

const UNIT = 'basalt-memory.service';
const SCRIPT_CREDENTIAL = 'basalt-memory.script';
const TELLS = /^basalt-memory: total (\d+) least (\d+)$/gm;

export interface Memory {
  /** MemTotal: what the kernel leaves of the machine's memory. */
  readonly totalKib: number;
  /** The smallest MemAvailable, looked at once a second. */
  readonly leastAvailableKib: number;
}

const SCRIPT = `least=999999999
while :; do
  while read -r key value _; do
    case $key in
      MemTotal:) total=$value ;;
      MemAvailable:) available=$value ;;
    esac
  done < /proc/meminfo
  if [ "$available" -lt "$least" ]; then
    least=$available
    echo "basalt-memory: total $total least $least" > /dev/ttyS1
  fi
  sleep 1
done
`;

/** The OEM strings that put the probe into a machine. @param target What it boots into: nothing is told in other starts. */
export function memoryProbe(target: string): Content[] {
  return [
    extraUnit(
      UNIT,
      `[Unit]
Description=Tells of memory
DefaultDependencies=no
After=sysinit.target

[Service]
Type=exec
ImportCredential=${SCRIPT_CREDENTIAL}
ExecStart=/bin/bash %d/${SCRIPT_CREDENTIAL}
`,
    ),
    unitDropIn(target, `[Unit]\nWants=${UNIT}\n`, 'basalt-memory'),
    credential(SCRIPT_CREDENTIAL, SCRIPT),
  ];
}

/** What was told last. @throws {Error} when nothing was. */
export function readMemory(port: string): Memory {
  const last = [...port.matchAll(TELLS)].at(-1);
  if (last === undefined) throw new Error(`no machine told of its memory:\n${port}`);
  const [totalKib = 0, leastAvailableKib = 0] = last.slice(1).map(Number);
  return { totalKib, leastAvailableKib };
}
