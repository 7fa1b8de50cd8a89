import type { EndpointLimits } from './options.ts';

interface Load {
  requests: number;
  bytes: number;
}

/** A request inside the gate. */
export interface Visit {
  /** Takes room for more of its body. @returns whether there is any */
  grow(bytes: number): boolean;
  /** Gives back what its body took: it is no longer kept. */
  shrink(): void;
  /** Gives back everything. Once. */
  leave(): void;
}

/** Holds down how much is in progress at a time, so that one caller cannot use up what the others need. */
export class ConcurrencyLimit {
  readonly #limits: EndpointLimits;
  readonly #inAll: Load = { requests: 0, bytes: 0 };
  readonly #callers = new Map<string, Load>();

  constructor(limits: EndpointLimits) {
    this.#limits = limits;
  }

  /** Addresses that have a request in progress. */
  get callers(): number {
    return this.#callers.size;
  }

  /** Lets a request in, or undefined where too many are in progress. */
  enter(address: string): Visit | undefined {
    const caller = this.#callers.get(address) ?? { requests: 0, bytes: 0 };
    const all = this.#inAll;
    if (caller.requests >= this.#limits.perAddress || all.requests >= this.#limits.inAll) return undefined;
    caller.requests++;
    all.requests++;
    this.#callers.set(address, caller);
    return this.#visit(address, caller, all);
  }

  #visit(address: string, caller: Load, all: Load): Visit {
    const { bytesPerAddress, bytesInAll } = this.#limits;
    let taken = 0;
    const take = (bytes: number) => {
      taken += bytes;
      caller.bytes += bytes;
      all.bytes += bytes;
    };
    return {
      grow: (bytes) => {
        if (caller.bytes + bytes > bytesPerAddress || all.bytes + bytes > bytesInAll) return false;
        take(bytes);
        return true;
      },
      shrink: () => take(-taken),
      leave: () => {
        take(-taken);
        caller.requests--;
        all.requests--;
        if (caller.requests === 0) this.#callers.delete(address);
      },
    };
  }
}
