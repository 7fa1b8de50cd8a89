/**
 * Times in nexo messages. Times that are echoed (POITransactionID above all) are copied as text and never converted:
 * conversion loses digits, and the terminal would not recognise its own transaction.
 */

/**
 * A sale-side time: local time to the second, with its offset from UTC.
 *
 * @param ms time in milliseconds since 1970 (UTC)
 * @param offsetMinutes local time minus UTC, in minutes: 120 for Swedish summer time. `-new Date(ms).getTimezoneOffset()`
 * @returns for example `2023-08-24T17:03:37+02:00`
 */
export function saleTimestamp(ms: number, offsetMinutes: number): string {
  const offset = Math.trunc(offsetMinutes);
  const local = new Date(ms + offset * 60_000).toISOString().slice(0, 19);
  const sign = offset < 0 ? '-' : '+';
  const minutes = Math.abs(offset);
  return `${local}${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/**
 * A terminal-side time: UTC with milliseconds.
 *
 * @param ms time in milliseconds since 1970 (UTC)
 * @returns for example `2023-08-24T15:04:00.498Z`
 */
export function poiTimestamp(ms: number): string {
  return new Date(ms).toISOString();
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
