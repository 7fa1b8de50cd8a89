import { currencyDigits } from '../currencies.ts';
import { NexoError } from '../errors.ts';
import { swedbankReceipt } from '../profiles/swedbank-receipt.ts';
import { at, type ReceiptCodes, type ReceiptForm } from './receipt-form.ts';
import { type Language, type ReceiptTexts, type ReceiptWord, receiptTexts } from './receipt-texts.ts';
import { centred, printable, row, wrap } from './text-cells.ts';

/** Widths of a formatted receipt, in columns: narrow paper, and the two usual ones. */
export const RECEIPT_COLUMNS = [24, 32, 42] as const;

/** Facts of a payment that are not in its receipt's data. Amounts are decimals with a point or a comma. */
export interface ReceiptFacts {
  /** How it ended. Without it, the receipt's codes decide. */
  outcome?: 'approved' | 'declined' | 'aborted' | undefined;
  /** Part of the total. Zero is left out. */
  tip?: string | undefined;
  /** Part of the total. */
  cashBack?: string | undefined;
  /** The payment method that was used instead of a card: its name, and the reference that a refund needs. */
  apm?: { type: string | undefined; reference: string | undefined } | undefined;
}

export interface ReceiptFormat extends ReceiptFacts {
  columns: (typeof RECEIPT_COLUMNS)[number];
  /** Adds the shop's name, address, number and phone. Many tills print those themselves. */
  header: boolean;
  language: Language;
  /** Marks it as a copy that is printed again. */
  duplicate?: boolean | undefined;
}

/** TransactionType is ISO 8583's processing code. */
const TYPES: ReadonlyMap<string, ReceiptWord> = new Map([
  ['00', 'purchase'],
  ['01', 'cashAdvance'],
  ['09', 'purchase'],
  ['20', 'refund'],
]);
/** Codes of approvals: ISO 8583's response codes (1987), and EMV's for cards that decide offline. */
const APPROVALS = new Set(['00', '08', '10', '11', '16', 'Y1', 'Y3']);
/** EMV's codes of offline decisions. */
const OFFLINE = new Set(['Y1', 'Y3', 'Z1', 'Z3']);
const UNMASKED = /\d(?=(?:[ -]?\d){11})[\d -]*/;

/** Reads one field of a receipt by its names, as printable text; undefined if it is absent or empty. */
type Read = (...names: string[]) => string | undefined;
interface Sheet {
  read: Read;
  texts: ReceiptTexts;
  form: ReceiptCodes;
  options: ReceiptFormat;
  merchant: boolean;
  /** The customer signs this copy. */
  signed: boolean;
}

/**
 * Formats a receipt from its data: from `Mandatory`, and the shop's phone number from `Optional`. A missing field leaves
 * its line out. Amounts are written as the language does. Nothing is rounded, and codes stay as they are.
 *
 * @param data a decoded receipt's `data`
 * @returns lines of at most `columns` cells, without blanks at their ends
 * @throws NexoError `no_receipt_data` if there is no data: plain text, or no receipt at all
 */
export function formatReceipt(data: unknown, options: ReceiptFormat, form: ReceiptForm = swedbankReceipt): string[] {
  const copy = form.copyOf(data);
  const mandatory = at(copy, 'Mandatory');
  if (typeof mandatory !== 'object' || mandatory === null || Object.keys(mandatory).length === 0) {
    throw new NexoError(
      'no_receipt_data',
      'This receipt came without data to set it anew: use the terminal’s own text.',
      { path: 'data' },
    );
  }
  const read: Read = (...names) => textOf(at(copy, ...names));
  const merchant = at(data, 'Merchant') !== undefined;
  const signed = merchant && at(mandatory, 'Payment', 'SignatureBlock') === true;
  const sheet: Sheet = { read, texts: receiptTexts[options.language], form: form.codes, options, merchant, signed };
  const blocks = [header, shop, title, amounts, instrument, codes, verdict, signature, footer];
  return blocks
    .map((block) => block(sheet))
    .filter((lines) => lines.length > 0)
    .flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]))
    .map((line) => line.trimEnd());
}

function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string' && !Number.isFinite(value)) return undefined;
  return printable(String(value)).replace(/\s+/g, ' ').trim() || undefined;
}

function header({ read, texts: { words }, options: { header: wanted, columns } }: Sheet): string[] {
  if (!wanted) return [];
  const shopField = (name: string) => read('Mandatory', 'CardAcceptor', name);
  const town = present(shopField('PostZipCode'), shopField('TownCity')).join(' ');
  return [
    ...present(shopField('Name'), shopField('Address1'), town).flatMap((text) => centred(text, columns)),
    ...labelled(words.organisation, shopField('OrganisationNumber'), columns),
    ...labelled(words.phone, read('Optional', 'CardAcceptor', 'PhoneNumber'), columns),
  ];
}

function shop({ read, texts: { words }, options: { columns } }: Sheet): string[] {
  const date = read('Mandatory', 'TimeStamp', 'DateOfPayment');
  const time = read('Mandatory', 'TimeStamp', 'TimeOfPayment');
  return [
    ...present(read('Mandatory', 'CardAcceptor', 'BankAgentName')).flatMap((text) => wrap(text, columns)),
    ...labelled(words.merchant, read('Mandatory', 'Acquirer', 'CardAcceptorNumber'), columns),
    ...labelled(words.terminal, read('Mandatory', 'Acquirer', 'TerminalID'), columns),
    ...(date !== undefined && time !== undefined
      ? row(date, time, columns)
      : present(date, time).flatMap((text) => wrap(text, columns))),
  ];
}

/** What was done. A reversal also names what it reverses. */
function title({ read, texts: { words }, form: { reversed }, options: { columns, duplicate } }: Sheet): string[] {
  const type = TYPES.get(read('Mandatory', 'Payment', 'TransactionType') ?? '');
  return present(
    duplicate === true ? words.duplicate : undefined,
    read('Mandatory', 'Outcome', 'DebitStatus') === reversed ? words.reversal : undefined,
    type && words[type],
  ).flatMap((text) => centred(text, columns));
}

function amounts({ read, texts, options: { columns, tip, cashBack } }: Sheet): string[] {
  const { words } = texts;
  const currency = read('Mandatory', 'Payment', 'Currency');
  const money = (amount: string | undefined) => amount && moneyOf(amount, currency, texts);
  const amount = money(read('Mandatory', 'Payment', 'PaymentAmount'));
  const total = money(read('Mandatory', 'Payment', 'TotalAmount')) ?? amount;
  return [
    ...labelled(words.amount, amount === total ? undefined : amount, columns),
    ...labelled(words.tip, money(notZero(tip)), columns),
    ...labelled(words.total, total, columns),
    ...labelled(words.cashBack, money(notZero(cashBack)), columns),
  ];
}

function notZero(amount: string | undefined): string | undefined {
  const text = textOf(amount);
  return text !== undefined && /[^0.,]/.test(text) ? text : undefined;
}

/** `1 234,56 SEK`; a text that is no decimal stays as it is. */
function moneyOf(amount: string, currency: string | undefined, { numbers }: ReceiptTexts): string {
  const { group, decimal, currencyFirst } = numbers;
  const [, sign = '', whole, given = ''] = /^(-?)(\d+)(?:[.,](\d+))?$/.exec(amount.replaceAll(' ', '')) ?? [];
  const fraction = given.padEnd(currencyDigits.get(currency ?? '') ?? 0, '0');
  const number =
    whole === undefined
      ? amount
      : sign + whole.replace(/\B(?=(?:\d{3})+$)/g, group) + (fraction === '' ? '' : decimal + fraction);
  return (currencyFirst ? present(currency, number) : present(number, currency)).join(' ');
}

/** The card, or the payment method that was used instead. */
function instrument({ read, texts: { words }, form: { sources, pin }, options: { columns, apm } }: Sheet): string[] {
  const source = sources.get(read('Mandatory', 'Payment', 'TransactionSource') ?? '');
  const card = (...names: string[]) => read('Mandatory', 'CardDetails', ...names);
  const number = card('PrimaryAccountNumber');
  return present(
    card('CardSchemeName', 'ApplicationLabel') ?? textOf(apm?.type),
    number?.replace(UNMASKED, (digits) => digits.slice(-4).padStart(digits.length, '*')),
    source && words[source],
    read('Mandatory', 'Payment', 'CardholderVerificationMethod') === pin ? words.pin : undefined,
    OFFLINE.has(responseCode(read) ?? '') ? words.offline : undefined,
  ).flatMap((text) => wrap(text, columns));
}

function codes({ read, texts: { words }, options: { columns, apm } }: Sheet): string[] {
  const payment = (name: string) => read('Mandatory', 'Payment', name);
  const card = (name: string) => read('Mandatory', 'CardDetails', name);
  const how = ['TransactionSource', 'CardholderVerificationMethod', 'AuthorisationChannel'].map(payment);
  const host = present(
    present(...how).join(''),
    read('Mandatory', 'Outcome', 'AuthorisationResponder'),
    responseCode(read),
    payment('FinancialInstitution'),
  ).join(' ');
  // An alternative payment method's own reference is what a refund asks for.
  const reference = textOf(apm?.reference);
  return [
    ...(host === '' ? [] : wrap(host, columns)),
    ...labelled(reference === undefined ? words.reference : words.receipt, payment('ReceiptNumber'), columns),
    ...labelled(words.reference, reference, columns),
    ...labelled(words.approvalCode, read('Mandatory', 'Outcome', 'ApprovalCode'), columns),
    ...labelled('AID', card('ApplicationIdentifier'), columns),
    ...labelled('TVR', card('TerminalVerificationResult'), columns),
    ...labelled('TSI', card('TransactionStatusInformation'), columns),
  ];
}

function responseCode(read: Read): string | undefined {
  return read('Mandatory', 'Outcome', 'AuthorisationResponseCode');
}

/**
 * How it ended. By the codes alone, an approval needs an approval code too. Where codes contradict each other the receipt
 * says neither, so that it proves nothing that did not happen.
 */
function verdict({ read, texts: { words }, form: { reversed }, options: { columns, outcome } }: Sheet): string[] {
  const outcomeField = (name: string) => read('Mandatory', 'Outcome', name);
  const status = outcomeField('DebitStatus');
  if (status === reversed) return [];
  if (outcome !== undefined) return centred(words[outcome], columns);
  const known = present(responseCode(read), status).map((code) => APPROVALS.has(code));
  if (known.length > 0 && !known.includes(true)) return centred(words.declined, columns);
  if (known.length > 0 && !known.includes(false) && outcomeField('ApprovalCode') !== undefined) {
    return centred(words.approved, columns);
  }
  return [];
}

function signature({ signed, texts: { words }, options: { columns } }: Sheet): string[] {
  return signed ? [...wrap(words.signature, columns), '', '', '_'.repeat(columns)] : [];
}

function footer({ merchant, texts: { words }, options: { columns } }: Sheet): string[] {
  const texts = merchant ? [words.merchantCopy] : [words.keep, words.customerCopy];
  return texts.flatMap((text) => centred(text, columns));
}

function labelled(label: string, value: string | undefined, columns: number): string[] {
  return value === undefined ? [] : row(label, value, columns);
}

function present(...texts: (string | undefined)[]): string[] {
  return texts.filter((text) => text !== undefined && text !== '') as string[];
}
