import { NexoError } from '../errors.ts';
import { printable, wrap } from './text-cells.ts';

/** The encoder accepts printers' widths only, and breaks lines itself. The widest leaves lines of ours unbroken. */
const ENCODER_COLUMNS = 48;
/** Nearly every printer has both. Together they have all letters of Northern Europe. */
const CODE_PAGES = ['cp850', 'windows1252'] as const;
/** Lines from the print head to the cutter. */
const FEED_BEFORE_CUT = 4;
/** Characters that terminals print and no code page has, with their replacements. */
const STAND_INS: Readonly<Record<string, string>> = { '☎': 'Tel', '\u00a0': ' ' };

/** Loaded when it is first needed: other formats do not wait for it. */
const loadEncoder = () => import('@point-of-sale/receipt-printer-encoder');

/**
 * Receipt lines as ESC/POS commands, for a receipt printer on a socket, a serial port or USB: reset, the text, a cut.
 * Lines longer than `columns` are wrapped. A character that no code page has is printed as a question mark.
 *
 * @throws NexoError `escpos_unavailable` if the optional library is not installed
 */
export async function escposOf(
  lines: readonly string[],
  columns: number,
  load: typeof loadEncoder = loadEncoder,
): Promise<Buffer> {
  const { default: Encoder } = await load().catch(unavailable);
  const encoder = new Encoder({
    language: 'esc-pos',
    columns: ENCODER_COLUMNS,
    codepageMapping: 'epson',
    codepageCandidates: [...CODE_PAGES],
    feedBeforeCut: FEED_BEFORE_CUT,
    newline: '\n',
  });
  encoder.initialize().codepage('auto');
  for (const line of lines.flatMap((one) => wrap(printed(one), columns))) encoder.line(line);
  return Buffer.from(encoder.cut('partial').encode());
}

/** Removes control characters, which a printer would take for commands. */
function printed(line: string): string {
  return printable(line).replace(/[☎\u00a0]/g, (character) => STAND_INS[character] ?? character);
}

function unavailable(cause: unknown): never {
  throw new NexoError(
    'escpos_unavailable',
    'ESC/POS needs the package @point-of-sale/receipt-printer-encoder, which could not be loaded: install it in Node-RED’s user directory.',
    { cause },
  );
}
