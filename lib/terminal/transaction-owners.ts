import type { Journal } from '../journal/journal.ts';
import { NexoError } from '../protocol/errors.ts';
import type { TransactionRecord } from '../session/record.ts';

/** A terminal as far as its journal is looked into; `Terminal` is one. */
export interface TransactionOwner {
  readonly config: { readonly terminal: string };
  opened(): Promise<Pick<Journal<TransactionRecord>, 'find'>>;
}

/** A terminal that runs, and which journal it keeps: the same for those that share one; absent: one of its own. */
export interface Kept {
  terminal: TransactionOwner;
  journal?: string;
}

/** A terminal that should run and does not; its journal may be known all the same. */
export interface Missing {
  name: string;
  journal?: string;
}

type Unsure = 'pool_unsure' | 'transaction_unsure';

/** Where a transaction may be besides the terminals that run, and what to call it when that cannot be told. */
interface Whereabouts {
  members?: readonly Kept[];
  missing?: readonly Missing[];
  /** Its own journal is no concern: what that one has, or that it cannot be read, the terminal finds out by itself. */
  own?: Kept;
  /** Whose journal stands in the way where it cannot be read; default: everybody's. */
  heeds?: (terminal: TransactionOwner) => boolean;
  unsure: Unsure;
}

/** More than any process has on its way between a message and its line in a journal. */
const REMEMBERED = 10_000;

/**
 * Which terminal each transactionId went to: known from the moment it is decided, which is before any journal knows it.
 * One for all nodes, pools and messages of a process: a transactionId is charged on one terminal, however it was chosen.
 */
export class TransactionOwners {
  readonly #names = new Map<string, Promise<string>>();
  readonly #running: () => readonly Kept[];
  readonly #limit: number;

  /** @param running all terminals that run at the moment */
  constructor(running: () => readonly Kept[], limit = REMEMBERED) {
    this.#running = running;
    this.#limit = limit;
  }

  /** The terminal's name in the journal, once it is decided. */
  of(transactionId: string): Promise<string> | undefined {
    return this.#names.get(transactionId);
  }

  /** Notes a decision that is being made; one that fails is forgotten. */
  note(transactionId: string, deciding: Promise<string>): void {
    this.#names.set(transactionId, deciding);
    deciding.catch(() => this.#names.delete(transactionId));
    const [oldest] = this.#names.keys();
    if (this.#names.size > this.#limit && oldest !== undefined) this.#names.delete(oldest);
  }

  /**
   * Claims a transactionId for a terminal that was chosen by its name.
   *
   * @param heeds whose journal stands in the way where it cannot be read
   * @returns undefined where there is nothing to wait for: all terminals keep one journal, which takes a transactionId once
   * @throws NexoError by rejection, nothing may be sent: `transaction_elsewhere`, `transaction_unsure`
   */
  claim(transactionId: string, own: Kept, heeds?: (terminal: TransactionOwner) => boolean): Promise<void> | undefined {
    const { terminal: name } = own.terminal.config;
    const decided = this.of(transactionId);
    if (decided !== undefined) {
      return decided.then(
        (owner) => assertOwner(transactionId, owner, name),
        () => this.claim(transactionId, own, heeds),
      );
    }
    if (this.#running().every((kept) => share(kept, own))) return undefined;
    const where = { own, ...(heeds && { heeds }), unsure: 'transaction_unsure' } as const;
    const deciding = this.ownerOf(transactionId, where).then((owner) => owner ?? name);
    // Noted before anything is waited for: the same name that comes meanwhile waits for this decision.
    this.note(transactionId, deciding);
    return deciding.then((owner) => assertOwner(transactionId, owner, name));
  }

  /**
   * The terminal that has a transaction by the journals, if one has; of several, one that may have charged.
   * @throws NexoError by rejection, as `unsure` names it: a second charge somewhere else cannot be ruled out
   */
  async ownerOf(
    transactionId: string,
    { members = [], missing = [], own, heeds = () => true, unsure }: Whereabouts,
  ): Promise<string | undefined> {
    const journals = byJournal([...(own ? [own] : []), ...members, ...this.#running()]);
    const unseen = missing.find(
      ({ journal }) => journal === undefined || !journals.flat().some((kept) => kept.journal === journal),
    );
    const looks = await Promise.allSettled(journals.map((sharing) => recordIn(sharing, transactionId)));
    const found = looks.flatMap((look) => (look.status === 'fulfilled' ? (look.value ?? []) : []));
    if (found.length > 0) return ownerIn(found, own?.terminal.config.terminal);
    const failed = journals.findIndex((sharing, at) => {
      if (looks[at]?.status !== 'rejected' || (own && has(sharing, own))) return false;
      return sharing.some(({ terminal }) => heeds(terminal));
    });
    const [unread] = journals[failed] ?? [];
    if (unread !== undefined)
      throw unreadError(unsure, transactionId, unread, (looks[failed] as PromiseRejectedResult).reason);
    if (unseen !== undefined) throw unseenError(unsure, transactionId, unseen);
    return undefined;
  }
}

/** That transactionId belongs to a terminal that may not be used here. */
export function elsewhereError(transactionId: string, name: string): NexoError {
  return new NexoError(
    'transaction_elsewhere',
    `Transaction "${transactionId}" belongs to terminal ${name}: nothing was sent. Choose that terminal, or use a new transactionId for a new payment.`,
    { path: 'payload.transactionId' },
  );
}

function assertOwner(transactionId: string, owner: string, name: string): void {
  if (owner !== name) throw elsewhereError(transactionId, owner);
}

function share(a: Kept, b: Kept): boolean {
  return a.terminal === b.terminal || (a.journal !== undefined && a.journal === b.journal);
}

/** Those that share a journal together. */
function byJournal(terminals: readonly Kept[]): Kept[][] {
  const journals = new Map<string | TransactionOwner, Kept[]>();
  for (const kept of terminals) {
    const journal = kept.journal ?? kept.terminal;
    const sharing = journals.get(journal) ?? [];
    journals.set(journal, sharing);
    if (!has(sharing, kept)) sharing.push(kept);
  }
  return [...journals.values()];
}

function has(sharing: readonly Kept[], { terminal }: Kept): boolean {
  return sharing.some((kept) => kept.terminal === terminal);
}

/** What a journal has of a transaction. One of those that share it may have been stopped: then the next one is asked. */
async function recordIn(sharing: readonly Kept[], transactionId: string): Promise<TransactionRecord | undefined> {
  let failure: unknown;
  for (const { terminal } of sharing) {
    try {
      return await (await terminal.opened()).find(transactionId);
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

function ownerIn(records: readonly TransactionRecord[], own: string | undefined): string | undefined {
  const charged = records.filter(({ outcome }) => outcome !== 'not_started');
  const candidates = charged.length > 0 ? charged : records;
  return (candidates.find(({ terminal }) => terminal === own) ?? candidates[0])?.terminal;
}

function unreadError(code: Unsure, transactionId: string, { terminal }: Kept, cause: unknown): NexoError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new NexoError(
    code,
    `Whether "${transactionId}" was used before cannot be told, since the journal of terminal ${terminal.config.terminal} cannot be read: nothing was sent. ${why}`,
    { cause },
  );
}

function unseenError(code: Unsure, transactionId: string, { name }: Missing): NexoError {
  return new NexoError(
    code,
    `Whether "${transactionId}" was used before cannot be told, since terminal ${name} of the pool does not run and its journal cannot be looked into: nothing was sent. Enable it and correct its settings, or take it out of the pool, and deploy.`,
  );
}
