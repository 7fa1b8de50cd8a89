import type { Clock } from '../clock.ts';
import type { Journal, TerminalJournal } from '../journal/journal.ts';
import { describeLoss, type JournalLoss } from '../journal/losses.ts';
import type { Effect } from '../session/effects.ts';
import type { TransactionRecord } from '../session/record.ts';

/** How many of a terminal's latest transactions are searched for a reversal. */
const SEARCHED = 50;

/**
 * Looks the terminal's last transaction up in the journal. One that is not there was made by this till and is missing: the
 * journal is from a backup, or another one. It is listed until a person acknowledges it. Never rejects.
 */
export async function checkJournalAge(
  { serviceId, poiTransaction }: Extract<Effect, { type: 'lastTransaction' }>,
  { journal, handle }: { journal: Journal<TransactionRecord>; handle: TerminalJournal<TransactionRecord> },
  { clock, onWarning }: { clock: Clock; onWarning?: (message: string) => void },
): Promise<void> {
  const { terminal } = handle;
  try {
    if (await handle.findByServiceId(serviceId)) return;
    const latest = await journal.query({ terminal, limit: SEARCHED });
    if (latest.some(({ reversal }) => reversal?.serviceId === serviceId)) return;
    const name = poiTransaction === undefined ? '' : `, number ${poiTransaction.split(' ')[0]},`;
    const detail = `its last transaction${name} is not in the journal (ServiceID ${serviceId})`;
    const loss: JournalLoss = { kind: 'behind', at: clock.now(), terminals: [terminal], detail };
    await handle.report(loss);
    onWarning?.(
      `${describeLoss('', loss)} Compare the terminal's receipts with your orders before a payment is repeated; a transactions node lists this until it is acknowledged.`,
    );
  } catch {
    // A journal that cannot be read or written reports that with each payment.
  }
}
