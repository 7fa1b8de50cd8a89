import type { TerminalLocation } from '../../protocol/terminal-location.ts';
import type { Attempt, Baseline, TransactionRecord } from '../record.ts';
import { afterRefusal, afterSuccess } from './baseline.ts';
import { poiTransactionIn } from './response-matching.ts';

/** What the journal holds of the terminal when the session begins. */
export interface RecoveryState {
  unfinished: TransactionRecord[];
  undelivered: TransactionRecord[];
  last?: TransactionRecord;
  serviceIds: { next: number; end: number };
  /** The address that the terminal was followed to. */
  place?: TerminalLocation;
}

/**
 * The order after a restart, lowest first. A request that may be at the terminal is asked about before any login or other
 * request; then comes the payment that the terminal is reserved for; then those that waited in the queue.
 */
export function urgency({ state, reversal }: TransactionRecord): number {
  if (state === 'sent' || state === 'unresolved' || state === 'reversing') return 0;
  if (state === 'held' || (state === 'reverse' && reversal?.cause !== 'flow')) return 1;
  return state === 'ruled' ? 3 : 2;
}

/** A request of a record, and what is known of the terminal after it. */
interface Known {
  serviceId: string;
  baseline: Baseline | undefined;
}

/**
 * What is known of the terminal's last transaction when a session begins: what the newest request says that the journal
 * holds. A payment that is held, or being reversed, is not closed, but was answered too.
 */
export function recoveredBaseline({ last, unfinished }: RecoveryState): Baseline | undefined {
  const records = last === undefined ? unfinished : [last, ...unfinished];
  const known = records.flatMap(knownAfter).filter(({ baseline }) => baseline !== undefined);
  return known.sort((a, b) => numberOf(a) - numberOf(b)).at(-1)?.baseline;
}

/** ServiceID of the latest payment or reversal that was done, or ruled on, as far as the journal's latest records say. */
export function recoveredSuccess({ last, unfinished }: RecoveryState): string | undefined {
  const records = last === undefined ? unfinished : [last, ...unfinished];
  const done = records.flatMap((record) => [
    ...(moved(record) || record.ruling ? [record.serviceId] : []),
    ...(record.reversal && record.ruling ? [record.reversal.serviceId] : []),
    ...(record.reversal?.outcome === 'reversed' ? [record.reversal.serviceId] : []),
  ]);
  return done.sort((a, b) => (Number(a) || 0) - (Number(b) || 0)).at(-1);
}

/** ServiceIDs of this journal grow; another sale system's may be any text. */
function numberOf({ serviceId }: Known): number {
  return Number(serviceId) || 0;
}

function knownAfter(record: TransactionRecord): Known[] {
  const { reversal, ruling } = record;
  const payment = afterAttempt(record, moved(record), ruling !== undefined && reversal === undefined);
  if (reversal === undefined) return [payment];
  const own = afterAttempt(reversal, reversal.outcome === 'reversed', ruling !== undefined);
  // A reversal that came too late was never sent: it carries on what was known.
  return [payment, own.serviceId === '' ? { ...own, serviceId: own.baseline?.serviceIds.at(-1) ?? '' } : own];
}

/** @param ruled the terminal may hold it, or not */
function afterAttempt(attempt: Attempt, success: boolean, ruled: boolean): Known {
  const { serviceId, answered, response } = attempt;
  const baseline = attempt.baseline?.none ? undefined : attempt.baseline;
  if (!answered && !ruled) return { serviceId, baseline };
  if (!success) return { serviceId, baseline: afterRefusal(baseline, serviceId) };
  return { serviceId, baseline: afterSuccess(serviceId, response && poiTransactionIn(response), baseline?.serial) };
}

/** Whether the payment itself was approved, whatever became of it later. */
function moved({ reversal, authorized, outcome, ruling }: TransactionRecord): boolean {
  if (reversal !== undefined) return true;
  return ruling === undefined && (authorized !== undefined || outcome === 'approved' || outcome === 'partial');
}
