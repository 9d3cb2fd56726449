/** User data that is a script: run at every boot, once the system is up, as coreos-cloudinit did. */
import { encodeUtf8 } from '../../cloud-config/base64.ts';
import { RUNTIME_UNITS_FOLDER } from '../machine/units.ts';
import { STATE_FOLDER } from '../state/state.ts';
import { textFile, type Wanted } from './wanted.ts';

const UNIT = 'basalt-user-script.service';
const SCRIPT = `${STATE_FOLDER}/user-script`;

/** A unit that lives until the machine restarts. A network may never come: the script runs then as well. */
const UNIT_TEXT = `[Unit]
Description=The script of this machine's user data
After=multi-user.target network-online.target
Wants=network-online.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStartPre=-/usr/lib/systemd/systemd-networkd-wait-online --any --timeout=60
ExecStart=${SCRIPT}
TimeoutStartSec=infinity
`;

export function wantedScript(text: string): Pick<Wanted, 'paths' | 'commands'> {
  return {
    paths: [
      textFile(SCRIPT, encodeUtf8(text), 0o700),
      textFile(`${RUNTIME_UNITS_FOLDER}/${UNIT}`, encodeUtf8(UNIT_TEXT)),
    ],
    commands: [{ unit: UNIT, command: 'start' }],
  };
}
