import { NexoError } from '../protocol/errors.ts';
import type { SessionState } from '../session/effects.ts';
import {
  elsewhereError,
  type MissingTerminal,
  type OwnerCandidate,
  type RunningTerminal,
  type TransactionOwners,
} from './transaction-owners.ts';

/** A terminal as far as a pool needs it; `Terminal` is one. */
export interface PoolTerminal extends OwnerCandidate {
  readonly config: { readonly terminal: string; readonly autoLogin: boolean };
  readonly state: SessionState;
  /** How many callers wait for an answer of it. */
  readonly load: number;
  ask(command: { type: 'login' }): Promise<unknown>;
}

interface Member extends RunningTerminal {
  terminal: PoolTerminal;
}

/** How soon a terminal can serve a new customer: the lowest first. The length of its queue decides among equals. */
const RANK: Record<SessionState, number> = {
  ready: 0,
  loggedOut: 0,
  loggingIn: 1,
  paying: 1,
  held: 1,
  cardRead: 1,
  recovering: 2,
  maintenance: 2,
  unreachable: 3,
  unresolved: 4,
};

/**
 * Several terminals of which any may take a new customer. A transactionId that was used before always goes to the terminal
 * that has it: another one would charge a second time.
 */
export class Pool<M extends Member> {
  readonly #members: () => readonly M[];
  readonly #owners: TransactionOwners;
  readonly #missing: () => readonly MissingTerminal[];
  /** Customers assigned in this turn of the event loop: their payments are not in the terminal's queue yet. */
  readonly #arrivals = new Map<PoolTerminal, number>();
  /** Unreachable terminals to which a login was sent. */
  readonly #probes = new Set<PoolTerminal>();
  #latest = '';

  /** @param members those that run at the moment; @param missing those that should run, and do not */
  constructor(
    members: () => readonly M[],
    owners: TransactionOwners,
    missing: () => readonly MissingTerminal[] = () => [],
  ) {
    this.#members = members;
    this.#owners = owners;
    this.#missing = missing;
  }

  /** How many terminals belong to it, running or not. */
  get size(): number {
    return this.#members().length + this.#missing().length;
  }

  get members(): readonly M[] {
    return this.#members();
  }

  /**
   * A member for a new customer: an idle one, else the one with the shortest queue; one that cannot take a payment now comes
   * last. Equals take turns.
   *
   * @param created a transactionId created just now for this customer: no journal can have it, and it stays with the member
   * @throws NexoError `pool_empty`
   */
  free(created?: string): M {
    const members = this.#members();
    const from = members.findIndex(({ terminal }) => terminal.config.terminal === this.#latest) + 1;
    const [first, ...more] = [...members.slice(from), ...members.slice(0, from)];
    if (first === undefined) throw emptyError();
    const best = more.reduce((best, member) => (this.#precedes(member.terminal, best.terminal) ? member : best), first);
    this.#latest = best.terminal.config.terminal;
    this.#addArrival(best.terminal);
    for (const { terminal } of members) this.#probe(terminal);
    if (created !== undefined) this.#owners.note(created, Promise.resolve(this.#latest));
    return best;
  }

  /**
   * The member for a payment with that transactionId: the one that has it, or a free one.
   * @throws NexoError by rejection, `pool_empty`, `pool_unsure`, `transaction_elsewhere`: nothing may be sent
   */
  take(transactionId: string): Promise<M> {
    const decided = this.#owners.decisionFor(transactionId);
    if (decided !== undefined) {
      return decided.then(
        (name) => this.#memberNamed(name, transactionId),
        () => this.take(transactionId),
      );
    }
    // Noted before the first await: the same transactionId that comes meanwhile waits for this decision.
    const decision = this.#findInJournals(transactionId).then((found) => found ?? this.free());
    this.#owners.note(
      transactionId,
      decision.then(({ terminal }) => terminal.config.terminal),
    );
    return decision;
  }

  /** The member that has a transaction, if one has. @throws NexoError as `take` */
  async find(transactionId: string): Promise<M | undefined> {
    const decided = await this.#owners.decisionFor(transactionId)?.catch(() => undefined);
    return decided === undefined ? this.#findInJournals(transactionId) : this.#memberNamed(decided, transactionId);
  }

  #precedes(a: PoolTerminal, b: PoolTerminal): boolean {
    const [rankA, rankB] = [this.#rank(a), this.#rank(b)];
    return rankA === rankB ? this.#queueLength(a) < this.#queueLength(b) : rankA < rankB;
  }

  #rank(terminal: PoolTerminal): number {
    // Until the probe is answered, no customer is sent there.
    if (this.#probes.has(terminal)) return RANK.unreachable;
    const rank = RANK[terminal.state];
    return rank === 0 && this.#queueLength(terminal) > 0 ? RANK.paying : rank;
  }

  #queueLength(terminal: PoolTerminal): number {
    return terminal.load + (this.#arrivals.get(terminal) ?? 0);
  }

  /** Counts the customer until its payment is in the terminal's queue: the caller starts it within the same turn. */
  #addArrival(terminal: PoolTerminal): void {
    this.#arrivals.set(terminal, (this.#arrivals.get(terminal) ?? 0) + 1);
    setImmediate(() => {
      const left = (this.#arrivals.get(terminal) ?? 1) - 1;
      if (left > 0) this.#arrivals.set(terminal, left);
      else this.#arrivals.delete(terminal);
    });
  }

  /** An unreachable member gets no payments while others take them: a login finds out whether it can be reached again. */
  #probe(terminal: PoolTerminal): void {
    if (terminal.state !== 'unreachable' || !terminal.config.autoLogin || this.#probes.has(terminal)) return;
    // What is queued there finds that out itself, and a login must not overtake it.
    if (this.#queueLength(terminal) > 0) return;
    this.#probes.add(terminal);
    const end = () => this.#probes.delete(terminal);
    terminal.ask({ type: 'login' }).then(end, end);
  }

  async #findInJournals(transactionId: string): Promise<M | undefined> {
    const [members, missing] = [this.#members(), this.#missing()];
    const owner = await this.#owners.find(transactionId, { members, missing, unsure: 'pool_unsure' });
    return owner === undefined ? undefined : this.#memberNamed(owner, transactionId);
  }

  #memberNamed(name: string, transactionId: string): M {
    const member = this.#members().find(({ terminal }) => terminal.config.terminal === name);
    if (member === undefined) throw elsewhereError(transactionId, name);
    return member;
  }
}

function emptyError(): NexoError {
  return new NexoError(
    'pool_empty',
    'None of the terminals in this pool runs: open the pool, choose its terminals, enable them, and deploy.',
  );
}
