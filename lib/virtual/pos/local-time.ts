import { poiTimestamp } from '../../protocol/timestamps.ts';

/**
 * A time in the POS's time zone, to the minute: `2023-08-24 17:06`.
 * @param now ms since 1970
 * @param saleTime a timestamp of the POS, for its UTC offset
 */
export function localTime(now: number, saleTime: string): string {
  return shifted(now, zoneOf(saleTime)).slice(0, 16).replace('T', ' ');
}

/** A time in the format of events: local, with milliseconds and UTC offset: `2023-10-06T07:24:14.473+02:00`. */
export function localTimestamp(now: number, saleTime: string): string {
  const zone = zoneOf(saleTime);
  return shifted(now, zone).slice(0, -1) + zone;
}

function zoneOf(saleTime: string): string {
  return /[+-]\d\d:\d\d$/.exec(saleTime)?.[0] ?? '+00:00';
}

function shifted(now: number, zone: string): string {
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4));
  return poiTimestamp(now + (zone.startsWith('-') ? -minutes : minutes) * 60_000);
}
