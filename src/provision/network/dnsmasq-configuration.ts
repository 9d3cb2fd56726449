/** The configuration of dnsmasq. Pure but for its template. */
import { renderTemplate } from '../../templating/render.ts';
import { addressNumber } from '../machines/check-network.ts';
import type { NetworkSettings } from '../machines/profile.ts';

/** Where this server is on the network of the machines. */
export interface Place {
  readonly address: string;
  readonly netmask: string;
}

/** Where dnsmasq finds iPXE's boot programs, as it sees it. */
export const TFTP_ROOT = '/tftp';

/** The address of the HTTP server for machines. */
export function serverAddress(network: NetworkSettings, place: Place): string {
  return `http://${place.address}:${network.httpPort}`;
}

/** iPXE's program for UEFI on x86-64, in its folder. */
function efiProgram(network: NetworkSettings): string {
  return `${network.efi}.efi`;
}

/**
 * Renders the configuration.
 * @param template The text of templates/dnsmasq/dnsmasq.conf.hbs.
 */
export function dnsmasqConfiguration(template: string, network: NetworkSettings, place: Place): string {
  const { range } = network;
  const server = serverAddress(network, place);
  const values = {
    interface: network.interface,
    tftpRoot: TFTP_ROOT,
    script: `${server}/boot.ipxe`,
    httpProgram: `${server}/boot/${efiProgram(network)}`,
    efiProgram: efiProgram(network),
    proxy: network.dhcp === 'proxy' ? { network: networkOf(place), netmask: place.netmask } : undefined,
    range:
      network.dhcp === 'full' && range !== undefined
        ? {
            from: range.from,
            to: range.to,
            netmask: range.netmask ?? place.netmask,
            lease: range.lease,
            router: range.router,
            dns: range.dns.length === 0 ? undefined : range.dns.join(','),
          }
        : undefined,
  };
  return renderTemplate(template, values, 'templates/dnsmasq/dnsmasq.conf.hbs');
}

/** The first address of the network. */
function networkOf({ address, netmask }: Place): string {
  // As unsigned: JavaScript's bit operators are those of signed numbers.
  const number = (addressNumber(address) & addressNumber(netmask)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
}
