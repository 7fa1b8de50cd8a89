import type { VendorProfile } from '../protocol/profile.ts';
import type { TerminalLocation } from '../protocol/terminal-location.ts';
import type { SaleToPOIRequest } from '../protocol/types.ts';
import type { Effect } from '../session/effects.ts';
import type { AddressPolicy } from './movable-transport.ts';
import type { TerminalNotification } from './notification-hub.ts';

/** What became of an address that a terminal gave. */
export type AddressNotice = Omit<Extract<Effect, { type: 'address' }>, 'type'>;

/**
 * Looks for a terminal's address in its own request. Only an address that the policy allows is proposed; nothing is ever
 * sent to any other.
 *
 * @param request as it came in, not redacted
 * @param sender the IP address it came from
 * @param refused receives an address that is not proposed
 * @returns the proposed address, `host:port`
 */
export function proposalIn(
  request: SaleToPOIRequest,
  profile: VendorProfile,
  sender: string,
  follow: AddressPolicy,
  refused: (notice: AddressNotice) => void,
): string | undefined {
  const address = profile.announcedAddress(request);
  if (address === undefined) return undefined;
  if (address !== 'unreadable' && follow.allowed(address, sender)) return address;
  const message =
    address === 'unreadable'
      ? `A message from ${sender} announces the terminal's address in a form that cannot be read.`
      : `A message from ${sender} announces that the terminal is at ${address} now. Nothing is sent there: ${NOT_ALLOWED}`;
  refused({ address, followed: false, message });
  return undefined;
}

/** The stored location, without an address that the policy does not allow any more. */
export function locationAtStart(
  location: TerminalLocation | undefined,
  follow: AddressPolicy | undefined,
  refused: (notice: AddressNotice) => void,
): TerminalLocation | undefined {
  const { address, insteadOf, ...rest } = location ?? {};
  if (address === undefined || insteadOf !== follow?.configured || follow?.allowed(address)) return location;
  const message = `The terminal was at ${address}, which is not allowed any more: ${NOT_ALLOWED}`;
  refused({ address, followed: false, message });
  return rest;
}

const NOT_ALLOWED =
  'the endpoint’s allowed addresses do not have it, or, where there are none, it is not a private address that the terminal itself has.';

/** A notice as listeners get it: an event that no message of the terminal reports. `details` is the address. */
export function addressNotification({ address, followed, postponed, message }: AddressNotice): TerminalNotification {
  const event = followed ? 'AddressChanged' : postponed ? 'AddressAnnounced' : 'AddressRefused';
  const details = address === 'unreadable' ? '' : address;
  return {
    payload: { kind: 'event', event, maintenanceRequired: false, details, lines: [message], text: message },
  };
}

/** For so long, in ms, a notice is not repeated. */
const PAUSE = 10_000;

/**
 * Keeps a log readable while addresses are announced without end: a refusal that differs from the last notice in its port
 * only is passed on once per pause.
 *
 * @param now ms of a monotonic clock
 */
export function withoutRepeats(
  notify: (notice: AddressNotice) => void,
  now: () => number,
): (notice: AddressNotice) => void {
  let last = { text: '', at: Number.NEGATIVE_INFINITY };
  return (notice) => {
    const text = notice.message.replace(/:\d+ /, ' ');
    const at = now();
    if (!notice.followed && text === last.text && at - last.at < PAUSE) return;
    last = { text, at };
    notify(notice);
  };
}
