/**
 * The machine's addresses in user data: `$private_ipv4` and its like, as coreos-cloudinit has them, with `\$private_ipv4`
 * for the text itself. They are put in after the YAML was read, so an address cannot change the form of a document, and
 * problems keep their places.
 */
import type { MachineAddresses } from './config.ts';

const VARIABLE = /\\?\$((?:private|public)_ipv[46])/g;

/** Addresses of RFC 5737 and RFC 3849: what values are checked with where the machine's own are not known. */
const SPECIMENS = {
  private_ipv4: '192.0.2.1',
  public_ipv4: '198.51.100.1',
  private_ipv6: '2001:db8::1',
  public_ipv6: '2001:db8:1::1',
} as const;

type VariableName = keyof typeof SPECIMENS;

/** Stands for the backslash of an escaped variable, which YAML does not allow inside of double quotes. */
const ESCAPED = '\ufdd0';

/** A text in which variables were put in. */
export interface Filled {
  /** For the machine. Without addresses, the text as it was. */
  readonly text: string;
  /** For checks: where addresses are not known, with addresses from the documentation ranges. */
  readonly specimen: string;
  /** Variables that the machine has no address for. */
  readonly unknown: readonly string[];
}

/** Puts addresses into texts. */
export class Variables {
  /** @param addresses Undefined where no machine is known, as on a laptop: variables then stay as they are. */
  constructor(private readonly addresses: MachineAddresses | undefined) {}

  /** Prepares a text for the YAML parser; lengths and places stay. */
  static shield(text: string): string {
    return text.replace(/\\(?=\$(?:private|public)_ipv[46])/g, ESCAPED);
  }

  /** Undoes {@link shield}. */
  static unshield(text: string): string {
    return text.includes(ESCAPED) ? text.replaceAll(ESCAPED, '\\') : text;
  }

  /** Fills a text, shielded or not. */
  fill(shielded: string): Filled {
    const raw = Variables.unshield(shielded);
    if (!raw.includes('$p')) return { text: raw, specimen: raw, unknown: [] };
    const { addresses } = this;
    const unknown = new Set<string>();
    const replace = (address: (name: VariableName) => string) =>
      raw.replace(VARIABLE, (written, name: VariableName) =>
        written.startsWith('\\') ? written.slice(1) : address(name),
      );
    if (addresses === undefined)
      return { text: raw, specimen: replace((name) => SPECIMENS[name]), unknown: [] };
    const text = replace((name) => {
      const address = addresses[name] ?? '';
      if (address === '') unknown.add(`$${name}`);
      return address;
    });
    return { text, specimen: text, unknown: [...unknown] };
  }
}
