import type { TerminalLocation } from '../../protocol/terminal-location.ts';
import type { Baseline, TransactionRecord } from '../record.ts';
import { poiTransactionIn } from './response-matching.ts';

/** What the journal knew of the terminal when the session began. */
export interface RecoveryState {
  unfinished: TransactionRecord[];
  undelivered: TransactionRecord[];
  last?: TransactionRecord;
  serviceIds: { next: number; end: number };
  /** Where the terminal was followed to. */
  place?: TerminalLocation;
}

/** How many ServiceIDs are taken over: those of the latest requests, and of what had been known before each. */
const KEPT = 32;

/**
 * What comes first after a restart, by the lowest number: what may be at the terminal is asked about before anything
 * there is logged in for, or sent; then comes what the terminal is reserved for; then what had waited in line.
 */
export function urgency({ state, reversal }: TransactionRecord): number {
  if (state === 'sent' || state === 'unresolved' || state === 'reversing') return 0;
  if (state === 'held' || (state === 'reverse' && reversal?.cause !== 'flow')) return 1;
  return state === 'ruled' ? 3 : 2;
}

/**
 * What is known of the terminal's last transaction when a session begins: all requests of the latest records that it
 * answered, and what was known when these left. What is held, or being reversed, is not closed, but was answered too.
 */
export function recoveredBaseline({ last, unfinished }: RecoveryState): Baseline | undefined {
  const others = [...unfinished].sort((a, b) => urgency(b) - urgency(a));
  const records = last === undefined ? others : [last, ...others];
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
    serviceIds: [...new Set(serviceIds)].slice(-KEPT),
    ...(poiTransaction !== undefined && { poiTransaction }),
    ...(none && { none }),
  };
}
