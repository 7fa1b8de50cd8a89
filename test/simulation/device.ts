import type { Clock } from '../../lib/clock.ts';
import type { Message, SaleToPOIRequest } from '../../lib/protocol/types.ts';
import type { Respond, TerminalAnswer } from '../../lib/virtual/terminal/responses.ts';
import type { ScenarioName } from '../../lib/virtual/terminal/scenarios.ts';
import { VirtualTerminal, type VirtualTerminalOptions } from '../../lib/virtual/terminal/terminal.ts';
import type { StoredTransaction } from '../../lib/virtual/terminal/transaction-records.ts';
import type { Timing } from './plan.ts';

export interface DeviceOptions {
  poiId: string;
  clock: Clock;
  timing: Timing;
  /** Something ended on the terminal, before anybody is told: its own ledger, line by line. */
  finished(record: StoredTransaction): void;
  /** A request that moves money was taken up. */
  begun(request: SaleToPOIRequest): void;
  /** A card that was read before the amount is charged: for which transactions it was read, and is charged. */
  charged(readFor: string, chargedFor: string): void;
}

/** The terminal of one till: the real rules of the virtual terminal, and what can befall the device itself. */
export class Device {
  /** What it remembers. */
  records: StoredTransaction[] = [];
  /** How often its records were lost. */
  wipes = 0;
  /** Held by the virtual terminal too, which reads its timings when it needs them. */
  readonly #settings: VirtualTerminalOptions;
  #terminal: VirtualTerminal;
  readonly #charged: DeviceOptions['charged'];
  readonly #begun: DeviceOptions['begun'];
  #probes = 0;
  #rebootAfter: number | undefined;

  constructor({ poiId, clock, timing, finished, begun, charged }: DeviceOptions) {
    this.#charged = charged;
    this.#begun = begun;
    this.#settings = {
      poiId,
      clock,
      maxTransactions: Number.POSITIVE_INFINITY,
      keep: (record) => {
        this.records.push(record);
        finished(record);
      },
      ...timing,
    };
    this.#terminal = new VirtualTerminal(this.#settings);
  }

  receive(message: Message, respond: Respond): void {
    const during = this.#rebootAfter;
    if (during !== undefined && movesMoney(message)) {
      this.#rebootAfter = undefined;
      this.#settings.clock.after(during, () => this.reboot());
    }
    const readFor = this.#terminal.cardReadFor;
    this.#take(message, respond);
    const charged = readFor !== undefined && this.#terminal.cardReadFor === undefined ? paidIn(message) : undefined;
    if (readFor !== undefined && charged !== undefined) this.#charged(readFor, charged);
  }

  #take(message: Message, respond: Respond): void {
    if (!movesMoney(message)) return this.#terminal.receive(message, respond);
    let atOnce: TerminalAnswer | undefined;
    let returned = false;
    this.#terminal.receive(message, (answer) => {
      if (!returned) atOnce = answer;
      respond(answer);
    });
    returned = true;
    const { SaleToPOIRequest: request } = message;
    if (atOnce === undefined || (atOnce.type === 'drop' && this.#runs(request))) this.#begun(request);
  }

  /** Whether that very request is what the terminal works on. */
  #runs({ MessageHeader: header }: SaleToPOIRequest): boolean {
    const MessageHeader = { ...header, MessageCategory: 'TransactionStatus', ServiceID: `P${++this.#probes}` } as const;
    const MessageReference = { MessageCategory: header.MessageCategory, ServiceID: header.ServiceID ?? '' };
    let running = false;
    this.#terminal.receive(
      { SaleToPOIRequest: { MessageHeader, TransactionStatusRequest: { MessageReference } } },
      (answer) => {
        if (answer.type !== 'message' || !('SaleToPOIResponse' in answer.message)) return;
        const status = answer.message.SaleToPOIResponse.TransactionStatusResponse;
        running = status?.Response.ErrorCondition === 'Busy';
      },
    );
    return running;
  }

  /** From the next request on. */
  retime(timing: Timing): void {
    Object.assign(this.#settings, timing);
  }

  script(names: readonly ScenarioName[]): void {
    this.#terminal.script(names);
  }

  reboot(): void {
    this.#terminal.reboot();
  }

  /** Restarts that long after the next payment request. */
  rebootDuring(ms: number): void {
    this.#rebootAfter = ms;
  }

  wipe(): void {
    this.#terminal.close();
    this.records = [];
    this.wipes++;
    this.#terminal = new VirtualTerminal(this.#settings);
  }
}

function paidIn(message: Message): string | undefined {
  if (!('SaleToPOIRequest' in message)) return undefined;
  return message.SaleToPOIRequest.PaymentRequest?.SaleData.SaleTransactionID.TransactionID;
}

function movesMoney(message: Message): message is Extract<Message, { SaleToPOIRequest: unknown }> {
  if (!('SaleToPOIRequest' in message)) return false;
  const { PaymentRequest, ReversalRequest } = message.SaleToPOIRequest;
  return PaymentRequest !== undefined || ReversalRequest !== undefined;
}
