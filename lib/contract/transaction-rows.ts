import type { Totals } from '../journal/journal.ts';
import { describeLoss, type JournalCondition, type JournalLoss, type LossKind } from '../journal/losses.ts';
import { fromMinor } from '../protocol/amounts.ts';
import type { PaymentType } from '../session/payment/payment-order.ts';
import type { Outcome, Reason, RecordState, Ruling, TransactionRecord } from '../session/record.ts';
import { textOf } from './local-days.ts';
import { type ReversalPayload, reversalPayloadOf } from './reversal-output.ts';

/** A row of a list of transactions. Amounts are decimal strings, times ISO 8601 in UTC. */
export interface TransactionRow extends ReversalPayload {
  /** Its state in the journal. */
  state: RecordState;
  paymentType: PaymentType;
  /** The requested amount; `amount` is the authorised one. */
  requested: string;
  /** SaleID/POIID */
  terminal: string;
  /** The id of the Node-RED node that its outcome is sent from. */
  node: string;
  createdAt: string;
  /** When the outcome was certain first: totals count it on that day. Null while it is open, and in old transactions. */
  settledAt: string | null;
  ruling: (Omit<Ruling, 'at'> & { at: string }) | null;
}

/** How many transactions of a day had one outcome, and their sums. */
export interface TotalsRow {
  /** Local, `2026-03-29`. */
  day: string;
  terminal: string;
  paymentType: PaymentType;
  currency: string;
  outcome: Outcome;
  count: number;
  /** The authorised amount (of reversed ones: the amount that went back); null where it is not known. */
  amount: string | null;
  requested: string;
}

/** What a journal may have lost, and who has acknowledged that. Times ISO 8601 in UTC. */
export interface JournalLossRow {
  kind: LossKind;
  at: string;
  /** SaleID/POIID of the terminals whose payments may be missing; `*`: any. */
  terminals: string[] | '*';
  message: string;
  acknowledged: { by: string; note: string | null; at: string } | null;
}

/** The rows of a journal's condition: what no person has acknowledged yet comes first. */
export function journalRowsOf({ pending, acknowledged }: JournalCondition): JournalLossRow[] {
  const rowOfLoss = (loss: JournalLoss, by: JournalLossRow['acknowledged']): JournalLossRow => ({
    kind: loss.kind,
    at: timeOf(loss.at),
    terminals: loss.terminals,
    message: describeLoss('', loss),
    acknowledged: by,
  });
  const known = acknowledged.flatMap(({ losses, by, note = null, at }) =>
    losses.map((loss) => rowOfLoss(loss, { by, note, at: timeOf(at) })),
  );
  return [...pending.map((loss) => rowOfLoss(loss, null)), ...known];
}

/** States in which a record's outcome is certain. */
const SETTLED: ReadonlySet<string> = new Set<RecordState>(['closed', 'ruled', 'held']);
const OPEN: Reason = { condition: 'InProgress', message: 'Its outcome is not certain yet: its own node sends it.' };
const HELD: Reason = {
  condition: 'Held',
  message: 'Approved; it waits for nexo-fulfil to say whether the goods came out.',
};

/** The row of a transaction. Without a certain outcome it is `unresolved`. */
export function rowOf(record: TransactionRecord): TransactionRow {
  const { state, ruling } = record;
  const known = SETTLED.has(state);
  const payload = reversalPayloadOf(known ? record : { ...record, outcome: 'unresolved' });
  const error = state === 'held' ? HELD : (payload.error ?? (known ? null : OPEN));
  return {
    ...payload,
    error,
    state,
    paymentType: record.paymentType,
    requested: fromMinor(record.amount, record.currency),
    terminal: record.terminal,
    node: record.node,
    createdAt: timeOf(record.createdAt),
    settledAt: record.settledAt === undefined ? null : timeOf(record.settledAt),
    ruling: ruling === undefined ? null : { ...ruling, at: timeOf(ruling.at) },
  };
}

/** Day totals from the journal's sums, which may hold a day in parts. */
export function totalsOf(sums: readonly Totals[]): TotalsRow[] {
  const groups = new Map<string, Totals & { certain: Outcome }>();
  for (const sum of sums) {
    const certain = (SETTLED.has(sum.state) ? sum.outcome : undefined) ?? 'unresolved';
    const key = JSON.stringify([sum.day, sum.terminal, sum.kind, sum.currency, certain]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { ...sum, certain: certain as Outcome });
    else {
      group.count += sum.count;
      group.amount += sum.amount;
      group.authorized += sum.authorized;
    }
  }
  return [...groups.values()].map(({ day, terminal, kind, currency, certain, count, amount, authorized }) => ({
    day: textOf(day),
    terminal,
    paymentType: kind === 'refund' ? 'Refund' : 'Normal',
    currency,
    outcome: certain,
    count,
    amount: certain === 'unresolved' ? null : fromMinor(authorized, currency),
    requested: fromMinor(amount, currency),
  }));
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
