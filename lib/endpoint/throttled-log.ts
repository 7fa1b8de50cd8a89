import type { EndpointRefusal } from './options.ts';

/** ms in which refusals with the same code and address are written once. */
const INTERVAL = 10_000;
/** Maximum combinations of code and address that are counted separately. */
const MAX_REMEMBERED = 256;

/**
 * Limits the log to one line in ten seconds for each code and address, so that a misbehaving client cannot fill the disk.
 * Each line says how many similar refusals were suppressed since the one before.
 * @param write called with each line
 * @param now ms since 1970
 */
export function throttledLog(
  write: (line: string) => void,
  now: () => number = Date.now,
): (refusal: EndpointRefusal) => void {
  const seen = new Map<string, { at: number; suppressed: number }>();
  return ({ code, address, reason }) => {
    const key = `${code} ${address}`;
    const previous = seen.get(key);
    const at = now();
    if (previous && at - previous.at < INTERVAL) {
      previous.suppressed++;
      return;
    }
    if (seen.size >= MAX_REMEMBERED) seen.clear();
    seen.set(key, { at, suppressed: 0 });
    const suppressed = previous?.suppressed ? ` (and ${previous.suppressed} more like it)` : '';
    write(`Refused ${address || 'a disconnected caller'}: ${code}, ${reason}${suppressed}`);
  };
}
