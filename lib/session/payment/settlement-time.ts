/** A time with its offset from UTC: one without is local to the terminal, whose time zone is not known. */
const WITH_OFFSET = /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/;

/** A payment's response, as far as it carries the terminal's time of the transaction. */
interface TimedResponse {
  PaymentResponse?: { POIData?: { POITransactionID?: { TimeStamp?: string } } };
}

/**
 * When the outcome of a payment was certain, in ms since 1970: when the terminal says so, if that is possible at all, else
 * now. A payment that is resolved on the next day counts on the day on which its money moved.
 *
 * @param createdAt when the payment was created; `now`: both by this machine's clock
 */
export function settlementTime(response: TimedResponse | undefined, createdAt: number, now: number): number {
  const text = response?.PaymentResponse?.POIData?.POITransactionID?.TimeStamp ?? '';
  const ms = WITH_OFFSET.test(text) ? Date.parse(text) : Number.NaN;
  return ms >= createdAt && ms <= now ? ms : now;
}
