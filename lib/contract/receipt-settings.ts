/** What a flow wants of a receipt: a node's settings, and what a message says instead. */
import { NexoError, quote } from '../protocol/errors.ts';
import { RECEIPT_COLUMNS } from '../protocol/receipts/receipt-format.ts';
import { type Language, receiptTexts } from '../protocol/receipts/receipt-texts.ts';

const FORMATS = ['text', 'formatted', 'html', 'escpos'] as const;
const COPIES = ['customer', 'merchant', 'both'] as const;
const LANGUAGES = ['terminal', ...(Object.keys(receiptTexts) as Language[])] as const;

export interface ReceiptSettings {
  /** The terminal's own text; a text set anew; either of them as HTML, or as bytes for a receipt printer. */
  format: (typeof FORMATS)[number];
  copy: (typeof COPIES)[number];
  columns: (typeof RECEIPT_COLUMNS)[number];
  /** The shop's name and address on a receipt that is set anew. */
  header: boolean;
  /** What a receipt is set anew in; `terminal`: it is not, its own text is taken as it is. */
  language: (typeof LANGUAGES)[number];
  /** A receipt that is set anew says that it was printed before. */
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
 * @param own a node's settings; what is missing or empty is the default
 * @param wanted `msg.receipt`: any of the same settings, which win
 * @throws NexoError `invalid_receipt`, with the setting's path
 */
export function receiptSettings(own: Readonly<Record<string, unknown>>, wanted: unknown): ReceiptSettings {
  if (wanted !== undefined && wanted !== null && (typeof wanted !== 'object' || Array.isArray(wanted))) {
    throw new NexoError('invalid_receipt', 'msg.receipt is an object, such as { format: "html" }, or left out.', {
      path: 'receipt',
    });
  }
  const fields = (wanted ?? {}) as Record<string, unknown>;
  const unknown = Object.keys(fields).find((name) => !Object.hasOwn(DEFAULTS, name));
  if (unknown !== undefined) {
    const known = Object.keys(DEFAULTS).join(', ');
    throw new NexoError('invalid_receipt', `A receipt has no setting ${quote(unknown)}: it takes ${known}.`, {
      path: 'receipt',
    });
  }
  const given = (name: keyof ReceiptSettings) => [fields[name], own[name]].find(isGiven) ?? DEFAULTS[name];
  const settings: ReceiptSettings = {
    format: oneOf(FORMATS, given('format'), 'format'),
    copy: oneOf(COPIES, given('copy'), 'copy'),
    columns: oneOf(RECEIPT_COLUMNS, Number(given('columns')), 'columns'),
    header: oneOf([true, false], given('header'), 'header'),
    language: oneOf(LANGUAGES, given('language'), 'language'),
    duplicate: oneOf([true, false], given('duplicate'), 'duplicate'),
  };
  if (settings.format === 'formatted' && settings.language === 'terminal') {
    throw new NexoError('invalid_receipt', 'Choose the language in which the receipt is to be set anew.', {
      path: 'receipt.language',
    });
  }
  return settings;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

function oneOf<T>(values: readonly T[], value: unknown, name: string): T {
  const found = values.find((one) => one === value);
  if (found !== undefined) return found;
  throw new NexoError('invalid_receipt', `A receipt’s ${name} is one of ${values.join(', ')}.`, {
    path: `receipt.${name}`,
  });
}
