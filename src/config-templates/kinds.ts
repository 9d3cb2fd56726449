/** The kinds of values that a template's parameters take: how they are written, and the parts a template may name. */

/** A value as a template names it: a text, or its parts. */
export type TemplateValue = string | Readonly<Record<string, string>>;

export interface Kind {
  /** What is needed, for messages: `an address such as 10.0.0.11`. */
  readonly needed: string;
  /** @returns Undefined when the text is not of this kind. */
  read(text: string): TemplateValue | undefined;
}

const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const HOST_NAME = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i;
const REGISTRY = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/;
const VARIABLE = /^\$(private|public)_ipv[46]$/;
const PEM = /^-----BEGIN ([A-Z0-9 ]+)-----\n[A-Za-z0-9+/=\n]+-----END \1-----\n?$/;

/** Every kind, by the name that a template's header uses. */
export const kinds = {
  name: plain('a name of small letters, digits and dashes, such as node1', (text) => NAME.test(text)),
  text: plain('a text of one line', (text) => text !== '' && !hasControls(text)),
  number: plain('a whole number', (text) => /^\d{1,9}$/.test(text)),
  port: plain('a port from 1 to 65535', isPort),
  'host-name': plain(
    'a host name such as registry.example.com',
    (text) => text.length <= 253 && HOST_NAME.test(text),
  ),
  'ssh-key': plain('a public ssh key, as in a .pub file', (text) =>
    /^(ssh-(ed25519|rsa)|ecdsa-sha2-\S+|sk-\S+) [A-Za-z0-9+/=]+( [^\n]*)?$/.test(text),
  ),
  registry: plain('a registry such as registry.example.com:5000', (text) => REGISTRY.test(text)),
  scope: plain('a registry, or a part of it, such as registry.example.com:5000/web', (text) => {
    const [registry = '', ...path] = text.split('/');
    return REGISTRY.test(registry) && path.every((part) => /^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/.test(part));
  }),
  url: plain('an address such as https://10.0.0.11:2380', (text) =>
    /^https?:\/\/(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:\d{1,5})?$/i.test(text),
  ),
  image: plain('an image with its registry, such as registry.example.com:5000/web:1', (text) =>
    /^[a-z0-9.-]+(:\d{1,5})?(\/[a-z0-9._-]+)+(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/.test(text),
  ),
  publish: plain('HOST-PORT:PORT, such as 8080:80', (text) => {
    const [host = '', container = '', ...rest] = text.split(':');
    return rest.length === 0 && isPort(host) && isPort(container);
  }),
  variable: plain('NAME=VALUE', (text) => /^[A-Za-z_][A-Za-z0-9_]*=[^\n]*$/.test(text) && !hasControls(text)),
  pem: plain('a certificate or key in PEM form', (text) => PEM.test(text)),
  lines: plain('a text file', (text) => text.trim() !== '' && !/[^\P{Cc}\n\t]/u.test(text)),
  address: {
    needed: 'an address such as 10.0.0.11, fd00::11 or $private_ipv4',
    read: addressParts,
  },
  member: {
    needed: 'NAME=ADDRESS, such as node1=10.0.0.11',
    read: (text) => {
      const at = text.indexOf('=');
      const name = text.slice(0, at);
      const parts = addressParts(text.slice(at + 1));
      // Each machine has other values for variables, and a list is the same on all of them.
      if (text.includes('$')) return undefined;
      return at > 0 && NAME.test(name) && parts !== undefined ? { name, ...parts } : undefined;
    },
  },
  network: {
    needed: 'a network or an address, such as 10.0.0.0/24',
    read: (text) => {
      const [address = '', bits, ...rest] = text.split('/');
      const family = familyOf(address);
      if (family === undefined || rest.length > 0) return undefined;
      const most = family === 'ip' ? 32 : 128;
      if (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= most)) return undefined;
      return { text, family };
    },
  },
} as const satisfies Record<string, Kind>;

/** A kind's name. */
export type KindName = keyof typeof kinds;

export const kindNames = Object.keys(kinds) as [KindName, ...KindName[]];

function plain(needed: string, is: (text: string) => boolean): Kind {
  return { needed, read: (text) => (is(text) ? text : undefined) };
}

/** `text`; `host` with brackets around IPv6, for use before a port; `family` as nft calls it. */
function addressParts(text: string): Readonly<Record<string, string>> | undefined {
  if (VARIABLE.test(text)) {
    const isSix = text.endsWith('6');
    return { text, host: isSix ? `[${text}]` : text, family: isSix ? 'ip6' : 'ip' };
  }
  const family = familyOf(text);
  if (family === undefined) return undefined;
  return { text, host: family === 'ip6' ? `[${text}]` : text, family };
}

function familyOf(text: string): 'ip' | 'ip6' | undefined {
  const numbers = text.split('.');
  if (numbers.length === 4 && numbers.every((each) => /^(0|[1-9]\d{0,2})$/.test(each) && Number(each) < 256))
    return 'ip';
  // Rough: what is wrong in it otherwise, the programs that get it say.
  return /^[0-9a-f]{0,4}(:[0-9a-f]{0,4}){2,7}$/i.test(text) ? 'ip6' : undefined;
}

function isPort(text: string): boolean {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) < 65_536;
}

function hasControls(text: string): boolean {
  return /\p{Cc}/u.test(text);
}
