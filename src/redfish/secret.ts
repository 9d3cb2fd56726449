/** Passwords and tokens: kept where nothing prints them, and taken out of what BMCs say. */
import { inspect } from 'node:util';

const SHOWN = '***';

/** Text shorter than this is not looked for: hiding it would hide half of every sentence. */
const SHORTEST_HIDDEN = 4;

/** A value that is never shown by accident: not by printing, not as JSON, not in a debugger's summary. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value, for the one place that sends it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }

  [inspect.custom](): string {
    return SHOWN;
  }
}

/** Takes secrets out of text that comes from elsewhere: a BMC may repeat in an error what it was sent. */
export class Redactor {
  private readonly hidden = new Set<string>();

  add(secret: Secret): void {
    const value = secret.reveal();
    if (value.length < SHORTEST_HIDDEN) return;
    for (const form of [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)])
      this.hidden.add(form);
  }

  clean(text: string): string {
    let cleaned = text;
    // The longest first: one secret may be the beginning of another.
    for (const value of [...this.hidden].sort((a, b) => b.length - a.length))
      cleaned = cleaned.replaceAll(value, SHOWN);
    return cleaned;
  }
}
