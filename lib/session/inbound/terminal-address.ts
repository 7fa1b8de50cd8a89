import { Buffer } from 'node:buffer';
import type { TerminalLocation } from '../../protocol/terminal-location.ts';
import type { SaleToPOIRequest, SaleToPOIResponse } from '../../protocol/types.ts';

/** The DestinationAddress of a configuration message; it "has nothing to do with any IP or port". */
const CONFIGURATION = '127.0.0.1:15022';
/** In base64 characters: far more than an address takes. */
const LONGEST = 4096;

/**
 * Reads the address that a terminal announces, when Save is pressed in its admin menu and when it has a new address
 * ("Address of Terminal Sent To POS").
 *
 * @param request as received: a redacted one holds no address
 * @returns `host:port`, the host as an IPv4 address; 'unreadable' for a configuration message without one; undefined for
 *   any other message
 */
export function addressIn({ TransmitRequest: transmit }: SaleToPOIRequest): string | undefined {
  if (transmit?.DestinationAddress !== CONFIGURATION) return undefined;
  const text = transmit.Message ?? '';
  if (text.length > LONGEST) return 'unreadable';
  const { ipV4Address, ipPort } = endPointIn(Buffer.from(text, 'base64').toString());
  const fits = isIPv4(ipV4Address) && /^[1-9]\d{0,4}$/.test(String(ipPort)) && Number(ipPort) <= 65_535;
  return fits ? `${ipV4Address}:${ipPort}` : 'unreadable';
}

/** The terminal's address: the one it was followed to, unless the settings have been changed since. */
export function addressOf(configured: string | undefined, place: TerminalLocation | undefined): string | undefined {
  return place?.address !== undefined && place.insteadOf === configured ? place.address : configured;
}

/** The serial number in a login response. */
export function serialIn(response: SaleToPOIResponse): string | undefined {
  return response.LoginResponse?.POISystemData?.POITerminalData?.POISerialNumber || undefined;
}

function endPointIn(json: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return {};
  }
  for (const name of ['saleTerminalconfiguration', 'ipEndPoint']) value = fieldsOf(value)[name];
  return fieldsOf(value);
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function isIPv4(text: unknown): boolean {
  if (typeof text !== 'string') return false;
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}
