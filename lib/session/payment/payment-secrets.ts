import type { Nexo } from '../../protocol/types.ts';

/**
 * The fields of a payment that only the terminal may see: kept in memory until the request has left, and never in the
 * journal, a `msg` or a log.
 */
export interface Confidential {
  /** A non-PCI card number that was keyed in, and its expiry date as YYMM. */
  instrument?: Nexo<'SensitiveCardData'>;
  /** SaleToAcquirerData: JSON, base64. */
  acquirerData?: string;
}
