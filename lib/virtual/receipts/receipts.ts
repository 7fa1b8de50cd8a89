import type { Nexo } from '../../protocol/types.ts';
import type { TestCard } from '../customer/test-cards.ts';
import type { ApmPayment } from '../terminal/transaction-records.ts';

/** The transaction on a receipt. Amounts are decimals with a point, as on the wire. */
export interface ReceiptTransaction {
  kind: 'purchase' | 'refund' | 'reversal';
  /** `Godkänd`, `Medges ej`… */
  verdict: string;
  /** Absent where no card was used. */
  card?: TestCard;
  /** The alternative payment method, where no card was used. */
  apm?: ApmPayment;
  /** Printed on the merchant's copy. */
  purchaseOrderNumber?: string;
  entryMode: Nexo<'EntryMode'>;
  /** Without tip. */
  amount: string;
  tip?: string;
  total: string;
  cashBack?: string;
  currency: string;
  merchantId: string;
  terminalId: string;
  /** OperatorNumber. Absent in the published samples; Swedbank Pay's demo app for Android reads no receipt without it. */
  operatorNumber?: string;
  poiTransactionId: string;
  /** SaleTransactionID. */
  reference: string;
  /** Only when the host approved. */
  approvalCode?: string;
  responseCode: string;
  signature: boolean;
  /** Local: `2023-08-24 17:06`. */
  time: string;
}

type Copy = 'CashierReceipt' | 'CustomerReceipt';

const SHOP = {
  Address1: 'Hälleskåran 29',
  BankAgentName: 'banky-bank',
  Name: 'Test shop',
  OrganisationNumber: '5565671-6165',
  PostZipCode: '5050',
  TownCity: 'merchant-Base24-City',
};
const ISSUER_NUMBER = '1';
const ENTRY = new Map<string, { source: string; line: string }>([
  ['Contactless', { source: 'K', line: 'Contactless' }],
  ['ICC', { source: 'C', line: 'Chip' }],
  ['MagStripe', { source: 'D', line: 'Magnetremsa' }],
  ['Keyed', { source: 'T', line: 'Manuellt' }],
  ['Mobile', { source: 'M', line: 'Mobil' }],
]);
const LABEL = { purchase: 'KÖP', refund: 'RETUR', reversal: 'KÖP' };
const TYPE = { purchase: '00', refund: '20', reversal: '00' };

/**
 * Both copies in the format of a Swedbank Pay terminal: base64 of compact UTF-8 JSON, in Swedish. As in the published
 * samples, a payment has the cashier's copy first, a reversal the customer's.
 */
export function receiptsFor(transaction: ReceiptTransaction): Nexo<'PaymentReceipt'>[] {
  const order: Copy[] =
    transaction.kind === 'reversal' ? ['CustomerReceipt', 'CashierReceipt'] : ['CashierReceipt', 'CustomerReceipt'];
  return order.map((copy) => ({
    DocumentQualifier: copy,
    OutputContent: {
      OutputFormat: 'Text',
      OutputText: [{ Text: Buffer.from(JSON.stringify(document(transaction, copy))).toString('base64') }],
    },
  }));
}

function document(transaction: ReceiptTransaction, copy: Copy): Record<string, unknown> {
  const content = { Mandatory: mandatory(transaction, copy), Optional: optional(transaction, copy) };
  return copy === 'CashierReceipt' ? { Merchant: content } : { Cardholder: content };
}

function mandatory(transaction: ReceiptTransaction, copy: Copy): Record<string, unknown> {
  const [date, time] = transaction.time.split(' ');
  return {
    Acquirer: { CardAcceptorNumber: transaction.merchantId, TerminalID: transaction.terminalId },
    CardAcceptor: cardAcceptor(transaction),
    ...(transaction.card ? { CardDetails: cardDetails(transaction.card, copy) } : {}),
    Outcome: {
      ...(transaction.approvalCode === undefined ? {} : { ApprovalCode: transaction.approvalCode }),
      AuthorisationResponder: '3',
      AuthorisationResponseCode: transaction.responseCode,
      DebitStatus: transaction.kind === 'reversal' ? '91' : transaction.responseCode,
    },
    Payment: {
      AuthorisationChannel: '1',
      CardholderVerificationMethod: verification(transaction),
      Currency: transaction.currency,
      FinancialInstitution: 'SWE',
      PaymentAmount: comma(transaction.amount),
      ReceiptNumber: transaction.poiTransactionId,
      SignatureBlock: transaction.signature,
      TotalAmount: comma(transaction.total),
      TransactionSource: entry(transaction).source,
      TransactionType: TYPE[transaction.kind],
    },
    TimeStamp: { DateOfPayment: date, TimeOfPayment: time },
  };
}

/** In the alphabetical order of the samples. */
function cardAcceptor({ operatorNumber }: ReceiptTransaction): Record<string, unknown> {
  const { Address1, BankAgentName, Name, ...address } = SHOP;
  return { Address1, BankAgentName, Name, ...(operatorNumber && { OperatorNumber: operatorNumber }), ...address };
}

/** CardIssuerNumber goes with OperatorNumber: the samples have neither, the demo app needs both. */
function optionalCardDetails({ operatorNumber }: ReceiptTransaction, card: TestCard): Record<string, unknown> {
  return {
    ...(operatorNumber && { CardIssuerNumber: ISSUER_NUMBER }),
    CardSchemeName: { ApplicationLabel: card.label },
  };
}

function cardDetails(card: TestCard, copy: Copy): Record<string, unknown> {
  return {
    // A keyed card has no EMV application.
    ...(card.applicationId === '' ? {} : { ApplicationIdentifier: card.applicationId }),
    CardSchemeName: { ApplicationLabel: card.label },
    PrimaryAccountNumber: panFor(card, copy),
    ...(card.applicationId === ''
      ? {}
      : { TerminalVerificationResult: '0000008001', TransactionStatusInformation: '0000' }),
  };
}

function optional(transaction: ReceiptTransaction, copy: Copy): Record<string, unknown> {
  return {
    CardAcceptor: { CountryName: '752', PhoneNumber: '+4684051000' },
    ...(transaction.card ? { CardDetails: optionalCardDetails(transaction, transaction.card) } : {}),
    Payment: { Reference: transaction.reference },
    ReceiptString: lines(transaction, copy),
  };
}

function lines(transaction: ReceiptTransaction, copy: Copy): string[] {
  const reversal = transaction.kind === 'reversal';
  return [
    SHOP.Name,
    SHOP.Address1,
    `${SHOP.PostZipCode} ${SHOP.TownCity}`,
    ...(reversal ? ['☎ +46 8 405 10 00', `Org nr: SE ${SHOP.OrganisationNumber}`] : []),
    transaction.time,
    '',
    ...(reversal ? [`MID/TID: ${transaction.merchantId}/${transaction.terminalId}`, ''] : []),
    ...(transaction.card
      ? cardLines(transaction, transaction.card, copy)
      : [(transaction.apm?.type ?? 'Mobil').toUpperCase(), '']),
    ...hostLines(transaction),
    '',
    ...amountLines(transaction),
    transaction.verdict,
    // A refund needs it: "the reference must be printed on the receipt".
    ...(transaction.apm ? ['', `Ref.nr: ${transaction.apm.reference}`] : []),
    ...(transaction.purchaseOrderNumber !== undefined && copy === 'CashierReceipt'
      ? ['', `Ordernr: ${transaction.purchaseOrderNumber}`]
      : []),
    '',
    '',
    '',
    ...(transaction.signature && copy === 'CashierReceipt' ? ['Signatur:', '', '____________________', ''] : []),
    copy === 'CashierReceipt' ? 'Försäljarens kvitto' : 'Kortinnehavarens kvitto',
  ];
}

function cardLines(transaction: ReceiptTransaction, card: TestCard, copy: Copy): string[] {
  return [card.label, entry(transaction).line, panFor(card, copy), ''];
}

function hostLines(transaction: ReceiptTransaction): string[] {
  return [
    `${entry(transaction).source}${verification(transaction)}1 3 ${transaction.responseCode} SWE`,
    ...(transaction.card?.applicationId
      ? [`AID: ${transaction.card.applicationId}`, 'TVR: 0000008001', 'TSI: 0000']
      : []),
    `RRN: ${transaction.poiTransactionId}`,
    ...(transaction.approvalCode === undefined ? [] : [`Auth code: ${transaction.approvalCode}`]),
    `ARC: ${transaction.responseCode}`,
  ];
}

function amountLines(transaction: ReceiptTransaction): string[] {
  const row = (label: string, amount: string) =>
    `${label}:${comma(amount).padStart(17 - label.length)} ${transaction.currency}`;
  return [
    row(LABEL[transaction.kind], transaction.amount),
    ...(transaction.cashBack === undefined ? [] : [row('VARAV UTTAG', transaction.cashBack)]),
    ...(transaction.tip === undefined ? [] : [row('DRICKS', transaction.tip), row('TOTALT', transaction.total)]),
  ];
}

/** The merchant's copy shows the first six and last four digits, the customer's the last four. */
function panFor(card: TestCard, copy: Copy): string {
  return copy === 'CashierReceipt' ? card.maskedPan : card.maskedPan.slice(-4).padStart(card.maskedPan.length, '*');
}

function entry(transaction: ReceiptTransaction): { source: string; line: string } {
  return ENTRY.get(transaction.entryMode) ?? { source: 'K', line: transaction.entryMode };
}

function verification(transaction: ReceiptTransaction): string {
  if (transaction.signature) return 'S';
  return transaction.entryMode === 'ICC' ? '@' : '/';
}

function comma(amount: string): string {
  return amount.replace('.', ',');
}
