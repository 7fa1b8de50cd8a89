/** What must hold at the end of a run, whatever happened in it. Pure: facts in, violations out. */
import { fromMinor } from '../../lib/protocol/amounts.ts';
import type { TransactionRecord } from '../../lib/session/record.ts';
import type { StoredTransaction as TerminalRecord } from '../../lib/virtual/terminal/transaction-records.ts';
import type { Told } from './collector.ts';
import { isCertain } from './customer.ts';
import type { Seen } from './proxy.ts';
import type { Asking } from './world.ts';

export interface Facts {
  askings: readonly Asking[];
  told: readonly Told[];
  /** Node-RED's journal, after it was stopped. */
  journal: readonly TransactionRecord[];
  /** The terminal's own records. */
  ledger: readonly TerminalRecord[];
  /** Requests in their order at each terminal. */
  seen: readonly Seen[];
  /** When Node-RED was killed, in ms since 1970. */
  kills: readonly number[];
}

export interface Violation {
  what: string;
  transactionId?: string;
  lane?: string;
}

/** What reached the flow within this time before a kill may have died with the flow, in ms. */
const LAST_WORDS = 2000;

export function violationsOf(facts: Facts): Violation[] {
  const ids = new Set([
    ...facts.askings.flatMap(({ to, transactionId }) => (to === 'payment' ? [transactionId] : [])),
    ...facts.journal.map(({ transactionId }) => transactionId),
    ...facts.ledger.flatMap((record) => record.moved?.transactionId ?? []),
  ]);
  const lanes = new Set(facts.seen.map(({ lane }) => lane));
  return [
    ...[...ids].flatMap((transactionId) => ofTransaction(facts, transactionId)),
    ...[...lanes].flatMap((lane) => ofTerminal(facts, lane)),
  ];
}

/** What moved for a transaction, in minor units of its currency, and what of it was taken back. */
interface Money {
  moved: string[];
  reversed: boolean;
}

function moneyOf(ledger: readonly TerminalRecord[], transactionId: string): Money {
  const own = ledger.flatMap(({ moved }) => (moved?.transactionId === transactionId ? [moved] : []));
  const taken = new Set(ledger.flatMap(({ header, reversed }) => (reversed ? [`${header.POIID} ${reversed}`] : [])));
  const poiIdOf = (id: string) => ledger.find(({ moved }) => moved?.poiTransactionId === id)?.header.POIID;
  const back = own.filter(({ poiTransactionId: id }) => taken.has(`${poiIdOf(id)} ${id}`));
  return { moved: own.map(({ amount, currency }) => fromMinor(amount, currency)), reversed: back.length > 0 };
}

function ofTransaction(facts: Facts, transactionId: string): Violation[] {
  const found: Violation[] = [];
  const violated = (what: string) => found.push({ what, transactionId });
  const money = moneyOf(facts.ledger, transactionId);
  if (money.moved.length > 1) violated(`was charged ${money.moved.length} times`);

  const told = facts.told.filter((one) => isCertain(one) && one.payload?.transactionId === transactionId);
  const record = facts.journal.find((row) => row.transactionId === transactionId);
  if (record === undefined) {
    if (money.moved.length > 0) violated('moved money, and the journal does not know it');
    if (facts.seen.some((one) => one.transactionId === transactionId)) violated('was sent without an intent');
    return found;
  }
  if (record.state !== 'closed') violated(`is still ${record.state} in the journal`);
  const outcome = record.outcome === 'reversed' ? 'aborted' : record.outcome;
  const takenBackLater = record.reversal?.cause === 'fulfilment' || record.reversal?.cause === 'flow';
  const possible = [outcome, 'not_started', ...(takenBackLater ? [record.reversal?.before] : [])];
  for (const one of told) for (const what of contradictions(one, possible, money)) violated(what);
  for (const one of facts.told) {
    if (one.payload?.transactionId !== transactionId || (one.node !== 'fulfil' && one.node !== 'reversal')) continue;
    if (one.payload.outcome === 'reversed' && !money.reversed) violated(`was told reversed by ${one.node}, and is not`);
  }
  for (const what of tellings(facts, told, record)) violated(what);

  const moved = money.moved.length > 0 && !money.reversed;
  if (moved !== (outcome === 'approved' || outcome === 'partial')) {
    violated(`is ${record.outcome} in the journal, and the terminal moved ${money.moved.join() || 'nothing'}`);
  }
  if (money.reversed !== (record.outcome === 'reversed')) violated(`is ${record.outcome}, and its reversal says else`);
  return found;
}

/** What one telling says that is not so. `not_started` is the one outcome after which a payment may be tried again. */
function contradictions({ payload, run, seq }: Told, possible: readonly unknown[], money: Money): string[] {
  if (payload === undefined) return [];
  const where = `told ${payload.outcome} in ${run}.${seq}`;
  const says: string[] = [];
  if (!possible.includes(payload.outcome)) says.push(`${where}, but is ${possible[0]}`);
  const approved = payload.outcome === 'approved' || payload.outcome === 'partial';
  const amount = approved ? (money.moved[0] ?? 'nothing') : '0.00';
  if (payload.amount !== amount) says.push(`${where} with ${payload.amount}, and ${amount} moved`);
  if (payload.approved !== (payload.outcome === 'approved')) says.push(`${where} with approved ${payload.approved}`);
  const context = payload.context as { order?: unknown } | null;
  if (context?.order !== payload.transactionId) says.push(`${where} with the context of ${context?.order}`);
  return says;
}

/** How often it was told, and in which order. */
function tellings(facts: Facts, told: readonly Told[], record: TransactionRecord): string[] {
  const says: string[] = [];
  const { transactionId, updatedAt } = record;
  const asked = facts.askings.filter((one) => one.to === 'payment' && one.transactionId === transactionId);
  if (told.length === 0 && !facts.kills.some((at) => at >= updatedAt && at < updatedAt + LAST_WORDS)) {
    says.push('was never told, and no kill explains it');
  }
  const answers = new Set<string>();
  for (const one of told) {
    const key = `${one.run} to ask ${one.ask ?? 'nobody'}`;
    if (answers.has(key)) says.push(`was told twice in run ${key}`);
    answers.add(key);
    if (one.ask === undefined && (one.run === 1 || one.payload?.recovered !== true)) {
      says.push(`was told to nobody in ${one.run}.${one.seq}, without being recovered`);
    }
    if (one.ask !== undefined && !asked.some(({ ask }) => ask === one.ask)) says.push(`answers ask ${one.ask}`);
  }
  const order = [...told].sort((a, b) => a.run - b.run || a.seq - b.seq).map(({ payload }) => payload?.outcome);
  const started = order.findIndex((outcome) => outcome !== 'not_started');
  if (started >= 0 && order.slice(started).includes('not_started')) says.push(`was told ${order.join(', ')}`);
  const again = order.slice(0, Math.max(0, started)).length > 0;
  if (again && asked.length < 2) says.push(`was told ${order.join(', ')}, and asked for once`);
  return says;
}

/** The requests of one terminal: no ServiceID twice, and nothing new before the open one was asked about. */
function ofTerminal(facts: Facts, lane: string): Violation[] {
  const found: Violation[] = [];
  const used = new Set<string>();
  let open: Seen | undefined;
  let asked = false;
  for (const seen of facts.seen.filter((one) => one.lane === lane)) {
    const { category, serviceId, transactionId } = seen;
    const about = { lane, ...(transactionId !== undefined && { transactionId }) };
    if (used.has(serviceId)) found.push({ what: `ServiceID ${serviceId} was sent twice`, ...about });
    used.add(serviceId);
    if (category === 'TransactionStatus' && (seen.about === undefined || seen.about === open?.serviceId)) asked = true;
    if (category !== 'Login' && category !== 'Payment' && category !== 'Reversal') continue;
    if (open !== undefined && !asked) {
      found.push({ what: `${category} ${serviceId} went out before ${open.serviceId} was asked about`, ...about });
    }
    if (category === 'Login') continue;
    open = seen.answered ? undefined : seen;
    asked = false;
  }
  return found;
}
