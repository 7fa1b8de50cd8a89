import { swedbankReceipt } from '../../protocol/profiles/swedbank-receipt.ts';
import type { ReceiptForm } from '../../protocol/receipts/receipt-form.ts';
import { decodeReceipt, type Receipt } from '../../protocol/receipts/receipts.ts';
import type { Nexo, SaleToPOIRequest } from '../../protocol/types.ts';

/** What a listener gets as `msg.payload`: what the terminal shows, reports, prints or asks. */
export type NotificationPayload =
  | ({ kind: 'display'; device: string; qualifier: string; number: number | null } & Lines)
  | ({ kind: 'event'; event: string; maintenanceRequired: boolean; details: string } & Lines)
  | ({ kind: 'print'; qualifier: string; receipt: Receipt | null } & Lines)
  | ({ kind: 'input'; command: string; minLength: number | null; maxLength: number | null } & Lines);

interface Lines {
  lines: string[];
  text: string;
}

export type NotificationKind = NotificationPayload['kind'];

/** How a display text begins as terminals number them: `12,"Insert card"`. */
const NUMBERED = /^(\d+)\s*,\s*"?/;

/** The payload for a request of the terminal's; undefined for one that is not meant for people or flows. */
export function notificationOf(
  request: SaleToPOIRequest,
  form: ReceiptForm = swedbankReceipt,
): NotificationPayload | undefined {
  const { DisplayRequest, EventNotification, PrintRequest, InputRequest } = request;
  if (DisplayRequest) return displayOf(DisplayRequest);
  if (EventNotification) return eventOf(EventNotification);
  if (PrintRequest) return printOf(PrintRequest.PrintOutput, form);
  if (InputRequest) return inputOf(InputRequest);
  return undefined;
}

function displayOf({ DisplayOutput }: Nexo<'DisplayRequest'>): NotificationPayload {
  const [first] = DisplayOutput;
  const numbered = DisplayOutput.flatMap((output) => textsOf(output.OutputContent)).map(numberedText);
  return {
    kind: 'display',
    device: first?.Device ?? '',
    qualifier: first?.InfoQualify ?? '',
    number: numbered[0]?.number ?? null,
    ...joined(numbered.map(({ text }) => text)),
  };
}

function eventOf(event: Nexo<'EventNotification'>): NotificationPayload {
  const details = event.EventDetails ?? '';
  const shown = event.DisplayOutput ? textsOf(event.DisplayOutput.OutputContent) : [details];
  return {
    kind: 'event',
    event: event.EventToNotify,
    maintenanceRequired: event.MaintenanceRequiredFlag === true,
    details,
    ...joined(shown),
  };
}

function printOf({ DocumentQualifier, OutputContent }: Nexo<'PrintOutput'>, form: ReceiptForm): NotificationPayload {
  const receipt = decodeReceipt(textsOf(OutputContent), form);
  const isReceipt = receipt.data !== undefined;
  return { kind: 'print', qualifier: DocumentQualifier, receipt: isReceipt ? receipt : null, ...joined(receipt.lines) };
}

function inputOf({ DisplayOutput, InputData }: Nexo<'InputRequest'>): NotificationPayload {
  const asked = DisplayOutput ? textsOf(DisplayOutput.OutputContent).map((text) => numberedText(text).text) : [];
  return {
    kind: 'input',
    command: InputData.InputCommand,
    minLength: InputData.MinLength ?? null,
    maxLength: InputData.MaxLength ?? null,
    ...joined(asked),
  };
}

function textsOf(content: Nexo<'OutputContent'>): string[] {
  return (content.OutputText ?? []).map(({ Text }) => Text ?? '');
}

function numberedText(text: string): { number?: number; text: string } {
  const [start, number] = NUMBERED.exec(text) ?? [];
  if (start === undefined || number === undefined) return { text };
  const rest = text.slice(start.length).trimEnd().replace(/"$/, '');
  // One text may come in several parts: `12,"Insert","card"`.
  return { number: Number(number), text: rest.replaceAll(/"\s*,\s*"/g, ' ') };
}

function joined(lines: string[]): Lines {
  return { lines, text: lines.join('\n') };
}
