/** The greatest ServiceID: nexo allows ten digits. */
export const LAST_SERVICE_ID = 9_999_999_999;

/**
 * Where a terminal's next block of ServiceIDs begins: after all that were reserved, and not below the seed. A counter that
 * has no room left, also because a wrong clock once moved it there, goes on from the seed.
 *
 * @param stored the end of what was reserved before, if anything was
 */
export function nextBlock(stored: number | undefined, seed: number, reserve: number): number {
  const next = Math.max(stored ?? seed, seed);
  if (next + reserve <= LAST_SERVICE_ID + 1) return next;
  return seed + reserve <= LAST_SERVICE_ID + 1 ? seed : 1;
}
