/**
 * What a journal may have lost. `missing`: the file was not there, or empty. `damaged`: it was damaged, and set aside.
 * `replaced`: another journal lay in its place. `older`: an earlier copy of it did,
 * or its log, which held the latest commits, was gone. `behind`: a terminal's last transaction
 * is newer than the journal.
 */
export type LossKind = 'missing' | 'damaged' | 'replaced' | 'older' | 'behind';

export interface JournalLoss {
  kind: LossKind;
  /** When it was found, ms since 1970. */
  at: number;
  /** The terminals (SaleID/POIID) whose payments may be missing; `*`: which ones is not known, so any. */
  terminals: string[] | '*';
  /** What was found: the name of the damaged file, or the terminal's transaction that is not in the journal. */
  detail: string;
}

/** A person's acknowledgement of losses. */
export interface Acknowledgement {
  by: string;
  note?: string;
  /** ms since 1970 */
  at: number;
}

/** Losses that a person has acknowledged. */
export interface AcknowledgedLosses extends Acknowledgement {
  losses: JournalLoss[];
}

/** What a journal may have lost: `pending` until a person acknowledges it. */
export interface JournalCondition {
  pending: JournalLoss[];
  /** Newest first. */
  acknowledged: AcknowledgedLosses[];
}

/** The losses that concern a terminal. */
export function lossesOf(terminal: string, losses: readonly JournalLoss[]): JournalLoss[] {
  return losses.filter(({ terminals }) => terminals === '*' || terminals.includes(terminal));
}

const WHAT: Record<LossKind, (detail: string) => string> = {
  missing: () => 'was missing, or empty, and began anew',
  damaged: (detail) => `began anew after it was damaged; the damaged one is kept as ${detail}`,
  replaced: () => 'is not the one that was here before',
  older: () => 'lacks its latest payments: it is an earlier copy, or its log (the -wal file) is gone',
  behind: (detail) => `is older than the terminal: ${detail}`,
};

/** In words, without what to do. @param file the journal's name in messages; empty: none */
export function describeLoss(file: string, { kind, detail, terminals }: JournalLoss): string {
  const whose = terminals === '*' ? 'any terminal' : terminals.join(', ');
  return `The journal ${file && `${file} `}${WHAT[kind](detail)}. Payments of ${whose} may be missing in it.`;
}

/** In words, and what to do. */
export function adviseOn(file: string, losses: readonly JournalLoss[]): string {
  const found = losses.map((loss) => describeLoss(file, loss)).join(' ');
  return `${found} A payment that is missing there can be charged a second time. Put the right file back if there is one, else compare the terminal's and the acquirer's payments with your orders; then acknowledge it with a transactions node: { acknowledge: { by: "your name", note: "…" } }.`;
}

/** The losses that keep a terminal from starting until a person acknowledges them. */
export function blockingLosses(terminal: string, losses: readonly JournalLoss[]): JournalLoss[] {
  return lossesOf(terminal, losses).filter(({ kind }) => kind !== 'behind');
}
