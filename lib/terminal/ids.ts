import { randomInt } from 'node:crypto';
import { LAST_SERVICE_ID } from '../journal/service-ids.ts';

const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A new transactionId: the time in ms and five random letters, 14 characters that are easy to read aloud. */
export function newTransactionId(): string {
  let id = Date.now().toString(36).toUpperCase().padStart(9, '0');
  for (let i = 0; i < 5; i++) id += LETTERS[randomInt(LETTERS.length)];
  return id;
}

const EPOCH = Date.UTC(2025, 0, 1);

/** Seeds end well below the last ServiceID, so that a counter has room to go on from any of them. */
const SEEDS = LAST_SERVICE_ID - 99_999_999;

/**
 * The first ServiceID of a terminal that the journal does not know: ten for each second since 2025, so that a journal that
 * replaces a lost one does not repeat its ServiceIDs. Whatever the clock shows, it has at most ten digits: after 31 years
 * the seeds begin again.
 */
export function serviceIdSeed(ms: number): number {
  return Math.max(1, (Math.floor((ms - EPOCH) / 1000) * 10) % SEEDS);
}
