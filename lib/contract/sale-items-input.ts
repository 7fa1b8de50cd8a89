import { fromMinor } from '../protocol/amounts.ts';
import { isCarriable } from '../protocol/carriable.ts';
import { NexoError } from '../protocol/errors.ts';
import type { Nexo } from '../protocol/types.ts';
import {
  amountOf,
  decimalOf,
  type Fields,
  type InputField,
  invalid,
  isPlain,
  nameOf,
  oneOf,
  textOf,
} from './fields.ts';

/** Units that Swedbank Pay's terminals know, as nexo spells them: a part of nexo's list. */
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

/**
 * Reads the sold items from `saleItems`: `[{ productCode, itemAmount, quantity?, unitOfMeasure?, unitPrice?,
 * productLabel?, additionalProductInfo?, itemId? }]`, as the page *Fuel Functionality* describes it. Items are numbered
 * from 0 where the flow does not. Together with the cash-back they make the amount.
 *
 * @param total their sum, in minor units
 * @throws NexoError `invalid_sale_items` with the field's path
 */
export function saleItemsOf(value: unknown, total: number, currency: string): Nexo<'SaleItem'>[] {
  const path = 'payload.saleItems';
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_ITEMS) {
    throw wrong(path, `saleItems must be a list of 1 to ${MAX_ITEMS} items.`);
  }
  let sum = 0;
  const items = value.map((item: unknown, index) => {
    const at = `${path}[${index}]`;
    const fields = itemFieldsOf(item, at);
    const message = 'A sale item needs an itemAmount, such as "446.90".';
    const amount = amountOf(fields.itemAmount, currency, fieldAt(at, 'itemAmount'), message, true);
    sum += amount;
    return itemOf(fields, index, fromMinor(amount, currency), at);
  });
  checkIds(items, path);
  if (sum === total) return items;
  throw wrong(
    path,
    `The sale items add up to ${fromMinor(sum, currency)}, the amount without cash-back is ${fromMinor(total, currency)}: correct one of them.`,
  );
}

function itemOf(fields: Fields, index: number, ItemAmount: string, at: string): Nexo<'SaleItem'> {
  const { quantity, unitPrice, unitOfMeasure, productLabel, additionalProductInfo } = fields;
  const Quantity = decimalAt(quantity, fieldAt(at, 'quantity'));
  if (Quantity === undefined) {
    for (const name of ['unitOfMeasure', 'unitPrice']) {
      if (fields[name] !== undefined) throw wrong(`${at}.${name}`, `${name} needs a quantity: add it.`);
    }
  }
  const UnitPrice = decimalAt(unitPrice, fieldAt(at, 'unitPrice'));
  const UnitOfMeasure = unitOf(unitOfMeasure, fieldAt(at, 'unitOfMeasure'));
  const ProductLabel = labelOf(productLabel, fieldAt(at, 'productLabel'));
  const AdditionalProductInfo = labelOf(additionalProductInfo, fieldAt(at, 'additionalProductInfo'));
  return {
    ItemID: idOf(fields.itemId ?? index, fieldAt(at, 'itemId')),
    ProductCode: productCodeOf(fields.productCode, fieldAt(at, 'productCode')),
    ItemAmount,
    ...(UnitOfMeasure !== undefined && { UnitOfMeasure }),
    ...(Quantity !== undefined && { Quantity }),
    ...(UnitPrice !== undefined && { UnitPrice }),
    ...(ProductLabel !== undefined && { ProductLabel }),
    ...(AdditionalProductInfo !== undefined && { AdditionalProductInfo }),
  };
}

function itemFieldsOf(item: unknown, path: string): Fields {
  if (!isPlain(item)) {
    throw wrong(path, 'A sale item must be an object such as { productCode: "24601", itemAmount: "446.90" }.');
  }
  const unknown = Object.keys(item).find((name) => !FIELDS.has(name));
  if (unknown === undefined) return item;
  throw wrong(`${path}.${unknown}`, `A sale item has no field "${unknown}": it takes ${[...FIELDS].join(', ')}.`);
}

function idOf(value: unknown, field: InputField): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw invalid(field, 'itemId must be a whole number from 0, or left out.');
}

function checkIds(items: Nexo<'SaleItem'>[], path: string): void {
  const seen = new Set<number>();
  for (const [index, { ItemID }] of items.entries()) {
    if (seen.has(ItemID)) throw wrong(`${path}[${index}].itemId`, `Two sale items have the itemId ${ItemID}.`);
    seen.add(ItemID);
  }
}

function productCodeOf(value: unknown, field: InputField): string {
  return textOf(value, PRODUCT_CODE, field, 'A sale item needs a productCode of 1 to 12 digits.');
}

function decimalAt(value: unknown, field: InputField): string | undefined {
  if (value === undefined) return undefined;
  return decimalOf(value, DECIMAL, field, `${nameOf(field)} must be a decimal such as "20.5".`);
}

function unitOf(value: unknown, field: InputField): (typeof UNITS)[number] | undefined {
  if (value === undefined) return undefined;
  const name = String(value).toLowerCase();
  const unit = name === 'metre' ? 'Meter' : UNITS.find((known) => known.toLowerCase() === name);
  return oneOf(UNITS, unit, field);
}

function labelOf(value: unknown, field: InputField): string | undefined {
  if (value === undefined) return undefined;
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text === 'string' && text.length > 0 && text.length <= 256 && isCarriable(text)) return text;
  throw invalid(field, `${nameOf(field)} must be text of 1 to 256 characters without control characters, or left out.`);
}

function fieldAt(at: string, name: string): InputField {
  return { code: 'invalid_sale_items', path: `${at}.${name}` };
}

function wrong(path: string, message: string): NexoError {
  return new NexoError('invalid_sale_items', message, { path });
}
