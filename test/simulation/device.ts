import type { Clock } from '../../lib/clock.ts';
import type { Message } from '../../lib/protocol/types.ts';
import type { Respond } from '../../lib/virtual/terminal/responses.ts';
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
  #rebootAfter: number | undefined;

  constructor({ poiId, clock, timing, finished, charged }: DeviceOptions) {
    this.#charged = charged;
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
    this.#terminal.receive(message, respond);
    const charged = readFor !== undefined && this.#terminal.cardReadFor === undefined ? paidIn(message) : undefined;
    if (readFor !== undefined && charged !== undefined) this.#charged(readFor, charged);
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

function movesMoney(message: Message): boolean {
  if (!('SaleToPOIRequest' in message)) return false;
  const { PaymentRequest, ReversalRequest } = message.SaleToPOIRequest;
  return PaymentRequest !== undefined || ReversalRequest !== undefined;
}
