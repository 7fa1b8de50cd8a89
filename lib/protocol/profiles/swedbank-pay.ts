import type { VendorProfile } from '../profile.ts';
import { decodeReceipts } from '../receipts/receipts.ts';
import type { Nexo } from '../types.ts';
import { announcedAddress } from './swedbank-address.ts';
import { swedbankReceipt } from './swedbank-receipt.ts';
import { swedbankWire } from './swedbank-wire.ts';

const NOTIFICATIONS = ['CashierStatus', 'CashierError', 'CashierDisplay', 'POIReplication', 'CustomerAssistance'];

/** The line of a receipt that names the reference of an alternative payment method, as in the published sample. */
const REFERENCE_LINE = /^\s*Ref\.?\s*nr\.?\s*:\s*(\S+)\s*$/i;

/** Swedbank Pay's PAX terminals (developer.swedbankpay.com, `pax-terminal`). */
export const swedbankPay: VendorProfile = {
  name: 'Swedbank Pay',
  http: { port: 11000, path: '/EPASSaleToPOI/3.1' },
  wire: swedbankWire,
  login: {
    environment: 'Attended',
    capabilities: {
      // With this one alone the terminal sends no requests of its own (client-only mode).
      none: ['PrinterReceipt'],
      notifications: [...NOTIFICATIONS, 'PrinterReceipt'],
      all: [...NOTIFICATIONS, 'CashierInput', 'PrinterReceipt'],
    },
    saleProfile: { GenericProfile: 'Extended', ServiceProfiles: ['Loyalty', 'PIN', 'CardReader'] },
  },
  tokenType: 'Customer',
  abortReason: 'Abort by Sale System',
  continueText: 'continue_processing',
  receipts: swedbankReceipt,
  apmReference,
  announcedAddress,
};

/**
 * Swedbank Pay's pages name the reference, show it on the receipt, and leave open where it stands in the message: it is
 * read from nexo's own place for it, else from the receipt.
 */
function apmReference(payment: Nexo<'PaymentResponse'>): string | undefined {
  const own = payment.PaymentResult?.PaymentAcquirerData?.AcquirerTransactionID?.TransactionID;
  if (own !== undefined) return own;
  const lines = decodeReceipts(payment.PaymentReceipt, swedbankReceipt).customer?.lines ?? [];
  return lines.map((line) => REFERENCE_LINE.exec(line)?.[1]).find((reference) => reference !== undefined);
}
