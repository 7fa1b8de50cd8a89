import { fromMinor, toMinor } from '../protocol/amounts.ts';
import { NexoError } from '../protocol/errors.ts';
import type { Nexo } from '../protocol/types.ts';
import { isCarriable } from '../protocol/xml/escape.ts';

/** Units that Swedbank Pay's terminals know, as nexo spells them; the rest of nexo's list is for others. */
const UNITS = ['Litre', 'Kilogram', 'Centilitre', 'Kilometre', 'Gram', 'Meter', 'Centimetre', 'Other'] as const;
const FIELDS = new Set([
  'itemId',
  'productCode',
  'itemAmount',
  'unitOfMeasure',
  'quantity',
  'unitPrice',
  'productLabel',
  'additionalProductInfo',
]);
const PRODUCT_CODE = /^\d{1,12}$/;
/** Litres and prices per litre have decimals of their own. */
const DECIMAL = /^\d{1,12}(\.\d{1,6})?$/;
const MAX_ITEMS = 200;

type Fields = Record<string, unknown>;

/**
 * Reads what is sold from a flow's `saleItems`: `[{ productCode, itemAmount, quantity?, unitOfMeasure?, unitPrice?,
 * productLabel?, additionalProductInfo?, itemId? }]`, as the page *Fuel Functionality* describes it. Items are numbered
 * from 0 where the flow does not. Together with the cash-back they make the amount.
 *
 * @param total what they have to add up to, in minor units
 * @throws NexoError `invalid_sale_items` with the field's path
 */
export function saleItemsOf(value: unknown, total: number, currency: string): Nexo<'SaleItem'>[] {
  const path = 'payload.saleItems';
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_ITEMS) {
    throw wrong(`saleItems must be a list of 1 to ${MAX_ITEMS} items.`, path);
  }
  let sum = 0;
  const items = value.map((item: unknown, index) => {
    const at = `${path}[${index}]`;
    const fields = fieldsOf(item, at);
    const amount = amountOf(fields.itemAmount, currency, `${at}.itemAmount`);
    sum += amount;
    return itemOf(fields, index, fromMinor(amount, currency), at);
  });
  checkIds(items, path);
  if (sum === total) return items;
  throw wrong(
    `The sale items add up to ${fromMinor(sum, currency)}, the amount without cash-back is ${fromMinor(total, currency)}: correct one of them.`,
    path,
  );
}

function itemOf(fields: Fields, index: number, ItemAmount: string, at: string): Nexo<'SaleItem'> {
  const quantity = decimalOf(fields.quantity, `${at}.quantity`);
  if (quantity === undefined) {
    for (const name of ['unitOfMeasure', 'unitPrice']) {
      if (fields[name] !== undefined) throw wrong(`${name} means nothing without a quantity.`, `${at}.${name}`);
    }
  }
  const unitPrice = decimalOf(fields.unitPrice, `${at}.unitPrice`);
  const unit = unitOf(fields.unitOfMeasure, `${at}.unitOfMeasure`);
  const label = textOf(fields.productLabel, `${at}.productLabel`);
  const info = textOf(fields.additionalProductInfo, `${at}.additionalProductInfo`);
  return {
    ItemID: idOf(fields.itemId ?? index, `${at}.itemId`),
    ProductCode: codeOf(fields.productCode, `${at}.productCode`),
    ItemAmount,
    ...(unit !== undefined && { UnitOfMeasure: unit }),
    ...(quantity !== undefined && { Quantity: quantity }),
    ...(unitPrice !== undefined && { UnitPrice: unitPrice }),
    ...(label !== undefined && { ProductLabel: label }),
    ...(info !== undefined && { AdditionalProductInfo: info }),
  };
}

function fieldsOf(item: unknown, path: string): Fields {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    throw wrong('A sale item must be an object such as { productCode: "24601", itemAmount: "446.90" }.', path);
  }
  const unknown = Object.keys(item).find((name) => !FIELDS.has(name));
  if (unknown === undefined) return item as Fields;
  throw wrong(`A sale item has no "${unknown}": it may have ${[...FIELDS].join(', ')}.`, `${path}.${unknown}`);
}

function amountOf(value: unknown, currency: string, path: string): number {
  if (typeof value === 'number' || typeof value === 'string') return toMinor(value, currency, path, { zero: true });
  throw wrong('A sale item needs an itemAmount, such as "446.90".', path);
}

function idOf(value: unknown, path: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw wrong('itemId must be a whole number from 0, or left out.', path);
}

function checkIds(items: Nexo<'SaleItem'>[], path: string): void {
  const seen = new Set<number>();
  for (const [index, { ItemID }] of items.entries()) {
    if (seen.has(ItemID)) throw wrong(`Two sale items have the itemId ${ItemID}.`, `${path}[${index}].itemId`);
    seen.add(ItemID);
  }
}

function codeOf(value: unknown, path: string): string {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text === 'string' && PRODUCT_CODE.test(text)) return text;
  throw wrong('A sale item needs a productCode of 1 to 12 digits.', path);
}

function decimalOf(value: unknown, path: string): string | undefined {
  if (value === undefined) return undefined;
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text === 'string' && DECIMAL.test(text)) return text;
  throw wrong('It must be a decimal such as "20.5".', path);
}

function unitOf(value: unknown, path: string): (typeof UNITS)[number] | undefined {
  if (value === undefined) return undefined;
  const given = String(value).toLowerCase();
  const unit = given === 'metre' ? 'Meter' : UNITS.find((name) => name.toLowerCase() === given);
  if (unit !== undefined) return unit;
  throw wrong(`unitOfMeasure must be one of ${UNITS.join(', ')}.`, path);
}

function textOf(value: unknown, path: string): string | undefined {
  if (value === undefined) return undefined;
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text === 'string' && text.length > 0 && text.length <= 256 && isCarriable(text)) return text;
  throw wrong('It must be a text of 1 to 256 characters without control characters, or left out.', path);
}

function wrong(message: string, path: string): NexoError {
  return new NexoError('invalid_sale_items', message, { path });
}
