const DAY = 86_400_000;
const MINUTE = 60_000;

/** Local time minus UTC at a moment, in minutes. */
export type OffsetAt = (ms: number) => number;

/** The time zone of this machine. */
export const localOffset: OffsetAt = (ms) => -new Date(ms).getTimezoneOffset();

/** The local day of a moment, counted from 1970-01-01. */
export function dayOf(ms: number, offsetAt: OffsetAt): number {
  return Math.floor((ms + offsetAt(ms) * MINUTE) / DAY);
}

/** The begin of a local day, in ms since 1970. */
export function startOf(day: number, offsetAt: OffsetAt): number {
  const about = day * DAY - offsetAt(day * DAY) * MINUTE;
  return day * DAY - offsetAt(about) * MINUTE;
}

/** `2026-03-29` of a day. */
export function textOf(day: number): string {
  return new Date(day * DAY).toISOString().slice(0, 10);
}

/** The day of `2026-03-29`; undefined for a date that does not exist. */
export function dayOfText(text: string): number | undefined {
  const ms = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return Number.isNaN(ms) || textOf(ms / DAY) !== text ? undefined : ms / DAY;
}

/** Splits a time where the clocks change: within each stretch, local time is UTC plus one offset. */
export function stretches(from: number, to: number, offsetAt: OffsetAt) {
  const found: { from: number; to: number; offsetMinutes: number }[] = [];
  for (let start = from; start < to; ) {
    const end = untilChange(start, to, offsetAt);
    found.push({ from: start, to: end, offsetMinutes: offsetAt(start) });
    start = end;
  }
  return found;
}

/** The first moment after `start` with another offset, or `to` if that comes first. */
function untilChange(start: number, to: number, offsetAt: OffsetAt): number {
  const offset = offsetAt(start);
  let same = start;
  while (same < to && offsetAt(same) === offset) same += DAY;
  let changed = Math.min(same, to);
  if (offsetAt(changed) === offset) return to;
  same = Math.max(start, changed - DAY);
  while (changed - same > 1) {
    const middle = Math.floor((same + changed) / 2);
    if (offsetAt(middle) === offset) same = middle;
    else changed = middle;
  }
  return changed;
}
