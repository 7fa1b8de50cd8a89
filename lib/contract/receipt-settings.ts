/** How a receipt is made: the node's settings, and what a message sets instead. */
import { NexoError, quote } from '../protocol/errors.ts';
import { RECEIPT_COLUMNS } from '../protocol/receipts/receipt-format.ts';
import { type Language, receiptTexts } from '../protocol/receipts/receipt-texts.ts';
import { type Fields, fieldsOf, isGiven, isPlain, oneOf } from './fields.ts';

const FORMATS = ['text', 'formatted', 'html', 'escpos'] as const;
const COPIES = ['customer', 'merchant', 'both'] as const;
const LANGUAGES = ['terminal', ...(Object.keys(receiptTexts) as Language[])] as const;

export interface ReceiptSettings {
  /** `text`: the terminal's own text. `formatted`: formatted anew. Either of them as HTML, or as bytes for a printer. */
  format: (typeof FORMATS)[number];
  copy: (typeof COPIES)[number];
  columns: (typeof RECEIPT_COLUMNS)[number];
  /** The shop's name and address, on a receipt that is formatted anew. */
  header: boolean;
  /** The language of a receipt that is formatted anew; `terminal`: the terminal's own text is used. */
  language: (typeof LANGUAGES)[number];
  /** A receipt that is formatted anew is marked as a duplicate. */
  duplicate: boolean;
}

const DEFAULTS: ReceiptSettings = {
  format: 'text',
  copy: 'customer',
  columns: 42,
  header: true,
  language: 'terminal',
  duplicate: false,
};

/**
 * @param own the node's settings; what is missing or empty is the default
 * @param wanted `msg.receipt`: any of the same settings, which take precedence
 * @throws NexoError `invalid_receipt`, with the setting's path
 */
export function receiptSettings(own: Fields, wanted: unknown): ReceiptSettings {
  const fields = wantedFields(wanted);
  const given = (name: keyof ReceiptSettings) => [fields[name], own[name]].find(isGiven) ?? DEFAULTS[name];
  const settings: ReceiptSettings = {
    format: oneOf(FORMATS, given('format'), fieldAt('format')),
    copy: oneOf(COPIES, given('copy'), fieldAt('copy')),
    columns: oneOf(RECEIPT_COLUMNS, Number(given('columns')), fieldAt('columns')),
    header: oneOf([true, false], given('header'), fieldAt('header')),
    language: oneOf(LANGUAGES, given('language'), fieldAt('language')),
    duplicate: oneOf([true, false], given('duplicate'), fieldAt('duplicate')),
  };
  if (settings.format === 'formatted' && settings.language === 'terminal') {
    throw new NexoError('invalid_receipt', 'Choose the language in which the receipt is formatted.', {
      path: 'receipt.language',
    });
  }
  return settings;
}

function wantedFields(wanted: unknown): Fields {
  const path = 'receipt';
  if (wanted !== undefined && wanted !== null && !isPlain(wanted)) {
    const message = 'msg.receipt must be an object, such as { format: "html" }, or left out.';
    throw new NexoError('invalid_receipt', message, { path });
  }
  const fields = fieldsOf(wanted);
  const unknown = Object.keys(fields).find((name) => !Object.hasOwn(DEFAULTS, name));
  if (unknown === undefined) return fields;
  const known = Object.keys(DEFAULTS).join(', ');
  throw new NexoError('invalid_receipt', `A receipt has no setting ${quote(unknown)}: it takes ${known}.`, { path });
}

function fieldAt(name: keyof ReceiptSettings) {
  return { code: 'invalid_receipt', path: `receipt.${name}` } as const;
}
