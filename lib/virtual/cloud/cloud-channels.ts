import { randomInt, randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { Mailbox } from './mailbox.ts';

/** A channel from a POS to a terminal. */
export interface CloudChannel {
  id: string;
  /** Its terminal; undefined: the one that the first message is for. */
  poiId: string | undefined;
  mailbox: Mailbox;
}

/** Pairing: each terminal shows a code that is exchanged for a channel to it. Pairing again replaces the channel. */
export class CloudChannels {
  readonly #clock: Clock;
  readonly #codes = new Map<string | undefined, string>();
  readonly #channels = new Map<string | undefined, CloudChannel>();

  /** @param poiIds the terminals, each with its own code; undefined: one code, for a channel to one terminal of any POIID */
  constructor(poiIds: readonly string[] | undefined, clock: Clock) {
    this.#clock = clock;
    for (const poiId of poiIds ?? [undefined]) this.#codes.set(poiId, newCode());
  }

  /** The codes that the terminals show. Each is valid for one pairing. */
  get codes(): readonly { poiId: string | undefined; code: string }[] {
    return [...this.#codes].map(([poiId, code]) => ({ poiId, code }));
  }

  /** Exchanges a code for a channel; undefined where no terminal shows it. The terminal then shows a new code. */
  pair(code: string): CloudChannel | undefined {
    const terminal = this.codes.find((one) => one.code === code);
    if (!terminal) return undefined;
    this.revoke(terminal.poiId);
    const channel: CloudChannel = { id: randomUUID(), poiId: terminal.poiId, mailbox: new Mailbox(this.#clock) };
    this.#channels.set(terminal.poiId, channel);
    this.#codes.set(terminal.poiId, newCode());
    return channel;
  }

  find(id: string): CloudChannel | undefined {
    return [...this.#channels.values()].find((channel) => channel.id === id);
  }

  /** The channel of a terminal; undefined where it is not paired. */
  of(poiId: string): CloudChannel | undefined {
    const open = this.#channels.get(undefined);
    return this.#channels.get(poiId) ?? (open && leadsTo(open, poiId) ? open : undefined);
  }

  /** Whether a channel carries messages for that terminal. The first message binds a channel that has none yet. */
  carries(channel: CloudChannel, poiId: string): boolean {
    if (!leadsTo(channel, poiId)) return false;
    channel.poiId = poiId;
    return true;
  }

  /** Invalidates the channel to a terminal. */
  revoke(poiId?: string): void {
    this.#channels.get(poiId)?.mailbox.close();
    this.#channels.delete(poiId);
  }

  close(): void {
    for (const { mailbox } of this.#channels.values()) mailbox.close();
    this.#channels.clear();
  }
}

function leadsTo({ poiId: bound }: CloudChannel, poiId: string): boolean {
  return bound === undefined || bound === poiId;
}

function newCode(): string {
  return String(randomInt(100_000, 1_000_000));
}
