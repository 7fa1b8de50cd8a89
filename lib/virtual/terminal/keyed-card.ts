import type { Nexo } from '../../protocol/types.ts';
import type { TestCard } from '../customer/test-cards.ts';
import { RefusedRequest } from './refused-request.ts';

const PATH = 'SaleToPOIRequest.PaymentRequest.PaymentData.PaymentInstrumentData';

/**
 * A card whose number came with the request ("Send Card Data"). Only the masked number leaves here.
 *
 * @param prefixes how numbers begin that the terminal is set up for
 * @returns undefined where there is no number
 * @throws RefusedRequest MessageFormat, or InvalidCard for a number the terminal is not set up for; without the number
 */
export function readKeyed(
  instrument: Nexo<'PaymentInstrumentData'>,
  prefixes: readonly string[],
): TestCard | undefined {
  const { EntryMode: mode = [], SensitiveCardData: secret } = instrument.CardData ?? {};
  if (!secret) {
    if (!mode.includes('Keyed')) return undefined;
    throw wrong('A keyed card needs SensitiveCardData with its PAN.');
  }
  if (instrument.PaymentInstrumentType !== 'Card' || mode.length !== 1 || mode[0] !== 'Keyed')
    throw wrong('Card data is taken with PaymentInstrumentType Card and EntryMode Keyed only.');
  const { PAN: pan, ExpiryDate: expiry } = secret;
  if (pan === undefined || !/^\d{8,28}$/.test(pan)) throw wrong('A keyed card needs its PAN, 8 to 28 digits.');
  if (expiry !== undefined && !/^\d\d(0[1-9]|1[0-2])$/.test(expiry))
    throw wrong('ExpiryDate is the year and the month, such as 2712.');
  if (!prefixes.some((prefix) => pan.startsWith(prefix)))
    throw new RefusedRequest('InvalidCard', 'The terminal is not set up for card numbers that begin like this.', {
      path: PATH,
    });
  return { brand: '01,Demo Finance', label: 'Demo Finance', applicationId: '', maskedPan: masked(pan), token: '' };
}

/** First six and last four, where enough is hidden between them. */
function masked(pan: string): string {
  const shown = pan.length >= 13 ? 6 : 0;
  return pan.slice(0, shown) + '*'.repeat(pan.length - shown - 4) + pan.slice(-4);
}

function wrong(message: string): RefusedRequest {
  return new RefusedRequest('MessageFormat', message, { path: PATH });
}
