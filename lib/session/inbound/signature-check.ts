import { asksForSignature } from '../../protocol/receipts/receipts.ts';
import type { Nexo, SaleToPOIRequest } from '../../protocol/types.ts';
import type { TransactionRecord } from '../record.ts';
import type { SessionContext } from '../session-context.ts';
import type { TerminalRequests } from './terminal-requests.ts';

const TIMER = 'signature';
/** The question, in the terminals' own words. */
const QUESTIONS: Record<string, string> & { en: string } = {
  sv: 'Är underskriften OK?',
  no: 'Er underskriften OK?',
  da: 'Er underskriften OK?',
  fi: 'Onko allekirjoitus oikein?',
  en: 'Is the signature OK?',
};

/**
 * The signature of a payment in client-only mode: the listener gets the same two requests that a terminal sends in the
 * other mode: print the merchant's receipt, then confirm the signature.
 */
export class SignatureCheck {
  readonly #context: SessionContext;
  readonly #inbound: TerminalRequests;
  #pending: (() => void) | undefined;

  constructor(context: SessionContext, inbound: TerminalRequests) {
    this.#context = context;
    this.#inbound = inbound;
  }

  /** Whether an approval is held until its signature is checked: one that says, in client-only mode, that it is signed. */
  isDue(record: TransactionRecord): boolean {
    const asks = this.asks && this.#inbound.listening;
    const { receipts } = this.#context.config.profile;
    return asks && asksForSignature(record.response?.PaymentResponse?.PaymentReceipt, receipts);
  }

  /** Whether signatures are asked for at all: an approval that was held for one, before the settings changed, has its answer. */
  get asks(): boolean {
    return this.#context.config.signature === 'listener';
  }

  /**
   * Asks a listener, as soon as there is one (after a restart flows come later). No listener, or no answer in time, counts
   * as refused.
   * @param decided called with whether the signature is accepted
   */
  ask(record: TransactionRecord, decided: (accepted: boolean) => void): void {
    const start = () => {
      this.#pending = undefined;
      this.#context.clear(TIMER);
      this.#inbound.notify(this.#printRequest(record));
      this.#inbound.ask(this.#confirmRequest(record), (value) => decided(value === true));
    };
    if (this.#inbound.listening) return start();
    this.#pending = start;
    this.#context.after(TIMER, this.#context.config.timeouts.reply, () => {
      this.#pending = undefined;
      decided(false);
    });
  }

  /** A listener is there from now on. */
  listenerAdded(): void {
    this.#pending?.();
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
