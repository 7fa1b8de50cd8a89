import type { TerminalLocation } from '../../protocol/terminal-location.ts';
import type { Baseline, TransactionRecord } from '../record.ts';
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

/** How many ServiceIDs are taken over: those of the latest requests, and of the baseline of each. */
const MAX_SERVICE_IDS = 32;

/**
 * The order after a restart, lowest first. A request that may be at the terminal is asked about before any login or other
 * request; then comes the payment that the terminal is reserved for; then those that waited in the queue.
 */
export function urgency({ state, reversal }: TransactionRecord): number {
  if (state === 'sent' || state === 'unresolved' || state === 'reversing') return 0;
  if (state === 'held' || (state === 'reverse' && reversal?.cause !== 'flow')) return 1;
  return state === 'ruled' ? 3 : 2;
}

/**
 * What is known of the terminal's last transaction when a session begins: all requests of the latest records that it
 * answered, and their baselines. A payment that is held, or being reversed, is not closed, but was answered too.
 */
export function recoveredBaseline({ last, unfinished }: RecoveryState): Baseline | undefined {
  const open = [...unfinished].sort((a, b) => urgency(b) - urgency(a));
  const records = last === undefined ? open : [last, ...open];
  const attempts = records.flatMap(({ reversal, ...record }) => (reversal ? [record, reversal] : [record]));
  const serviceIds = attempts.flatMap(({ baseline, answered, serviceId }) => [
    ...(baseline?.serviceIds ?? []),
    ...(answered ? [serviceId] : []),
  ]);
  for (const { ruling, reversal, serviceId } of records)
    if (ruling) serviceIds.push((reversal ?? { serviceId }).serviceId);
  const newest = records.findLast(({ answered, response }) => answered && response !== undefined);
  const poiTransaction = newest?.response && poiTransactionIn(newest.response);
  const none = !attempts.some(({ answered }) => answered) && attempts.some(({ baseline }) => baseline?.none);
  if (serviceIds.length === 0 && !none) return undefined;
  return {
    serviceIds: [...new Set(serviceIds)].slice(-MAX_SERVICE_IDS),
    ...(poiTransaction !== undefined && { poiTransaction }),
    ...(none && { none }),
  };
}
