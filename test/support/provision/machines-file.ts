/** A machines.yaml for tests, with one entry of each kind. */

import type { Machines } from '../../../src/provision/machines/profile.ts';
import { readMachines } from '../../../src/provision/machines/read.ts';

export const machinesText = `network:
  interface: eno2
  dhcp: full
  range: {from: 10.0.10.100, to: 10.0.10.199, router: 10.0.10.254, dns: [10.0.10.254, 10.0.10.253]}
groups:
  hosts:
    image: live
    disk: {smallest: nvme}
    kernelArguments: [console=ttyS1]
    config:
      template: docker-host
      values: {name: "{name}", ssh-key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJf1lzVx8lVbCq3Fr0ZQ5Fj2Yk4bq1m3n5o7p9r1t3v5}
machines:
  - name: one
    group: hosts
    select: {serviceTag: 7XK2QN3}
    kernelArguments: [quiet]
  - name: two
    group: hosts
    version: 1.0.0
    select: {mac: ["B4-45-06-00-00-08", "b4:45:06:00:00:09"]}
    disk: {serial: PHLN210500AB}
    keepVar: true
  - name: r650
    group: hosts
    select: {vendor: Dell Inc., model: PowerEdge R650*}
    config: {values: {name: "host-{service-tag}"}}
  - name: any-dell
    group: hosts
    select: {vendor: dell*}
`;

/** @throws {Error} when the text has problems. */
export function machinesOf(text = machinesText): Machines {
  const { machines, problems } = readMachines('machines.yaml', '/srv', text);
  if (machines === undefined) throw new Error(JSON.stringify(problems));
  return machines;
}
