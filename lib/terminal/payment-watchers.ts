import type { NexoError } from '../protocol/errors.ts';
import type { Phase } from '../session/effects.ts';
import type { TransactionRecord } from '../session/record.ts';

/** Receives what becomes of a payment. `outcome` comes once with `final`, and may come once before without (`unresolved`). */
export interface Watcher {
  phase?(phase: Phase): void;
  /** What the customer sees on the terminal. */
  display?(text: string): void;
  outcome(record: TransactionRecord, final: boolean): void;
  /** The message was wrong: nothing was sent, nothing written. */
  failed(error: NexoError): void;
  /** The terminal was closed before the outcome was certain: the next start resolves it. */
  closed?(): void;
}

/** What outcomes need of their terminal. */
export interface DeliveryHost {
  /** Calls code of the terminal's users, which may throw. */
  guard(call: () => void): void;
  /** The final outcome was delivered. */
  delivered(transactionId: string): void;
}

/**
 * Delivers outcomes: to the watchers of the messages that asked for them, else to the watcher of the payment's node. A
 * final outcome without either is kept until its node subscribes.
 */
export class PaymentWatchers {
  readonly #host: DeliveryHost;
  readonly #byRef = new Map<string, Watcher>();
  readonly #byNode = new Map<string, Watcher>();
  readonly #undelivered = new Map<string, TransactionRecord[]>();

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
    for (const watcher of watchers) this.#host.guard(() => watcher.closed?.());
  }

  /** Registers a node for the outcomes of its payments that no message waits for. @returns the way to unsubscribe */
  subscribe(node: string, watcher: Watcher): () => void {
    this.#byNode.set(node, watcher);
    const undelivered = this.#undelivered.get(node) ?? [];
    this.#undelivered.delete(node);
    for (const record of undelivered) this.#deliver(watcher, record, true);
    return () => {
      if (this.#byNode.get(node) === watcher) this.#byNode.delete(node);
    };
  }

  /** Calls every watcher of a payment. */
  notify({ refs, node }: { refs: string[]; node: string }, call: (watcher: Watcher) => void): void {
    for (const watcher of this.#watchersOf(refs, node)) this.#host.guard(() => call(watcher));
  }

  /** @param repeats those of the refs whose order came again: their record says so */
  outcome(refs: string[], record: TransactionRecord, final: boolean, repeats: readonly string[] = []): void {
    const again = new Set(repeats.flatMap((ref) => this.#byRef.get(ref) ?? []));
    const recordFor = (watcher: Watcher) => (again.has(watcher) ? { ...record, repeated: true as const } : record);
    const watchers = this.#watchersOf(refs, record.node);
    if (final) for (const ref of refs) this.#byRef.delete(ref);
    for (const watcher of watchers) this.#deliver(watcher, recordFor(watcher), final);
    if (watchers.length > 0 || !final) return;
    this.#undelivered.set(record.node, [...(this.#undelivered.get(record.node) ?? []), record]);
  }

  #deliver(watcher: Watcher, record: TransactionRecord, final: boolean): void {
    this.#host.guard(() => watcher.outcome(record, final));
    if (final) this.#host.delivered(record.transactionId);
  }

  #watchersOf(refs: string[], node: string): Watcher[] {
    const watchers = refs.flatMap((ref) => this.#byRef.get(ref) ?? []);
    return watchers.length > 0 ? watchers : [this.#byNode.get(node) ?? []].flat();
  }
}
