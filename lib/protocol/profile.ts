import type { ReceiptForm } from './receipts/receipt-form.ts';
import type { Nexo, SaleToPOIRequest } from './types.ts';

/**
 * Which requests of its own a terminal sends to the POS. `none`: it only answers. `notifications`: what it shows and
 * reports, but no questions. `all`: its questions too.
 */
export type InboundMode = 'none' | 'notifications' | 'all';

/** Deviations from the schema that a decoder accepts. An encoder never writes them. */
export interface WireTolerance {
  /** Names that are spelled otherwise: `[as seen, in the schema]`. */
  readonly spellings: readonly (readonly [seen: string, schema: string])[];
  /**
   * Required fields that a terminal may leave out, by nexo type: `true` for all of a type that only informs (a payment is
   * no less paid without them), or the fields' names.
   */
  readonly optional: Readonly<Record<string, true | readonly string[]>>;
}

/**
 * The values and rules of one vendor's terminals: what the standard leaves open, as the vendor documents it. Pure data and
 * pure functions. The session, the codec and the receipts take every such value from here.
 */
export interface VendorProfile {
  /** For people and logs: `Swedbank Pay`. */
  readonly name: string;
  /** Where terminals, and POS endpoints, listen by default. */
  readonly http: { readonly port: number; readonly path: string };
  readonly wire: WireTolerance;
  readonly login: {
    readonly environment: string;
    /** SaleCapabilities of a login: they tell the terminal which of its requests the POS takes. */
    readonly capabilities: Readonly<Record<InboundMode, readonly string[]>>;
    readonly saleProfile: { readonly GenericProfile: string; readonly ServiceProfiles: readonly string[] };
  };
  /** TokenRequestedType of payments and card acquisitions. */
  readonly tokenType: string;
  readonly abortReason: string;
  /** The text to display by which a terminal that has read a card goes on with the PIN dialog. */
  readonly continueText: string;
  readonly receipts: ReceiptForm;
  /**
   * The reference of a payment with an alternative method (Swish and the like), which its refund has to name; undefined
   * where the response has none. It is never made up.
   */
  apmReference(payment: Nexo<'PaymentResponse'>): string | undefined;
  /**
   * The address that a terminal announces as its own.
   *
   * @param request as it came in: a redacted one holds no address any more
   * @returns `host:port`, the host as an IPv4 address; `unreadable` for an announcement without a usable one; undefined
   *   for any other message
   */
  announcedAddress(request: SaleToPOIRequest): string | undefined;
}
