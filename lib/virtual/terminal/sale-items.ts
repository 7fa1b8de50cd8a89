import { fromMinor, toMinor } from '../../protocol/amounts.ts';
import type { Nexo } from '../../protocol/types.ts';
import type { TestCard } from '../customer/test-cards.ts';
import { RefusedRequest } from './refused-request.ts';

const PATH = 'SaleToPOIRequest.PaymentRequest.PaymentTransaction.SaleItem';

/**
 * Validates the products of a sale (page *Fuel Functionality*).
 *
 * @param total their required sum: the amount without cash-back, in minor units
 * @throws RefusedRequest `MessageFormat`
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
  const [sumText, totalText] = [fromMinor(sum, currency), fromMinor(total, currency)];
  throw formatError(`The sale items add up to ${sumText}, but the amount without cash-back is ${totalText}.`, PATH);
}

function checkItem(item: Nexo<'SaleItem'>, path: string): void {
  if (!Number.isSafeInteger(item.ItemID) || item.ItemID < 0)
    throw formatError('ItemID is a whole number, 0 or more.', `${path}.ItemID`);
  if (!/^\d{1,12}$/.test(item.ProductCode)) throw formatError('ProductCode is 1 to 12 digits.', `${path}.ProductCode`);
  if (item.Quantity !== undefined) return;
  if (item.UnitOfMeasure !== undefined) throw formatError('UnitOfMeasure requires Quantity.', `${path}.UnitOfMeasure`);
  if (item.UnitPrice !== undefined) throw formatError('UnitPrice requires Quantity.', `${path}.UnitPrice`);
}

/**
 * The AllowedProductCodes of a restricted card: "one for each allowed product of those included in the payment request".
 *
 * @returns undefined where the card pays for all products
 */
export function allowedProducts(card: TestCard, productCodes: readonly string[]): string[] | undefined {
  const { products } = card;
  if (!products) return undefined;
  const allowed = distinct(productCodes).filter((code) => products.includes(code));
  // A restricted card does not pay for a sale without product codes.
  const all = productCodes.length > 0 && productCodes.every((code) => products.includes(code));
  return all ? undefined : allowed;
}

/** All products but the last: the allowed ones where the scenario refuses a card that would pay for all. */
export function allButLast(productCodes: readonly string[]): string[] {
  return distinct(productCodes).slice(0, -1);
}

function distinct(codes: readonly string[]): string[] {
  return [...new Set(codes)];
}

function formatError(message: string, path: string): RefusedRequest {
  return new RefusedRequest('MessageFormat', message, { path });
}
