import { asksForSignature } from '../../protocol/receipts/receipts.ts';
import type { Nexo, SaleToPOIRequest } from '../../protocol/types.ts';
import type { TransactionRecord } from '../record.ts';
import type { SessionContext } from '../session-context.ts';
import type { TerminalRequests } from './terminal-requests.ts';

const TIMER = 'signature';
/** As terminals put it. */
const QUESTIONS: Record<string, string> & { en: string } = {
  sv: 'Är underskriften OK?',
  no: 'Er underskriften OK?',
  da: 'Er underskriften OK?',
  fi: 'Onko allekirjoitus oikein?',
  en: 'Is the signature OK?',
};

/**
 * The signature of a payment in client-only mode: the same two requests that a terminal sends where it can, print the
 * merchant's receipt, then confirm the signature. A flow cannot tell the difference.
 */
export class SignatureCheck {
  readonly #context: SessionContext;
  readonly #inbound: TerminalRequests;
  #waiting: (() => void) | undefined;

  constructor(context: SessionContext, inbound: TerminalRequests) {
    this.#context = context;
    this.#inbound = inbound;
  }

  /**
   * Asks as soon as somebody listens (after a restart flows come later); nobody in time is a no, as no answer is.
   * `decided`: whether it was accepted.
   */
  ask(record: TransactionRecord, decided: (accepted: boolean) => void): void {
    const start = () => {
      this.#waiting = undefined;
      this.#context.clear(TIMER);
      this.#inbound.tell(this.#printRequest(record));
      this.#inbound.ask(this.#confirmRequest(record), (value) => decided(value === true));
    };
    if (this.#inbound.listening) return start();
    this.#waiting = start;
    this.#context.after(TIMER, this.#context.config.timeouts.reply, () => {
      this.#waiting = undefined;
      decided(false);
    });
  }

  /** Somebody listens from now on. */
  listening(): void {
    this.#waiting?.();
  }

  #printRequest(record: TransactionRecord): SaleToPOIRequest {
    const receipts = record.response?.PaymentResponse?.PaymentReceipt ?? [];
    const merchant = receipts.find((receipt) => receipt.DocumentQualifier === 'CashierReceipt') ?? receipts[0];
    return {
      MessageHeader: this.#header(record, 'Print'),
      PrintRequest: {
        PrintOutput: {
          DocumentQualifier: 'CashierReceipt',
          ResponseMode: 'NotRequired',
          RequiredSignatureFlag: true,
          OutputContent: merchant?.OutputContent ?? { OutputFormat: 'Text', OutputText: [] },
        },
      },
    };
  }

  #confirmRequest(record: TransactionRecord): SaleToPOIRequest {
    const { timeouts } = this.#context.config;
    return {
      MessageHeader: this.#header(record, 'Input'),
      InputRequest: {
        DisplayOutput: {
          Device: 'CashierDisplay',
          InfoQualify: 'Display',
          OutputContent: {
            OutputFormat: 'Text',
            OutputText: [{ Text: QUESTIONS[this.#context.config.language] ?? QUESTIONS.en }],
          },
        },
        InputData: {
          Device: 'CashierInput',
          InfoQualify: 'Input',
          InputCommand: 'GetConfirmation',
          MaxInputTime: Math.ceil((timeouts.reply + timeouts.replyMargin) / 1000),
        },
      },
    };
  }

  #header(record: TransactionRecord, category: 'Print' | 'Input'): Nexo<'MessageHeader'> {
    const { saleId, poiId } = this.#context.config;
    return {
      MessageClass: 'Device',
      MessageCategory: category,
      MessageType: 'Request',
      ServiceID: record.serviceId,
      DeviceID: record.serviceId,
      SaleID: saleId,
      POIID: poiId,
    };
  }
}

/** Whether the customer has to sign, and somebody has to check it: an approval in client-only mode says so by itself. */
export function signatureDue(record: TransactionRecord): boolean {
  return asksForSignature(record.response?.PaymentResponse?.PaymentReceipt);
}
