import type { EndpointLimits } from './options.ts';

interface Load {
  requests: number;
  bytes: number;
}

/** The resources that one admitted request holds. */
export interface Admission {
  /** Reserves memory for more of its body. @returns false where the limit is reached */
  reserveBody(bytes: number): boolean;
  /** Releases the memory of its body. */
  releaseBody(): void;
  /** Releases everything. To be called once. */
  release(): void;
}

/** Limits concurrent requests and unfinished bodies, per address and in total. */
export class ConcurrencyLimit {
  readonly #limits: EndpointLimits;
  readonly #total: Load = { requests: 0, bytes: 0 };
  readonly #callers = new Map<string, Load>();

  constructor(limits: EndpointLimits) {
    this.#limits = limits;
  }

  /** Number of addresses with a request in progress. */
  get callers(): number {
    return this.#callers.size;
  }

  /** Admits a request. @returns undefined where too many are in progress */
  admit(address: string): Admission | undefined {
    const caller = this.#callers.get(address) ?? { requests: 0, bytes: 0 };
    const total = this.#total;
    if (caller.requests >= this.#limits.requestsPerAddress || total.requests >= this.#limits.requestsInTotal)
      return undefined;
    caller.requests++;
    total.requests++;
    this.#callers.set(address, caller);
    return this.#admission(address, caller, total);
  }

  #admission(address: string, caller: Load, total: Load): Admission {
    const { unfinishedBytesPerAddress, unfinishedBytesInTotal } = this.#limits;
    let reserved = 0;
    const reserve = (bytes: number) => {
      reserved += bytes;
      caller.bytes += bytes;
      total.bytes += bytes;
    };
    return {
      reserveBody: (bytes) => {
        if (caller.bytes + bytes > unfinishedBytesPerAddress) return false;
        if (total.bytes + bytes > unfinishedBytesInTotal) return false;
        reserve(bytes);
        return true;
      },
      releaseBody: () => reserve(-reserved),
      release: () => {
        reserve(-reserved);
        caller.requests--;
        total.requests--;
        if (caller.requests === 0) this.#callers.delete(address);
      },
    };
  }
}
