import type { EndpointRefusal } from './options.ts';

/** ms in which a refusal of one kind, of one address, is written once. */
const PAUSE = 10_000;
/** Kinds and addresses that are kept apart. */
const REMEMBERED = 256;

/**
 * Keeps a log readable, and its disk from filling, while somebody sends nonsense without end: of each kind of refusal and
 * each address one line in ten seconds, which says how many more there were since the one before.
 */
export function throttledLog(
  write: (line: string) => void,
  now: () => number = Date.now,
): (refusal: EndpointRefusal) => void {
  const seen = new Map<string, { at: number; more: number }>();
  return ({ code, address, reason }) => {
    const key = `${code} ${address}`;
    const known = seen.get(key);
    const at = now();
    if (known && at - known.at < PAUSE) {
      known.more++;
      return;
    }
    if (seen.size >= REMEMBERED) seen.clear();
    seen.set(key, { at, more: 0 });
    const more = known?.more ? ` (and ${known.more} more like it)` : '';
    write(`Refused ${address || 'a caller who is gone'}: ${code}, ${reason}${more}`);
  };
}
