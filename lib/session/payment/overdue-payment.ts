import { retryDelay } from '../session-context.ts';
import type { FinancialRequestHost } from './financial-request.ts';

/**
 * Writes that the outcome is not known yet, until the journal takes it or the outcome is certain.
 * @param isCertain whether it is; or, of an owed reversal, whether it is on its way to the next try
 */
export function writeOverdue(
  payment: FinancialRequestHost,
  isCertain: () => boolean,
  written: () => void,
  tries = 0,
): void {
  const { record, context } = payment;
  if (record.reversal) record.reversal.reported = true;
  else record.state = 'unresolved';
  context.write('put', record, (stored) => {
    if (isCertain()) return;
    if (stored.ok) return written();
    const pause = retryDelay(context.config.timeouts.journal, tries);
    context.after(payment.timer('recover'), pause, () => writeOverdue(payment, isCertain, written, tries + 1));
  });
}
