import type { Clock } from '../../lib/clock.ts';
import type { Message, SaleToPOIRequest } from '../../lib/protocol/types.ts';
import type { Respond, TerminalAnswer } from '../../lib/virtual/terminal/responses.ts';
import type { ScenarioName } from '../../lib/virtual/terminal/scenarios.ts';
import { VirtualTerminal, type VirtualTerminalOptions } from '../../lib/virtual/terminal/terminal.ts';
import type { StoredTransaction } from '../../lib/virtual/terminal/transaction-records.ts';
import type { Timing } from './plan.ts';
import type { Vendor } from './vendor.ts';

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

/** A terminal as it comes out of its box, with all that it remembers. */
interface Unit {
  /** Of its memory: another one once that was lost. */
  memory: number;
  records: StoredTransaction[];
  /** When each of them ended. */
  times: number[];
  /** The request that moves money, and was taken up last. */
  begun: SaleToPOIRequest | undefined;
  terminal: VirtualTerminal;
  /** Held by the virtual terminal too, which reads its timings when it needs them. */
  settings: VirtualTerminalOptions;
}

/** What stands at one till: the real rules of the virtual terminal, and what can befall the device itself. */
export class Device {
  readonly #options: DeviceOptions;
  #timing: Timing;
  #unit: Unit;
  #serial = 0;
  #memories = 0;
  #probes = 0;
  /** What happens after the next request that moves money. */
  #during: { ms: number; fate: () => void } | undefined;

  constructor(options: DeviceOptions) {
    this.#options = options;
    this.#timing = options.timing;
    this.#unit = this.#newUnit();
  }

  /** What the terminal that stands there remembers. */
  get records(): readonly StoredTransaction[] {
    return this.#unit.records;
  }

  /** The same, with the time of its end, in ms of the device's clock. */
  get ended(): readonly (StoredTransaction & { at: number })[] {
    const { records, times } = this.#unit;
    return records.map((record, index) => ({ ...record, at: times[index] ?? 0 }));
  }

  /** Whether a request that moves money is being worked on. */
  get running(): boolean {
    const { begun } = this.#unit;
    return begun !== undefined && this.#runs(begun);
  }

  /** Which memory that is: another one once the terminal was wiped or replaced, the same one once it is back. */
  get memory(): number {
    return this.#unit.memory;
  }

  /** Its serial number: what a login tells. */
  get serial(): string | undefined {
    return this.#unit.settings.serial;
  }

  /** Its last transaction with that SaleID, as its status shows it. @param vendor what it does otherwise */
  last(saleId: string, vendor: Vendor = {}): StoredTransaction | undefined {
    return this.records.findLast(({ header }) => {
      const shown = !(vendor.forgetsReversals && header.MessageCategory === 'Reversal');
      return shown && header.SaleID === saleId;
    });
  }

  /** Whether it was always the same one. */
  get unchanged(): boolean {
    return this.#memories === 1;
  }

  receive(message: Message, respond: Respond): void {
    const during = this.#during;
    if (during !== undefined && movesMoney(message)) {
      this.#during = undefined;
      this.#options.clock.after(during.ms, during.fate);
    }
    const unit = this.#unit;
    const { terminal } = unit;
    const readFor = terminal.cardReadFor;
    // A device off the network sends no answer.
    this.#take(message, (answer) => respond(this.#unit === unit ? answer : { type: 'drop' }));
    const charged = readFor !== undefined && terminal.cardReadFor === undefined ? paidIn(message) : undefined;
    if (readFor !== undefined && charged !== undefined) this.#options.charged(readFor, charged);
  }

  #take(message: Message, respond: Respond): void {
    const { terminal } = this.#unit;
    if (!movesMoney(message)) return terminal.receive(message, respond);
    let atOnce: TerminalAnswer | undefined;
    let returned = false;
    terminal.receive(message, (answer) => {
      if (!returned) atOnce = answer;
      respond(answer);
    });
    returned = true;
    const { SaleToPOIRequest: request } = message;
    if (atOnce === undefined || (atOnce.type === 'drop' && this.#runs(request))) {
      this.#unit.begun = request;
      this.#options.begun(request);
    }
  }

  /** Whether that very request is what the terminal works on. */
  #runs({ MessageHeader: header }: SaleToPOIRequest): boolean {
    const MessageHeader = { ...header, MessageCategory: 'TransactionStatus', ServiceID: `P${++this.#probes}` } as const;
    const MessageReference = { MessageCategory: header.MessageCategory, ServiceID: header.ServiceID ?? '' };
    let running = false;
    this.#unit.terminal.receive(
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
    this.#timing = timing;
    Object.assign(this.#unit.settings, timing);
  }

  script(names: readonly ScenarioName[]): void {
    this.#unit.terminal.script(names);
  }

  reboot(): void {
    this.#unit.terminal.reboot();
  }

  /** Lets something happen that long after the next payment request. */
  during(ms: number, fate: () => void): void {
    this.#during = { ms, fate };
  }

  /**
   * Reset: the same terminal, and its records are gone.
   * @param latest only since that many successes: more than one, or no POS can notice; as usual: all
   */
  wipe(latest = Number.POSITIVE_INFINITY): void {
    const unit = this.#unit;
    unit.terminal.close();
    let successes = 0;
    const kept = 1 + unit.records.findLastIndex(({ moved }) => moved !== undefined && ++successes > latest);
    const records = unit.records.slice(0, kept);
    Object.assign(unit, { records, times: unit.times.slice(0, kept), begun: undefined });
    unit.memory = ++this.#memories;
    unit.terminal = new VirtualTerminal({ ...unit.settings, records });
  }

  /**
   * Another terminal takes its place, under the same POIID.
   *
   * @param unplugged off the network, but on: it ends what it has begun. Else it is switched off
   * @returns puts the first one back
   */
  replace(unplugged: boolean): () => void {
    const before = this.#unit;
    if (!unplugged) before.terminal.close();
    this.#unit = this.#newUnit();
    return () => {
      this.#unit.terminal.close();
      before.terminal.reboot();
      Object.assign(before.settings, this.#timing);
      this.#unit = before;
    };
  }

  #newUnit(): Unit {
    const { poiId, clock, finished } = this.#options;
    const settings: VirtualTerminalOptions = {
      poiId,
      clock,
      serial: `SN${poiId}-${++this.#serial}`,
      maxTransactions: Number.POSITIVE_INFINITY,
      keep: (record) => {
        unit.begun = undefined;
        unit.records.push(record);
        unit.times.push(clock.now());
        finished(record);
      },
      ...this.#timing,
    };
    const fresh = { memory: ++this.#memories, records: [], times: [], begun: undefined };
    const unit: Unit = { ...fresh, settings, terminal: new VirtualTerminal(settings) };
    return unit;
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
