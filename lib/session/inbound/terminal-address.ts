import type { TerminalLocation } from '../../protocol/terminal-location.ts';
import type { SaleToPOIResponse } from '../../protocol/types.ts';

/** The terminal's address: the one it was followed to, unless the settings have been changed since. */
export function addressOf(configured: string | undefined, place: TerminalLocation | undefined): string | undefined {
  return place?.address !== undefined && place.insteadOf === configured ? place.address : configured;
}

/** The serial number in a login response. */
export function serialIn(response: SaleToPOIResponse): string | undefined {
  return response.LoginResponse?.POISystemData?.POITerminalData?.POISerialNumber || undefined;
}
