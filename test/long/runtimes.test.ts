/** The recipe `cluster`: a registry on the machine itself, podman's policy, pods as units, and two machines as one engine. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, test } from 'vitest';
import { credential } from '../../src/machine/credentials.ts';
import { makeOverlay } from '../../src/machine/overlay.ts';
import type { Accelerator, Disk } from '../../src/machine/spec.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { GIB } from '../../src/units.ts';
import { accelerator } from '../support/accelerator.ts';
import { bootAndCheck } from '../support/boot.ts';
import { containerDisk } from '../support/container-image.ts';
import { EthernetSwitch } from '../support/ethernet-switch.ts';
import type { GuestCheck } from '../support/guest-check.ts';
import type { TestImage } from '../support/image.ts';
import { recipeImage } from '../support/recipe-image.ts';
import { joined, rendered } from '../support/rendered.ts';
import { testToolbox } from '../support/toolbox.ts';

const fixtures = resolve(import.meta.dirname, '../fixtures/signing');
const BOOT_MS = 30 * 60_000;

let image: TestImage;
let remove: () => Promise<void>;
let toolbox: Toolbox;
let how: Accelerator;
let folder: string;
let container: Disk;

beforeAll(async () => {
  ({ image, remove } = await recipeImage('cluster'));
  toolbox = await testToolbox();
  how = await accelerator(toolbox, image);
  folder = await mkdtemp(join(tmpdir(), 'basalt-runtimes-test-'));
  container = {
    path: await containerDisk(toolbox, folder),
    format: 'raw',
    readOnly: true,
    serial: 'container',
  };
});
afterAll(async () => {
  await remove?.();
  await rm(folder, { recursive: true, force: true });
});

const check = (name: string, script: string, timeoutSeconds = 300): GuestCheck => ({
  name,
  script,
  timeoutSeconds,
});

/** Fails when a command succeeds, or fails without saying what was expected. */
const REFUSED = `refused() {
  local expected=$1 said; shift
  if said=$("$@" 2>&1); then echo "should have failed: $*"; exit 1; fi
  grep -q "$expected" <<<"$said" || { echo "$* said: $said"; exit 1; }
}`;
const IMPORT = `docker image inspect busybox >/dev/null 2>&1 || docker import - busybox < /dev/disk/by-id/virtio-container >/dev/null`;

async function disk(name: string): Promise<Disk> {
  return makeOverlay(toolbox, {
    image: image.path('qcow2'),
    format: 'qcow2',
    overlay: join(folder, `${name}.qcow2`),
    sizeBytes: 6 * GIB,
  });
}

test('a container runs from an image of the machine’s own registry; podman runs only what is signed', async () => {
  const userData = joined(
    await rendered('registry', [
      ['name', 'registry1'],
      ['network', '10.0.2.0/24'],
      ['also', 'registry.example.com'],
    ]),
    await rendered('podman-pod', [
      ['pod', 'web'],
      ['image', 'localhost:5000/signed/busybox:1'],
      ['registry', 'localhost:5000/signed'],
      ['key', (await readFile(join(fixtures, 'key.pub'), 'utf8')).trimEnd()],
      ['publish', '8080:80'],
      ['env', 'GREETING=50 % of "it"'],
      ['command', '/bin/busybox httpd -f -p 80 -h /bin'],
    ]),
  );
  await bootAndCheck({
    toolbox,
    accelerator: how,
    disks: [await disk('registry'), container],
    timeoutMs: BOOT_MS,
    machine: { fwCfg: [{ name: 'opt/basalt/user-data', value: userData }] },
    oemStrings: [credential('test.key', await readFile(join(fixtures, 'key.private')))],
    checks: [
      check('the agent applied the configuration', `[ "$(uname -n)" = registry1 ]; basalt-agent status`),
      check(
        'the registry serves TLS with its own certificate, and nothing else',
        `for try in $(seq 60); do curl -sf --cacert /etc/basalt/registry/tls.crt https://localhost:5000/v2/ && break; sleep 2; done
         curl -sf --cacert /etc/basalt/registry/tls.crt https://registry1:5000/v2/
         curl -sf --cacert /etc/basalt/registry/tls.crt --resolve registry.example.com:5000:127.0.0.1 https://registry.example.com:5000/v2/
         ${REFUSED}
         refused 'SSL certificate' curl -sS https://localhost:5000/v2/
         [ "$(stat -c '%a %U' /etc/basalt/registry/tls.key)" = '600 root' ]`,
      ),
      check(
        'docker pushes to it and runs from it',
        `${IMPORT}
         docker tag busybox localhost:5000/busybox:1
         docker push -q localhost:5000/busybox:1
         docker rmi -f busybox localhost:5000/busybox:1 >/dev/null
         [ -z "$(docker images -q)" ]
         [ "$(docker run --rm localhost:5000/busybox:1 /bin/echo from the registry)" = 'from the registry' ]
         curl -sf --cacert /etc/basalt/registry/tls.crt https://localhost:5000/v2/_catalog | grep -q '"busybox"'
         [ -d /var/lib/docker-registry/docker/registry/v2/repositories/busybox ]`,
        600,
      ),
      check(
        'podman refuses what no policy allows, and local archives',
        `${REFUSED}
         refused 'is rejected by policy' podman pull localhost:5000/busybox:1
         refused 'is rejected by policy' podman run --rm localhost:5000/busybox:1 /bin/true
         refused 'is rejected by policy' podman import /dev/disk/by-id/virtio-container local`,
        600,
      ),
      check(
        'an unsigned image where signatures are asked for is refused',
        `docker tag localhost:5000/busybox:1 localhost:5000/signed/busybox:1
         docker push -q localhost:5000/signed/busybox:1
         ${REFUSED}
         refused 'A signature was required' podman pull localhost:5000/signed/busybox:1
         refused 'A signature was required' podman run --rm localhost:5000/signed/busybox:1 /bin/true`,
        600,
      ),
      check(
        'signed with the key it runs',
        `cd /var/tmp
         echo '{"default":[{"type":"insecureAcceptAnything"}]}' > any.json
         cp /run/credentials/@system/test.key key.private
         printf basalt > pass
         podman pull --quiet --signature-policy any.json localhost:5000/signed/busybox:1
         podman push --quiet --sign-by-sigstore-private-key key.private --sign-passphrase-file pass localhost:5000/signed/busybox:1
         podman rmi --all --force >/dev/null
         [ "$(podman run --rm localhost:5000/signed/busybox:1 /bin/echo signed)" = signed ]`,
        900,
      ),
      check(
        'the pod is a unit, and serves',
        `systemctl restart web-pod.service
         for try in $(seq 100); do curl -sf -o /dev/null http://127.0.0.1:8080/sh && break; sleep 3; done
         curl -sf http://127.0.0.1:8080/sh | cmp - <(podman exec web /bin/cat /bin/sh)
         systemctl is-active web-pod.service web.service
         [ "$(podman exec web /bin/sh -c 'echo "$GREETING"')" = '50 % of "it"' ]
         podman pod ps --format '{{.Name}} {{.Status}}' | grep -qx 'web Running'
         journalctl --quiet -u web.service -o cat | grep -q .`,
        900,
      ),
      check(
        'the port of the registry is open to the network that was named',
        `nft list chain inet basalt allowed | grep -q 'ip saddr 10.0.2.0/24 tcp dport 5000 accept'`,
      ),
    ],
  });
});

test('two machines answer as one engine', async () => {
  const network = new EthernetSwitch();
  const address = { manager: '10.9.0.21', worker: '10.9.0.22' };
  const mac = { manager: '52:54:00:09:00:21', worker: '52:54:00:09:00:22' };
  const etcd = `http://${address.manager}:2379`;
  const common = [
    ['network', '10.9.0.0/24'],
    ['etcd', etcd],
  ] as const;
  const userData = {
    manager: joined(
      await rendered('swarm-manager', [['name', 'manager1'], ['address', address.manager], ...common]),
      await rendered('etcd-member', [
        ['name', 'manager1'],
        ['member', `manager1=${address.manager}`],
        ['network', '10.9.0.0/24'],
      ]),
    ),
    worker: await rendered('swarm-worker', [['name', 'worker1'], ['address', address.worker], ...common]),
  };
  const boot = async (role: 'manager' | 'worker', checks: GuestCheck[]) =>
    bootAndCheck({
      toolbox,
      accelerator: how,
      disks: [await disk(role), container],
      timeoutMs: BOOT_MS,
      machine: {
        memoryBytes: 1.5 * GIB,
        wire: await network.plug(mac[role]),
        fwCfg: [{ name: 'opt/basalt/user-data', value: userData[role] }],
      },
      oemStrings: [
        credential(
          'network.network.10-wire',
          `[Match]\nMACAddress=${mac[role]}\n\n[Network]\nAddress=${address[role]}/24\n`,
        ),
      ],
      checks,
    });
  const local = check('it has the image', IMPORT);
  try {
    await Promise.all([
      boot('manager', [
        local,
        check(
          'live-restore is off, and the engine manages a swarm',
          `[ "$(docker info -f '{{.LiveRestoreEnabled}}')" = false ]
         for try in $(seq 100); do [ "$(docker info -f '{{.Swarm.ControlAvailable}}')" = true ] && exit 0; sleep 3; done; journalctl -u basalt-swarm -o cat | tail -5; exit 1`,
          400,
        ),
        check(
          'its socket knows both machines',
          `for try in $(seq 200); do [ "$(docker node ls --format '{{.Hostname}} {{.Status}}' | sort | tr '\\n' ,)" = 'manager1 Ready,worker1 Ready,' ] && exit 0; sleep 4; done; docker node ls; exit 1`,
          900,
        ),
        check(
          'a service runs on both, and the containers reach each other',
          `etcdctl --endpoints ${etcd} get ready >/dev/null
           for try in $(seq 100); do [ "$(etcdctl --endpoints ${etcd} get --print-value-only ready)" = yes ] && break; sleep 3; done
           docker network create --driver overlay --attachable net1 >/dev/null
           docker service create --quiet --detach --name web --mode global --network net1 --publish 8080:80 --no-resolve-image busybox /bin/busybox httpd -f -p 80 -h /etc >/dev/null
           for try in $(seq 100); do [ "$(docker service ps web --filter desired-state=running --format '{{.Node}} {{.CurrentState}}' | grep -c Running)" = 2 ] && break; sleep 4; done
           docker service ps web
           docker run --rm --network net1 busybox /bin/busybox nslookup tasks.web | tee /dev/stderr | grep -o 'Address[ 0-9:]* [0-9.]*' | grep -o '[0-9.]*$' | grep -v '^127' | sort -u > /tmp/addresses
           [ "$(wc -l < /tmp/addresses)" = 2 ]
           while read -r each; do docker run --rm --network net1 busybox /bin/busybox wget -qO- "http://$each/hostname"; done < /tmp/addresses | sort -u | tee /dev/stderr | wc -l | grep -qx 2`,
          900,
        ),
        check(
          'the published port answers on the manager for both',
          `for try in $(seq 30); do curl -s -m 5 http://${address.manager}:8080/hostname && exit 0; sleep 2; done; exit 1`,
        ),
        check(
          'the worker knows that all is done',
          `etcdctl --endpoints ${etcd} put done yes
           for try in $(seq 100); do [ "$(etcdctl --endpoints ${etcd} get --print-value-only seen)" = yes ] && exit 0; sleep 3; done; exit 1`,
          400,
        ),
      ]),
      boot('worker', [
        local,
        check(
          'it joined',
          `for try in $(seq 200); do [ "$(docker info -f '{{.Swarm.LocalNodeState}}')" = active ] && exit 0; sleep 4; done; journalctl -u basalt-swarm -o cat | tail -5; exit 1`,
          900,
        ),
        check('it tells that it is ready', `etcdctl --endpoints ${etcd} put ready yes`),
        check(
          'it stays until the manager is done',
          `for try in $(seq 400); do [ "$(etcdctl --endpoints ${etcd} get --print-value-only done 2>/dev/null)" = yes ] && { etcdctl --endpoints ${etcd} put seen yes; exit 0; }; sleep 4; done; exit 1`,
          1700,
        ),
      ]),
    ]);
  } finally {
    network.close();
  }
});
