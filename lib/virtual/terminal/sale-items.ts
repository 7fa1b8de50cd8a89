import { fromMinor, toMinor } from '../../protocol/amounts.ts';
import type { Nexo } from '../../protocol/types.ts';
import type { TestCard } from '../customer/test-cards.ts';
import { RefusedRequest } from './refused-request.ts';

const PATH = 'SaleToPOIRequest.PaymentRequest.PaymentTransaction.SaleItem';

/**
 * Checks the products of a sale as the page *Fuel Functionality* describes them.
 *
 * @param total what they have to add up to: the amount without cash-back, in minor units
 * @throws RefusedRequest MessageFormat
 */
export function checkItems(items: readonly Nexo<'SaleItem'>[], total: number, currency: string): void {
  if (items.length === 0) return;
  let sum = 0;
  for (const [index, item] of items.entries()) {
    const path = `${PATH}[${index}]`;
    checkItem(item, path);
    sum += toMinor(item.ItemAmount, currency, `${path}.ItemAmount`, { zero: true, trailingZeros: true });
  }
  if (sum === total) return;
  const [items_, asked] = [fromMinor(sum, currency), fromMinor(total, currency)];
  throw wrong(`The sale items add up to ${items_}, but ${asked} is asked for without cash-back.`, PATH);
}

function checkItem(item: Nexo<'SaleItem'>, path: string): void {
  if (!Number.isSafeInteger(item.ItemID) || item.ItemID < 0)
    throw wrong('ItemID is a whole number from 0 on.', `${path}.ItemID`);
  if (!/^\d{1,12}$/.test(item.ProductCode)) throw wrong('ProductCode is 1 to 12 digits.', `${path}.ProductCode`);
  if (item.Quantity !== undefined) return;
  if (item.UnitOfMeasure !== undefined)
    throw wrong('UnitOfMeasure is only there together with Quantity.', `${path}.UnitOfMeasure`);
  if (item.UnitPrice !== undefined) throw wrong('UnitPrice is only there together with Quantity.', `${path}.UnitPrice`);
}

/**
 * What of a sale a card does not stop: "one for each allowed product of those included in the payment request".
 *
 * @returns undefined when the card pays for all of it
 */
export function allowedOf(card: TestCard, productCodes: readonly string[]): string[] | undefined {
  const { products } = card;
  if (!products) return undefined;
  const allowed = distinct(productCodes).filter((code) => products.includes(code));
  // A card for certain products pays for nothing that is not named.
  const all = productCodes.length > 0 && productCodes.every((code) => products.includes(code));
  return all ? undefined : allowed;
}

/** For a card that refuses in any case: everything but the last product. */
export function allButLast(productCodes: readonly string[]): string[] {
  return distinct(productCodes).slice(0, -1);
}

function distinct(codes: readonly string[]): string[] {
  return [...new Set(codes)];
}

function wrong(message: string, path: string): RefusedRequest {
  return new RefusedRequest('MessageFormat', message, { path });
}
