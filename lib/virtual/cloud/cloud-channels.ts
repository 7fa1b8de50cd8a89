import { randomInt, randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { Mailbox } from './mailbox.ts';

/** A way from a POS to a terminal. */
export interface Channel {
  id: string;
  /** Its terminal; undefined: any that the stand-in serves. */
  poiId: string | undefined;
  mailbox: Mailbox;
}

/** Pairing: each terminal shows a code, and who enters it gets the channel to it. Pairing anew replaces the channel. */
export class Channels {
  readonly #clock: Clock;
  readonly #codes = new Map<string | undefined, string>();
  readonly #channels = new Map<string | undefined, Channel>();

  /** @param poiIds the terminals; undefined: one code, for a channel to whatever terminal is asked for */
  constructor(poiIds: readonly string[] | undefined, clock: Clock) {
    this.#clock = clock;
    for (const poiId of poiIds ?? [undefined]) this.#codes.set(poiId, newCode());
  }

  /** What the terminals show: their codes, each good for one pairing. */
  get codes(): readonly { poiId: string | undefined; code: string }[] {
    return [...this.#codes].map(([poiId, code]) => ({ poiId, code }));
  }

  /** The channel to the terminal that shows this code; undefined when none does. The terminal then shows another one. */
  pair(code: string): Channel | undefined {
    const shown = this.codes.find((one) => one.code === code);
    if (!shown) return undefined;
    this.revoke(shown.poiId);
    const channel: Channel = { id: randomUUID(), poiId: shown.poiId, mailbox: new Mailbox(this.#clock) };
    this.#channels.set(shown.poiId, channel);
    this.#codes.set(shown.poiId, newCode());
    return channel;
  }

  find(id: string): Channel | undefined {
    return [...this.#channels.values()].find((channel) => channel.id === id);
  }

  /** The channel of a terminal, if it was paired. */
  of(poiId: string): Channel | undefined {
    return this.#channels.get(poiId) ?? this.#channels.get(undefined);
  }

  /** The channel to a terminal is dead from now on. */
  revoke(poiId?: string): void {
    this.#channels.get(poiId)?.mailbox.close();
    this.#channels.delete(poiId);
  }

  close(): void {
    for (const { mailbox } of this.#channels.values()) mailbox.close();
    this.#channels.clear();
  }
}

function newCode(): string {
  return String(randomInt(100_000, 1_000_000));
}
