import type { Nexo } from '../../protocol/types.ts';
import type { TestCard } from '../customer/test-cards.ts';
import { RefusedRequest } from './refused-request.ts';

const PATH = 'SaleToPOIRequest.PaymentRequest.PaymentData.PaymentInstrumentData';

/**
 * The card whose number is in the request ("Send Card Data"). The result holds the masked number only.
 *
 * @param prefixes first digits of the card numbers that the terminal is configured for
 * @returns undefined where the request has no card number
 * @throws RefusedRequest `MessageFormat`, or `InvalidCard` for another prefix; its message does not contain the number
 */
export function readKeyedCard(
  instrument: Nexo<'PaymentInstrumentData'>,
  prefixes: readonly string[],
): TestCard | undefined {
  const { EntryMode: mode = [], SensitiveCardData: secret } = instrument.CardData ?? {};
  if (!secret) {
    if (!mode.includes('Keyed')) return undefined;
    throw formatError('A keyed card needs SensitiveCardData with its PAN.');
  }
  if (instrument.PaymentInstrumentType !== 'Card' || mode.length !== 1 || mode[0] !== 'Keyed')
    throw formatError('Card data is accepted with PaymentInstrumentType Card and EntryMode Keyed only.');
  const { PAN: pan, ExpiryDate: expiry } = secret;
  if (pan === undefined || !/^\d{8,28}$/.test(pan)) throw formatError('A keyed card needs its PAN, 8 to 28 digits.');
  if (expiry !== undefined && !/^\d\d(0[1-9]|1[0-2])$/.test(expiry))
    throw formatError('ExpiryDate is the year and the month, such as 2712.');
  if (!prefixes.some((prefix) => pan.startsWith(prefix)))
    throw new RefusedRequest('InvalidCard', 'The terminal is not configured for card numbers with this prefix.', {
      path: PATH,
    });
  return { brand: '01,Demo Finance', label: 'Demo Finance', applicationId: '', maskedPan: masked(pan), token: '' };
}

/** The last four digits; for 13 digits or more also the first six. */
function masked(pan: string): string {
  const shown = pan.length >= 13 ? 6 : 0;
  return pan.slice(0, shown) + '*'.repeat(pan.length - shown - 4) + pan.slice(-4);
}

function formatError(message: string): RefusedRequest {
  return new RefusedRequest('MessageFormat', message, { path: PATH });
}
