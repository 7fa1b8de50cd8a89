import { Buffer } from 'node:buffer';
import type { SaleToPOIRequest } from '../types.ts';

/** The DestinationAddress that marks a configuration message; it "has nothing to do with any IP or port". */
const CONFIGURATION = '127.0.0.1:15022';
/** Characters of base64: far more than an address takes. */
const LONGEST = 4096;

/**
 * The address in a configuration message ("Address of Terminal Sent To POS"). A terminal sends one when Save is pressed in
 * its admin menu, and when it gets a new address. As `VendorProfile.announcedAddress`.
 */
export function announcedAddress({ TransmitRequest: transmit }: SaleToPOIRequest): string | undefined {
  if (transmit?.DestinationAddress !== CONFIGURATION) return undefined;
  const text = transmit.Message ?? '';
  if (text.length > LONGEST) return 'unreadable';
  const { ipV4Address, ipPort } = endPointIn(Buffer.from(text, 'base64').toString());
  const fits = isIPv4(ipV4Address) && /^[1-9]\d{0,4}$/.test(String(ipPort)) && Number(ipPort) <= 65_535;
  return fits ? `${ipV4Address}:${ipPort}` : 'unreadable';
}

function endPointIn(json: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return {};
  }
  for (const name of ['saleTerminalconfiguration', 'ipEndPoint']) value = membersOf(value)[name];
  return membersOf(value);
}

function membersOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function isIPv4(text: unknown): boolean {
  if (typeof text !== 'string') return false;
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}
