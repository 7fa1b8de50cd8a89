/** Makes payloads about the terminal's session: login, logout, abort. */
import type { SaleToPOIResponse } from '../protocol/types.ts';
import type { Result } from '../session/effects.ts';

/** `msg.payload` of a login: what the terminal says about itself. */
export function loginPayloadOf(response: SaleToPOIResponse) {
  const system = response.LoginResponse?.POISystemData;
  return {
    loggedIn: true,
    serialNumber: system?.POITerminalData?.POISerialNumber ?? null,
    software: system?.POISoftware ?? null,
    capabilities: system?.POITerminalData?.POICapabilities ?? [],
    status: system?.POIStatus ?? null,
  };
}

/** `msg.payload` of an abort. `sent`: there was something to abort, and the terminal accepted it. */
export function abortPayloadOf(result: Extract<Result, { type: 'abort' }> | undefined) {
  return { sent: result?.sent === true, transactionId: result?.transactionId ?? null };
}
