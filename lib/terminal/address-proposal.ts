import type { TerminalLocation } from '../protocol/terminal-location.ts';
import type { SaleToPOIRequest } from '../protocol/types.ts';
import { addressIn } from '../session/inbound/terminal-address.ts';
import type { AddressPolicy } from './movable-transport.ts';
import type { FlowEffect } from './session-runner.ts';

/** What became of an address that a terminal gave. */
export type AddressNotice = Omit<Extract<FlowEffect, { type: 'address' }>, 'type'>;

/**
 * Looks for a terminal's address in what it says. Only one in a network where it may be is proposed; to any other nothing
 * is ever sent.
 *
 * @param request as it came in, not redacted
 * @param sender the IP address it came from
 * @param refused hears of an address that is not proposed
 * @returns the address to be proposed, `host:port`
 */
export function proposalIn(
  request: SaleToPOIRequest,
  sender: string,
  follow: AddressPolicy,
  refused: (notice: AddressNotice) => void,
): string | undefined {
  const address = addressIn(request);
  if (address === undefined) return undefined;
  if (address !== 'unreadable' && follow.allowed(address, sender)) return address;
  const why =
    address === 'unreadable'
      ? `The terminal (or somebody at ${sender}) says where it is, in a form that is not understood.`
      : `Somebody at ${sender} says that the terminal is at ${address} now. It is not followed, and nothing is sent there: ${NOT_ALLOWED}`;
  refused({ address, followed: false, message: why });
  return undefined;
}

/** What a journal knows of where the terminal is, as far as it still may be there. */
export function placeToStart(
  place: TerminalLocation | undefined,
  follow: AddressPolicy | undefined,
  refused: (notice: AddressNotice) => void,
): TerminalLocation | undefined {
  const { address, insteadOf, ...rest } = place ?? {};
  if (address === undefined || insteadOf !== follow?.configured || follow?.allowed(address)) return place;
  const message = `The terminal was at ${address}, where it may not be any more: ${NOT_ALLOWED}`;
  refused({ address, followed: false, message });
  return rest;
}

const NOT_ALLOWED =
  'the endpoint’s allowed addresses do not have it, or, where there are none, it is not a private address that the terminal itself has.';

/** ms in which the same is not said again. */
const PAUSE = 10_000;

/** Keeps a log readable while somebody gives addresses without end: the same, but for the port, is told once in a while. */
export function seldom(tell: (notice: AddressNotice) => void, now: () => number): (notice: AddressNotice) => void {
  let last = { text: '', at: 0 };
  return (notice) => {
    const text = notice.message.replace(/:\d+ /, ' ');
    const at = now();
    if (!notice.followed && text === last.text && at - last.at < PAUSE) return;
    last = { text, at };
    tell(notice);
  };
}
