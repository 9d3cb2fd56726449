/** What a person answered: all that becomes the configuration of the installed machine. */
import type { RoleAnswer } from './role.ts';

export interface Answers {
  /** Undefined: DHCP, the role or the firmware may name the machine. */
  readonly hostname: string | undefined;
  /** Public keys that may log in as core. */
  readonly sshKeys: readonly string[];
  readonly network: NetworkAnswers;
  /** What the machine is for; undefined for nothing besides the answers. */
  readonly role: RoleAnswer | undefined;
}

/** Interfaces that are not named here ask for addresses by DHCP, as the image has it. */
export interface NetworkAnswers {
  readonly cards: readonly CardAnswer[];
  readonly bonds: readonly BondAnswer[];
  readonly vlans: readonly VlanAnswer[];
}

/** How an interface gets its addresses. */
export type Addressing =
  | { readonly kind: 'dhcp' }
  | {
      readonly kind: 'static';
      /** With their prefixes: `10.0.0.5/24`. One at least. */
      readonly addresses: readonly string[];
      /** At most one of each family. */
      readonly gateways: readonly string[];
      /** Addresses of name servers. */
      readonly dns: readonly string[];
    }
  /** It carries VLANs, or is not used at all. */
  | { readonly kind: 'none' };

/** A network card by itself: members of bonds are named there alone. */
export interface CardAnswer {
  readonly name: string;
  readonly addressing: Addressing;
}

/** Modes that need no more than these words: systemd.netdev(5), [Bond]. */
export const bondModes = ['802.3ad', 'active-backup', 'balance-xor'] as const;
export type BondMode = (typeof bondModes)[number];

/** Several cards as one. */
export interface BondAnswer {
  /** `bond0` */
  readonly name: string;
  /** Names of cards, two at least. */
  readonly members: readonly string[];
  readonly mode: BondMode;
  readonly addressing: Addressing;
}

/** A tagged network on a card or a bond. Its interface is `vlan` and the id. */
export interface VlanAnswer {
  /** 1 to 4094: IEEE 802.1Q. */
  readonly id: number;
  /** The card or bond that it is on. */
  readonly parent: string;
  readonly addressing: Addressing;
}

/** Nothing was answered. */
export const noAnswers: Answers = {
  hostname: undefined,
  sshKeys: [],
  network: { cards: [], bonds: [], vlans: [] },
  role: undefined,
};

/** The name of a VLAN's interface: that of its parent and the id may be longer than the kernel's 15 characters. */
export function vlanName({ id }: Pick<VlanAnswer, 'id'>): string {
  return `vlan${id}`;
}
