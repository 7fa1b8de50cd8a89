import type { Journal } from '../journal/journal.ts';
import { NexoError } from '../protocol/errors.ts';
import type { TransactionRecord } from '../session/record.ts';

/** A terminal, as far as the search for a transaction needs it; `Terminal` is one. */
export interface OwnerCandidate {
  readonly config: { readonly terminal: string };
  journal(): Promise<Pick<Journal<TransactionRecord>, 'find'>>;
}

/** A terminal that runs, and the name of its journal: the same for those that share one; absent: one of its own. */
export interface RunningTerminal {
  terminal: OwnerCandidate;
  journal?: string;
}

/** A terminal that should run and does not, and its journal where that is known. */
export interface MissingTerminal {
  name: string;
  journal?: string;
}

/** Where to look for a transaction besides the terminals that run, and the error code where that is not certain. */
interface OwnerSearch {
  members?: readonly RunningTerminal[];
  missing?: readonly MissingTerminal[];
  /** Skip an error of this terminal's own journal: its session checks it. */
  own?: RunningTerminal;
  /** Whether a terminal's journal has to be readable; default: all. */
  mustRead?: (terminal: OwnerCandidate) => boolean;
  unsure: 'pool_unsure' | 'transaction_unsure';
}

/** More than a process ever has in progress between a message and its row in a journal. */
const REMEMBERED = 10_000;

/**
 * The terminal that each transactionId was assigned to, known from the moment of the decision, before any journal has it.
 * One for all nodes, pools and messages of a process: a transactionId is charged on one terminal, however that was chosen.
 */
export class TransactionOwners {
  readonly #decisions = new Map<string, Promise<string>>();
  readonly #running: () => readonly RunningTerminal[];
  readonly #limit: number;

  /** @param running all terminals that run at the moment */
  constructor(running: () => readonly RunningTerminal[], limit = REMEMBERED) {
    this.#running = running;
    this.#limit = limit;
  }

  /** The name of the terminal in its journal, once that is decided; undefined where no decision was noted. */
  decisionFor(transactionId: string): Promise<string> | undefined {
    return this.#decisions.get(transactionId);
  }

  /** Notes a decision that is being made; one that fails is forgotten. */
  note(transactionId: string, decision: Promise<string>): void {
    this.#decisions.set(transactionId, decision);
    decision.catch(() => this.#decisions.delete(transactionId));
    const [oldest] = this.#decisions.keys();
    if (this.#decisions.size > this.#limit && oldest !== undefined) this.#decisions.delete(oldest);
  }

  /**
   * Claims a transactionId for a terminal that was chosen by its name.
   *
   * @param mustRead whether a terminal's journal has to be readable for that
   * @returns undefined where nothing has to be awaited: all terminals keep one journal, which takes a transactionId once
   * @throws NexoError by rejection, nothing may be sent: `transaction_elsewhere`, `transaction_unsure`
   */
  claim(
    transactionId: string,
    own: RunningTerminal,
    mustRead?: (terminal: OwnerCandidate) => boolean,
  ): Promise<void> | undefined {
    const { terminal: name } = own.terminal.config;
    const decided = this.decisionFor(transactionId);
    if (decided !== undefined) {
      return decided.then(
        (owner) => assertOwner(transactionId, owner, name),
        () => this.claim(transactionId, own, mustRead),
      );
    }
    if (this.#running().every((running) => shareJournal(running, own))) return undefined;
    const search = { own, ...(mustRead && { mustRead }), unsure: 'transaction_unsure' } as const;
    const decision = this.find(transactionId, search).then((owner) => owner ?? name);
    // Noted before the first await: the same transactionId that comes meanwhile waits for this decision.
    this.note(transactionId, decision);
    return decision.then((owner) => assertOwner(transactionId, owner, name));
  }

  /**
   * The terminal that has a transaction according to the journals; of several, one that may have charged.
   * @throws NexoError by rejection, with the code `unsure`: a second charge on another terminal cannot be excluded
   */
  async find(transactionId: string, search: OwnerSearch): Promise<string | undefined> {
    const { members = [], missing = [], own, mustRead = () => true, unsure } = search;
    const journals = byJournal([...(own ? [own] : []), ...members, ...this.#running()]);
    const lookups = await Promise.allSettled(journals.map((sharing) => recordIn(sharing, transactionId)));
    const records = lookups.flatMap((lookup) => (lookup.status === 'fulfilled' ? (lookup.value ?? []) : []));
    if (records.length > 0) return ownerOf(records, own?.terminal.config.terminal);
    for (const [index, lookup] of lookups.entries()) {
      const sharing = journals[index] ?? [];
      if (lookup.status === 'fulfilled' || (own && includes(sharing, own))) continue;
      const [first] = sharing;
      if (first === undefined || !sharing.some(({ terminal }) => mustRead(terminal))) continue;
      throw unreadableError(unsure, transactionId, first, lookup.reason);
    }
    const known = new Set(journals.flat().map(({ journal }) => journal));
    const unknown = missing.find(({ journal }) => journal === undefined || !known.has(journal));
    if (unknown !== undefined) throw missingError(unsure, transactionId, unknown);
    return undefined;
  }
}

/** That transactionId belongs to a terminal other than the chosen ones. */
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

function shareJournal(a: RunningTerminal, b: RunningTerminal): boolean {
  return a.terminal === b.terminal || (a.journal !== undefined && a.journal === b.journal);
}

/** Groups the terminals that share a journal. */
function byJournal(terminals: readonly RunningTerminal[]): RunningTerminal[][] {
  const journals = new Map<string | OwnerCandidate, RunningTerminal[]>();
  for (const running of terminals) {
    const journal = running.journal ?? running.terminal;
    const sharing = journals.get(journal) ?? [];
    journals.set(journal, sharing);
    if (!includes(sharing, running)) sharing.push(running);
  }
  return [...journals.values()];
}

function includes(sharing: readonly RunningTerminal[], { terminal }: RunningTerminal): boolean {
  return sharing.some((running) => running.terminal === terminal);
}

/** The record in the journal that these terminals share. Where one of them was stopped, the next one is asked. */
async function recordIn(
  sharing: readonly RunningTerminal[],
  transactionId: string,
): Promise<TransactionRecord | undefined> {
  let failure: unknown;
  for (const { terminal } of sharing) {
    try {
      return await (await terminal.journal()).find(transactionId);
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

function ownerOf(records: readonly TransactionRecord[], own: string | undefined): string | undefined {
  const charged = records.filter(({ outcome }) => outcome !== 'not_started');
  const candidates = charged.length > 0 ? charged : records;
  return (candidates.find(({ terminal }) => terminal === own) ?? candidates[0])?.terminal;
}

function unreadableError(
  code: OwnerSearch['unsure'],
  transactionId: string,
  { terminal }: RunningTerminal,
  cause: unknown,
): NexoError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new NexoError(
    code,
    `Whether "${transactionId}" was used before is not certain, since the journal of terminal ${terminal.config.terminal} cannot be read: nothing was sent. ${why}`,
    { cause },
  );
}

function missingError(code: OwnerSearch['unsure'], transactionId: string, { name }: MissingTerminal): NexoError {
  return new NexoError(
    code,
    `Whether "${transactionId}" was used before is not certain, since terminal ${name} of the pool does not run and its journal cannot be read: nothing was sent. Enable it and correct its settings, or take it out of the pool, and deploy.`,
  );
}
