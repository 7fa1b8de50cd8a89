import { currencyDigits } from '../currencies.ts';
import { NexoError } from '../errors.ts';
import { type Language, type ReceiptTexts, type ReceiptWord, receiptTexts } from './receipt-texts.ts';
import { at, copyOf } from './receipts.ts';
import { centred, printable, row, wrap } from './text-cells.ts';

/** Widths of a formatted receipt: what fits narrow paper, and the usual two. */
export const RECEIPT_COLUMNS = [24, 32, 42] as const;

/** What a payment's answer says and its receipt's data do not. Amounts are decimals with a point or a comma. */
export interface ReceiptFacts {
  /** How it ended; without it, the receipt's codes tell. */
  outcome?: 'approved' | 'declined' | 'aborted' | undefined;
  /** Part of the total. Nothing, and zero, is left out. */
  tip?: string | undefined;
  /** Part of the total. */
  cashBack?: string | undefined;
  /** Paid by something else than a card: its name, and what a refund needs. */
  apm?: { type: string | undefined; reference: string | undefined } | undefined;
}

export interface ReceiptFormat extends ReceiptFacts {
  columns: (typeof RECEIPT_COLUMNS)[number];
  /** With the shop's name, address, number and phone, which tills often print themselves. */
  header: boolean;
  language: Language;
  /** Printed again: says so. */
  duplicate?: boolean | undefined;
}

/** How a card was read, by TransactionSource; the first two are published, the others are the Swedish receipts’ own. */
const SOURCES: ReadonlyMap<string, ReceiptWord> = new Map([
  ['K', 'contactless'],
  ['C', 'chip'],
  ['D', 'swiped'],
  ['T', 'keyed'],
  ['M', 'mobile'],
]);
/** TransactionType is ISO 8583's processing code. */
const TYPES: ReadonlyMap<string, ReceiptWord> = new Map([
  ['00', 'purchase'],
  ['01', 'cashAdvance'],
  ['09', 'purchase'],
  ['20', 'refund'],
]);
/** Approvals among ISO 8583's response codes (1987), and among EMV's of cards that decide themselves. */
const APPROVALS = new Set(['00', '08', '10', '11', '16', 'Y1', 'Y3']);
/** EMV's codes of decisions that no host made. */
const OFFLINE = new Set(['Y1', 'Y3', 'Z1', 'Z3']);
/** CardholderVerificationMethod where the customer entered a PIN. */
const PIN = 'a';
/** DebitStatus of a reversal. */
const REVERSED = '91';
const UNMASKED = /\d(?=(?:[ -]?\d){11})[\d -]*/;

/** Reads one field of a receipt, by its names, as a clean text; undefined where there is nothing to print. */
type Read = (...names: string[]) => string | undefined;
interface Sheet {
  read: Read;
  texts: ReceiptTexts;
  options: ReceiptFormat;
  merchant: boolean;
  /** The customer is to sign this copy. */
  signed: boolean;
}

/**
 * A receipt set anew from its data: what `Mandatory` holds, and the shop's phone number from `Optional`. A field that is
 * missing leaves its line out. Amounts are written as the language does; nothing is rounded, and codes stay as they came.
 *
 * @param data a decoded receipt's `data`
 * @returns lines of at most `columns` cells, without blanks at their ends
 * @throws NexoError `no_receipt_data` where there is nothing to set: plain text, or no receipt at all
 */
export function formatReceipt(data: unknown, options: ReceiptFormat): string[] {
  const copy = copyOf(data);
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
  const sheet: Sheet = { read, texts: receiptTexts[options.language], options, merchant, signed };
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

/** What was done: a reversal also says to what. */
function title({ read, texts: { words }, options: { columns, duplicate } }: Sheet): string[] {
  const type = TYPES.get(read('Mandatory', 'Payment', 'TransactionType') ?? '');
  return present(
    duplicate === true ? words.duplicate : undefined,
    read('Mandatory', 'Outcome', 'DebitStatus') === REVERSED ? words.reversal : undefined,
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

/** `1 234,56 SEK`; what is no decimal stays as it came. */
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

/** The card, or what was used instead of one. */
function instrument({ read, texts: { words }, options: { columns, apm } }: Sheet): string[] {
  const source = SOURCES.get(read('Mandatory', 'Payment', 'TransactionSource') ?? '');
  const card = (...names: string[]) => read('Mandatory', 'CardDetails', ...names);
  const pan = card('PrimaryAccountNumber');
  return present(
    card('CardSchemeName', 'ApplicationLabel') ?? textOf(apm?.type),
    pan?.replace(UNMASKED, (digits) => digits.slice(-4).padStart(digits.length, '*')),
    source && words[source],
    read('Mandatory', 'Payment', 'CardholderVerificationMethod') === PIN ? words.pin : undefined,
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
 * How it ended. Approved by the codes alone needs an approval code too, and where codes contradict each other a receipt
 * says neither: nobody may take it for a proof of what did not happen.
 */
function verdict({ read, texts: { words }, options: { columns, outcome } }: Sheet): string[] {
  const outcomeField = (name: string) => read('Mandatory', 'Outcome', name);
  const status = outcomeField('DebitStatus');
  if (status === REVERSED) return [];
  if (outcome !== undefined) return centred(words[outcome], columns);
  const told = present(responseCode(read), status).map((code) => APPROVALS.has(code));
  if (told.length > 0 && !told.includes(true)) return centred(words.declined, columns);
  if (told.length > 0 && !told.includes(false) && outcomeField('ApprovalCode') !== undefined) {
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
