import { randomInt } from 'node:crypto';

const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A new transactionId: the time in ms and five random letters, in 14 characters that people can read out. */
export function newTransactionId(): string {
  let id = Date.now().toString(36).toUpperCase().padStart(9, '0');
  for (let i = 0; i < 5; i++) id += LETTERS[randomInt(LETTERS.length)];
  return id;
}

const EPOCH = Date.UTC(2025, 0, 1);

/**
 * Where ServiceIDs start in a journal that has none yet: ten for each second since 2025, so that a journal that was
 * lost and begun anew does not repeat the ServiceIDs of the one before it (at most 10 digits until 2056).
 */
export function serviceIdSeed(ms: number): number {
  return Math.max(1, Math.floor((ms - EPOCH) / 1000) * 10);
}
