/** What the steps of a publication work with. */
import type { Clients } from './clients.ts';
import type { Patience } from './patience.ts';

export interface AwsPlace {
  readonly clients: Clients;
  readonly patience: Patience;
  /** How often the state of something in the making is asked for. */
  readonly pollMs: number;
}
