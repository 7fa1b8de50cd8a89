import { randomInt } from 'node:crypto';

const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A new transactionId: the time in ms and five random letters, 14 characters that are easy to read aloud. */
export function newTransactionId(): string {
  let id = Date.now().toString(36).toUpperCase().padStart(9, '0');
  for (let i = 0; i < 5; i++) id += LETTERS[randomInt(LETTERS.length)];
  return id;
}

const EPOCH = Date.UTC(2025, 0, 1);

/**
 * The first ServiceID of a terminal that the journal does not know: ten for each second since 2025, so that a journal that
 * replaces a lost one does not repeat its ServiceIDs (at most 10 digits until 2056).
 */
export function serviceIdSeed(ms: number): number {
  return Math.max(1, Math.floor((ms - EPOCH) / 1000) * 10);
}
