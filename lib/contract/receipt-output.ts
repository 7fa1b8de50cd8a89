import { escposOf } from '../protocol/receipts/receipt-escpos.ts';
import type { ReceiptForm } from '../protocol/receipts/receipt-form.ts';
import { formatReceipt } from '../protocol/receipts/receipt-format.ts';
import { htmlOf } from '../protocol/receipts/receipt-html.ts';
import type { ChosenReceipt } from './receipt-input.ts';
import type { ReceiptSettings } from './receipt-settings.ts';

/** Lines of text, HTML, or bytes for a receipt printer. */
export type RenderedReceipt = { text: string; lines: string[] } | string | Buffer;

/**
 * A receipt in the wanted form: `{ text, lines }` for `text` and `formatted`, a string for `html`, a Buffer for `escpos`.
 *
 * @param form the vendor's, as the receipt was decoded
 * @throws NexoError `no_receipt_data`, `escpos_unavailable`
 */
export async function renderReceipt(
  { receipt, facts }: ChosenReceipt,
  settings: ReceiptSettings,
  form: ReceiptForm,
): Promise<RenderedReceipt> {
  const { columns, header, duplicate, language, format } = settings;
  if (format === 'text') return { text: receipt.text, lines: receipt.lines };
  const set = language !== 'terminal';
  const options = { columns, header, duplicate, ...facts };
  const lines = set ? formatReceipt(receipt.data, { ...options, language }, form) : receipt.lines;
  if (format === 'html') return htmlOf(lines, set ? language : undefined);
  if (format === 'escpos') return escposOf(lines, columns);
  return { text: lines.join('\n'), lines };
}
