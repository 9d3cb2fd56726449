/**
 * A self-check that runs inside a machine, in an unchanged image: systemd credentials bring a unit and a script
 * that live only in that boot. The script runs after multi-user.target and tells its verdict on a serial port that is nobody's
 * console, so nothing writes in between: ttyS1, unless the image has a console there.
 *
 *     basalt-check: ok NAME
 *     basalt-check: FAIL NAME: why
 *     basalt-check: done PASS
 */
import { credential, extraUnit, unitDropIn } from '../../src/machine/credentials.ts';
import type { Content } from '../../src/machine/spec.ts';

/** Something a machine must find true of itself. */
export interface GuestCheck {
  readonly name: string;
  /** Bash, run with -euo pipefail as root: exit code 0 means true; what it prints says why not. */
  readonly script: string;
  /** 120 s when absent: emulated machines are slow. */
  readonly timeoutSeconds?: number;
}

/** What the guest said of one check. */
export interface GuestResult {
  readonly name: string;
  readonly ok: boolean;
  /** Empty when it is true. */
  readonly why: string;
}

const UNIT = 'basalt-check.service';
const SCRIPT_CREDENTIAL = 'basalt-check.script';
const DEFAULT_TIMEOUT_SECONDS = 120;

/** The line that ends a self-check. */
export const GUEST_VERDICT = /^basalt-check: done (PASS|FAIL)$/m;

/** Where in a machine its checks run. */
export interface GuestPlace {
  /** What it boots into: multi-user.target when absent. */
  readonly target?: string;
  /** Number of the serial port for the verdict, of those besides the console: 1 when absent, which is ttyS1. */
  readonly serialPort?: number;
}

/** The OEM strings that put the checks into a machine. It needs as many extra serial ports as the number of that for the verdict. */
export function guestCheck(checks: readonly GuestCheck[], place: GuestPlace = {}): Content[] {
  const { target = 'multi-user.target', serialPort = 1 } = place;
  return [
    extraUnit(
      UNIT,
      `[Unit]
Description=Basalt guest check
After=${target}

[Service]
Type=exec
ImportCredential=${SCRIPT_CREDENTIAL}
ExecStart=/bin/bash %d/${SCRIPT_CREDENTIAL}
TimeoutStartSec=infinity
`,
    ),
    unitDropIn(target, `[Unit]\nWants=${UNIT}\n`, 'basalt-check'),
    credential(SCRIPT_CREDENTIAL, guestScript(checks, serialPort)),
  ];
}

/** The script that runs in the guest. */
export function guestScript(checks: readonly GuestCheck[], serialPort = 1): string {
  const port = `/dev/ttyS${serialPort}`;
  return `exec 3>${port}
stty -F ${port} raw -echo
verdict=PASS
check() {
  local name=$1 limit=$2 said
  if said=$(timeout "$limit" bash -euo pipefail -c "$(cat)" </dev/null 2>&1); then
    echo "basalt-check: ok $name" >&3
  else
    local code=$?
    verdict=FAIL
    [ "$code" = 124 ] && said="no end after $limit s; $said"
    echo "basalt-check: FAIL $name: exit code $code: $(tr '\\n' ' ' <<<"$said" | tail -c 2000)" >&3
  fi
}
${checks.map(invocation).join('')}echo "basalt-check: done $verdict" >&3
`;
}

function invocation({ name, script, timeoutSeconds = DEFAULT_TIMEOUT_SECONDS }: GuestCheck): string {
  if (!/^[\w .,/-]+$/.test(name))
    throw new Error(`the check name ${JSON.stringify(name)} has characters that are not plain`);
  const mark = 'END_OF_BASALT_CHECK';
  if (script.includes(mark)) throw new Error(`the check ${name} contains ${mark}`);
  return `check '${name}' ${timeoutSeconds} <<'${mark}'\n${script.trimEnd()}\n${mark}\n`;
}

/** Reads what the guest told on its port. */
export function parseGuestReport(text: string): GuestResult[] {
  return [...text.matchAll(/^basalt-check: (?:ok (.+)|FAIL (.+?): (.*))$/gm)].map(
    ([, passed, failed, why]) => ({
      name: passed ?? failed ?? '',
      ok: passed !== undefined,
      why: why ?? '',
    }),
  );
}
