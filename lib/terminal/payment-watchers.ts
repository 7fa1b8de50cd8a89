import type { NexoError } from '../protocol/errors.ts';
import type { Phase } from '../session/effects.ts';
import type { TransactionRecord } from '../session/record.ts';

/** Receives what becomes of a payment. `outcome` comes once with `final`, and may come once before without (`unresolved`). */
export interface Watcher {
  phase?(phase: Phase): void;
  /** What the customer sees on the terminal. */
  display?(text: string): void;
  /** An exception means that the outcome was not delivered: it stays in the journal as that. */
  outcome(record: TransactionRecord, final: boolean): void;
  /** The message was wrong: nothing was sent, nothing written. */
  failed(error: NexoError): void;
  /** The terminal was closed before the outcome was certain: the next start resolves it. */
  closed?(): void;
}

/** What a node reports: purchases, refunds, whether goods came out, or reversals. */
export type ResultKind = 'Normal' | 'Refund' | 'fulfil' | 'reversal';

/** What outcomes need of their terminal. */
export interface DeliveryHost {
  /** Calls code of the terminal's users, which may throw. @returns what it has thrown */
  attempt(call: () => void): Error | undefined;
  /** The final outcome was delivered. */
  delivered(record: TransactionRecord): unknown;
  /** No node takes the outcome. @param error its node failed with it */
  undelivered(record: TransactionRecord, error: Error | undefined): void;
}

interface NodeWatcher {
  watcher: Watcher;
  adopts: ResultKind | undefined;
}

interface Pending {
  record: TransactionRecord;
  final: boolean;
  /** Reported as not delivered: any node that can take it now does. */
  reported: boolean;
}

const NONE: ReadonlySet<Watcher> = new Set();

/**
 * Delivers outcomes: to the watchers of the messages that asked for them, else to the watcher of the payment's node, else
 * to that of another node of the terminal that reports such results. An outcome without any is reported as not delivered,
 * and kept until a node subscribes that takes it. While nodes are being started, it waits for them first.
 */
export class PaymentWatchers {
  readonly #host: DeliveryHost;
  readonly #byRef = new Map<string, Watcher>();
  readonly #byNode = new Map<string, NodeWatcher>();
  /** The latest outcome of each transaction that was not delivered. */
  readonly #pending = new Map<string, Pending>();
  #paused = true;

  constructor(host: DeliveryHost) {
    this.#host = host;
  }

  /** How many messages wait for an outcome. */
  get size(): number {
    return this.#byRef.size;
  }

  add(ref: string, watcher: Watcher): void {
    this.#byRef.set(ref, watcher);
  }

  remove(ref: string): Watcher | undefined {
    const watcher = this.#byRef.get(ref);
    this.#byRef.delete(ref);
    return watcher;
  }

  /** Removes the watchers of all messages: the terminal is closed. */
  clear(): void {
    const watchers = [...this.#byRef.values()];
    this.#byRef.clear();
    this.#pending.clear();
    for (const watcher of watchers) this.#host.attempt(() => watcher.closed?.());
  }

  /**
   * Registers a node for the outcomes of its payments that no message waits for.
   * @param adopts results of that kind are delivered here too, where their own node does not subscribe
   * @returns the way to unsubscribe
   */
  subscribe(node: string, watcher: Watcher, adopts?: ResultKind): () => void {
    const subscriber = { watcher, adopts };
    this.#byNode.set(node, subscriber);
    for (const { record, final, reported } of [...this.#pending.values()]) {
      const adopted = reported && adopts !== undefined && kindsOf(record).includes(adopts);
      if (record.node === node || adopted) this.#deliver([watcher], record, final);
    }
    return () => {
      if (this.#byNode.get(node) === subscriber) this.#byNode.delete(node);
    };
  }

  /** Whether nodes are being started: outcomes wait for theirs. After that, one whose node has not subscribed goes elsewhere. */
  pause(paused: boolean): void {
    this.#paused = paused;
    if (paused) return;
    for (const pending of [...this.#pending.values()]) if (!pending.reported) this.#passOn(pending);
  }

  /** Calls every watcher of a payment. */
  notify({ refs, node }: { refs: string[]; node: string }, call: (watcher: Watcher) => void): void {
    for (const watcher of this.#watchersOf(refs, node)) this.#host.attempt(() => call(watcher));
  }

  /** @param repeats those of the refs whose order came again: their record says so */
  outcome(refs: string[], record: TransactionRecord, final: boolean, repeats: readonly string[] = []): void {
    const again = new Set(repeats.flatMap((ref) => this.#byRef.get(ref) ?? []));
    const watchers = this.#watchersOf(refs, record.node);
    if (final) for (const ref of refs) this.#byRef.delete(ref);
    if (watchers.length > 0) return this.#deliver(watchers, record, final, again);
    const pending = { record, final, reported: false };
    this.#pending.set(record.transactionId, pending);
    if (!this.#paused) this.#passOn(pending);
  }

  #passOn(pending: Pending): void {
    const { record, final } = pending;
    const subscribers = [...this.#byNode.values()];
    const find = (kind: ResultKind) => subscribers.find(({ adopts }) => adopts === kind);
    const adopter = kindsOf(record)
      .map(find)
      .find((one) => one !== undefined);
    if (adopter !== undefined) return this.#deliver([adopter.watcher], record, final);
    pending.reported = true;
    this.#host.undelivered(record, undefined);
  }

  /** Delivered is what no watcher has failed with. @param again the watchers whose order came again: their record says so */
  #deliver(watchers: Watcher[], record: TransactionRecord, final: boolean, again: ReadonlySet<Watcher> = NONE): void {
    this.#pending.delete(record.transactionId);
    const recordFor = (watcher: Watcher) => (again.has(watcher) ? { ...record, repeated: true as const } : record);
    const failures = watchers.map((watcher) => this.#host.attempt(() => watcher.outcome(recordFor(watcher), final)));
    const failure = failures.find((one) => one !== undefined);
    if (failure === undefined) {
      if (final) this.#host.delivered(record);
      return;
    }
    this.#pending.set(record.transactionId, { record, final, reported: true });
    this.#host.undelivered(record, failure);
  }

  #watchersOf(refs: string[], node: string): Watcher[] {
    const watchers = refs.flatMap((ref) => this.#byRef.get(ref) ?? []);
    if (watchers.length > 0) return watchers;
    return [this.#byNode.get(node)?.watcher ?? []].flat();
  }
}

/**
 * The kinds of nodes that can report an outcome in place of its own node, the best one first. Goods that came out, and
 * payments that were to be reversed and stand, are no new approvals: a payment node must not report those.
 */
function kindsOf({ paymentType, fulfilled, reversal, outcome }: TransactionRecord): ResultKind[] {
  const asked = fulfilled || reversal?.cause === 'fulfilment' ? 'fulfil' : reversal?.cause === 'flow' && 'reversal';
  if (!asked) return [paymentType];
  return outcome === 'reversed' ? [asked, paymentType] : [asked];
}
