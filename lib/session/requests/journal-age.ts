import type { Repeated } from '../effects.ts';
import { poiTransactionIn } from '../payment/response-matching.ts';
import type { Baseline } from '../record.ts';
import type { SessionContext } from '../session-context.ts';

/**
 * Compares the terminal's last transaction with what the journal knew at the start. One of this till that the journal may not
 * have shows a journal that is older than the terminal, from a backup for example: the runner looks it up (effect
 * `lastTransaction`), and ServiceIDs continue after it.
 *
 * @param last what the terminal repeats
 * @param known what was known of the terminal's last transaction before that
 * @param then called once there are ServiceIDs that the terminal has not seen
 */
export function checkJournalAge(
  context: SessionContext,
  last: Repeated | undefined,
  known: Baseline | undefined,
  then: () => void,
): void {
  const { ServiceID, SaleID, POIID } = last?.header ?? {};
  const { saleId, poiId } = context.config;
  if (last === undefined || ServiceID === undefined || SaleID !== saleId || POIID !== poiId) return then();
  const moves = last.response.PaymentResponse ?? last.response.ReversalResponse;
  if (moves !== undefined && !known?.serviceIds.includes(ServiceID)) {
    const poiTransaction = poiTransactionIn(last.response);
    context.push({ type: 'lastTransaction', serviceId: ServiceID, ...(poiTransaction && { poiTransaction }) });
  }
  context.continueAfter(ServiceID, then);
}
