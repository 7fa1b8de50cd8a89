import { NexoError } from '../protocol/errors.ts';
import type { SessionState } from '../session/effects.ts';
import {
  elsewhereError,
  type Kept,
  type Missing,
  type TransactionOwner,
  type TransactionOwners,
} from './transaction-owners.ts';

/** A terminal as far as a pool looks at it; `Terminal` is one. */
export interface PoolTerminal extends TransactionOwner {
  readonly config: { readonly terminal: string; readonly autoLogin: boolean };
  readonly state: SessionState;
  /** How many wait for an answer of it. */
  readonly load: number;
  ask(question: { type: 'login' }): Promise<unknown>;
}

interface Member extends Kept {
  terminal: PoolTerminal;
}

/** How ready a terminal is for a new customer: smaller is better. A line counts only among equals. */
const READINESS: Record<SessionState, number> = {
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
 * Several terminals of which any may take a new customer. Whatever is about a transactionId that was used before goes to
 * the terminal that has it: another one would charge a second time.
 */
export class Pool<M extends Member> {
  readonly #members: () => readonly M[];
  readonly #assignments: TransactionOwners;
  readonly #missing: () => readonly Missing[];
  /** Chosen, and not begun yet: whoever asked begins within the same turn of the event loop. */
  readonly #coming = new Map<PoolTerminal, number>();
  readonly #waking = new Set<PoolTerminal>();
  #latest = '';

  /** @param members those that run at the moment; @param missing those that should, and do not */
  constructor(
    members: () => readonly M[],
    assignments: TransactionOwners,
    missing: () => readonly Missing[] = () => [],
  ) {
    this.#members = members;
    this.#assignments = assignments;
    this.#missing = missing;
  }

  /** How many terminals it is made of, whether they run or not. */
  get size(): number {
    return this.#members().length + this.#missing().length;
  }

  get members(): readonly M[] {
    return this.#members();
  }

  /**
   * A member for a new customer: an idle one, else the one with the shortest line; one that cannot take a payment now comes
   * last. Equals take turns.
   *
   * @param made a transactionId that was made for the customer just now: no journal can have it, and it stays with the member
   * @throws NexoError `pool_empty`
   */
  free(made?: string): M {
    const members = this.#members();
    const from = members.findIndex(({ terminal }) => terminal.config.terminal === this.#latest) + 1;
    const [first, ...more] = [...members.slice(from), ...members.slice(0, from)];
    if (first === undefined) throw emptyError();
    const best = more.reduce((best, member) => (this.#before(member.terminal, best.terminal) ? member : best), first);
    this.#latest = best.terminal.config.terminal;
    this.#expect(best.terminal);
    for (const { terminal } of members) this.#wake(terminal);
    if (made !== undefined) this.#assignments.note(made, Promise.resolve(this.#latest));
    return best;
  }

  /**
   * The member for a payment of that name: the one that has it, or a free one.
   * @throws NexoError by rejection, `pool_empty`, `pool_unsure`, `transaction_elsewhere`: nothing may be sent
   */
  take(transactionId: string): Promise<M> {
    const decided = this.#assignments.of(transactionId);
    if (decided !== undefined) {
      return decided.then(
        (name) => this.#named(name, transactionId),
        () => this.take(transactionId),
      );
    }
    // Noted before anything is waited for: the same name that comes meanwhile waits for this decision.
    const deciding = this.#inJournals(transactionId).then((found) => found ?? this.free());
    this.#assignments.note(
      transactionId,
      deciding.then(({ terminal }) => terminal.config.terminal),
    );
    return deciding;
  }

  /** The member that has a transaction, if one has. @throws NexoError as `take` */
  async find(transactionId: string): Promise<M | undefined> {
    const decided = await this.#assignments.of(transactionId)?.catch(() => undefined);
    return decided === undefined ? this.#inJournals(transactionId) : this.#named(decided, transactionId);
  }

  #before(a: PoolTerminal, b: PoolTerminal): boolean {
    const [readyA, readyB] = [this.#readiness(a), this.#readiness(b)];
    return readyA === readyB ? this.#line(a) < this.#line(b) : readyA < readyB;
  }

  #readiness(terminal: PoolTerminal): number {
    // It has not answered yet: no customer is sent there meanwhile.
    if (this.#waking.has(terminal)) return READINESS.unreachable;
    const ready = READINESS[terminal.state];
    return ready === 0 && this.#line(terminal) > 0 ? READINESS.paying : ready;
  }

  #line(terminal: PoolTerminal): number {
    return terminal.load + (this.#coming.get(terminal) ?? 0);
  }

  #expect(terminal: PoolTerminal): void {
    this.#coming.set(terminal, (this.#coming.get(terminal) ?? 0) + 1);
    setImmediate(() => {
      const left = (this.#coming.get(terminal) ?? 1) - 1;
      if (left > 0) this.#coming.set(terminal, left);
      else this.#coming.delete(terminal);
    });
  }

  /** Nothing is sent to a member that was unreachable while others take payments: so it is asked whether it is back. */
  #wake(terminal: PoolTerminal): void {
    if (terminal.state !== 'unreachable' || !terminal.config.autoLogin || this.#waking.has(terminal)) return;
    // Whatever is on its way there finds out by itself, and is not to be overtaken by a login.
    if (this.#line(terminal) > 0) return;
    this.#waking.add(terminal);
    const over = () => this.#waking.delete(terminal);
    terminal.ask({ type: 'login' }).then(over, over);
  }

  async #inJournals(transactionId: string): Promise<M | undefined> {
    const [members, missing] = [this.#members(), this.#missing()];
    const owner = await this.#assignments.ownerOf(transactionId, { members, missing, unsure: 'pool_unsure' });
    return owner === undefined ? undefined : this.#named(owner, transactionId);
  }

  #named(name: string, transactionId: string): M {
    const member = this.#members().find(({ terminal }) => terminal.config.terminal === name);
    if (member === undefined) throw elsewhereError(transactionId, name);
    return member;
  }
}

function emptyError(): NexoError {
  return new NexoError(
    'pool_empty',
    'None of the terminals in this pool is there: open the pool, pick its terminals, enable them, and deploy.',
  );
}
