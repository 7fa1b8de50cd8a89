import { poiTimestamp } from '../protocol/timestamps.ts';

/** A time to the minute, in the time zone of the POS, which its own timestamp shows: `2023-08-24 17:06`. */
export function localTime(now: number, saleTime: string): string {
  return shifted(now, zoneOf(saleTime)).slice(0, 16).replace('T', ' ');
}

/** A time as events have it: local, with milliseconds and offset, `2023-10-06T07:24:14.473+02:00`. */
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
