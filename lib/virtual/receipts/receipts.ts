import type { Nexo } from '../../protocol/types.ts';
import type { TestCard } from '../customer/test-cards.ts';
import type { ApmPayment } from '../terminal/apm-refund.ts';

/** What a receipt is about. Amounts are decimals with a point, as on the wire. */
export interface ReceiptTransaction {
  kind: 'purchase' | 'refund' | 'reversal';
  /** `Godkänd`, `Medges ej`… */
  verdict: string;
  /** Absent when something else than a card was used. */
  card?: TestCard;
  /** What was used then. */
  apm?: ApmPayment;
  /** For the merchant's copy. */
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
 * Both copies as a Swedbank Pay terminal sends them: base64 of compact UTF-8 JSON, in Swedish. A payment answers with
 * the cashier's copy first, a reversal with the customer's, as the published samples do.
 */
export function receiptsFor(facts: ReceiptTransaction): Nexo<'PaymentReceipt'>[] {
  const order: Copy[] =
    facts.kind === 'reversal' ? ['CustomerReceipt', 'CashierReceipt'] : ['CashierReceipt', 'CustomerReceipt'];
  return order.map((copy) => ({
    DocumentQualifier: copy,
    OutputContent: {
      OutputFormat: 'Text',
      OutputText: [{ Text: Buffer.from(JSON.stringify(document(facts, copy))).toString('base64') }],
    },
  }));
}

function document(facts: ReceiptTransaction, copy: Copy): Record<string, unknown> {
  const content = { Mandatory: mandatory(facts, copy), Optional: optional(facts, copy) };
  return copy === 'CashierReceipt' ? { Merchant: content } : { Cardholder: content };
}

function mandatory(facts: ReceiptTransaction, copy: Copy): Record<string, unknown> {
  const [date, time] = facts.time.split(' ');
  return {
    Acquirer: { CardAcceptorNumber: facts.merchantId, TerminalID: facts.terminalId },
    CardAcceptor: SHOP,
    ...(facts.card ? { CardDetails: cardDetails(facts.card, copy) } : {}),
    Outcome: {
      ...(facts.approvalCode === undefined ? {} : { ApprovalCode: facts.approvalCode }),
      AuthorisationResponder: '3',
      AuthorisationResponseCode: facts.responseCode,
      DebitStatus: facts.kind === 'reversal' ? '91' : facts.responseCode,
    },
    Payment: {
      AuthorisationChannel: '1',
      CardholderVerificationMethod: verification(facts),
      Currency: facts.currency,
      FinancialInstitution: 'SWE',
      PaymentAmount: comma(facts.amount),
      ReceiptNumber: facts.poiTransactionId,
      SignatureBlock: facts.signature,
      TotalAmount: comma(facts.total),
      TransactionSource: entry(facts).source,
      TransactionType: TYPE[facts.kind],
    },
    TimeStamp: { DateOfPayment: date, TimeOfPayment: time },
  };
}

function cardDetails(card: TestCard, copy: Copy): Record<string, unknown> {
  return {
    // A card that was keyed in has no application.
    ...(card.applicationId === '' ? {} : { ApplicationIdentifier: card.applicationId }),
    CardSchemeName: { ApplicationLabel: card.label },
    PrimaryAccountNumber: panFor(card, copy),
    ...(card.applicationId === ''
      ? {}
      : { TerminalVerificationResult: '0000008001', TransactionStatusInformation: '0000' }),
  };
}

function optional(facts: ReceiptTransaction, copy: Copy): Record<string, unknown> {
  return {
    CardAcceptor: { CountryName: '752', PhoneNumber: '+4684051000' },
    ...(facts.card ? { CardDetails: { CardSchemeName: { ApplicationLabel: facts.card.label } } } : {}),
    Payment: { Reference: facts.reference },
    ReceiptString: lines(facts, copy),
  };
}

function lines(facts: ReceiptTransaction, copy: Copy): string[] {
  const reversal = facts.kind === 'reversal';
  return [
    SHOP.Name,
    SHOP.Address1,
    `${SHOP.PostZipCode} ${SHOP.TownCity}`,
    ...(reversal ? ['☎ +46 8 405 10 00', `Org nr: SE ${SHOP.OrganisationNumber}`] : []),
    facts.time,
    '',
    ...(reversal ? [`MID/TID: ${facts.merchantId}/${facts.terminalId}`, ''] : []),
    ...(facts.card ? cardLines(facts, facts.card, copy) : [(facts.apm?.type ?? 'Mobil').toUpperCase(), '']),
    ...hostLines(facts),
    '',
    ...amountLines(facts),
    facts.verdict,
    // A refund needs it, so that "the reference must be printed on the receipt".
    ...(facts.apm ? ['', `Ref.nr: ${facts.apm.reference}`] : []),
    ...(facts.purchaseOrderNumber !== undefined && copy === 'CashierReceipt'
      ? ['', `Ordernr: ${facts.purchaseOrderNumber}`]
      : []),
    '',
    '',
    '',
    ...(facts.signature && copy === 'CashierReceipt' ? ['Signatur:', '', '____________________', ''] : []),
    copy === 'CashierReceipt' ? 'Försäljarens kvitto' : 'Kortinnehavarens kvitto',
  ];
}

function cardLines(facts: ReceiptTransaction, card: TestCard, copy: Copy): string[] {
  return [card.label, entry(facts).line, panFor(card, copy), ''];
}

function hostLines(facts: ReceiptTransaction): string[] {
  return [
    `${entry(facts).source}${verification(facts)}1 3 ${facts.responseCode} SWE`,
    ...(facts.card?.applicationId ? [`AID: ${facts.card.applicationId}`, 'TVR: 0000008001', 'TSI: 0000'] : []),
    `RRN: ${facts.poiTransactionId}`,
    ...(facts.approvalCode === undefined ? [] : [`Auth code: ${facts.approvalCode}`]),
    `ARC: ${facts.responseCode}`,
  ];
}

function amountLines(facts: ReceiptTransaction): string[] {
  const row = (label: string, amount: string) =>
    `${label}:${comma(amount).padStart(17 - label.length)} ${facts.currency}`;
  return [
    row(LABEL[facts.kind], facts.amount),
    ...(facts.cashBack === undefined ? [] : [row('VARAV UTTAG', facts.cashBack)]),
    ...(facts.tip === undefined ? [] : [row('DRICKS', facts.tip), row('TOTALT', facts.total)]),
  ];
}

/** First six and last four for the shop, the last four alone for the customer. */
function panFor(card: TestCard, copy: Copy): string {
  return copy === 'CashierReceipt' ? card.maskedPan : card.maskedPan.slice(-4).padStart(card.maskedPan.length, '*');
}

function entry(facts: ReceiptTransaction): { source: string; line: string } {
  return ENTRY.get(facts.entryMode) ?? { source: 'K', line: facts.entryMode };
}

function verification(facts: ReceiptTransaction): string {
  if (facts.signature) return 'S';
  return facts.entryMode === 'ICC' ? '@' : '/';
}

function comma(amount: string): string {
  return amount.replace('.', ',');
}
