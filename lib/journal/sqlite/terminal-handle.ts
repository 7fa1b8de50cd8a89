import type { TerminalLocation } from '../../protocol/terminal-location.ts';
import { type JournalRow, rowOfText, type TerminalJournal, textOfRow } from '../journal.ts';
import type { JournalLoss } from '../losses.ts';
import type { Columns, Operation } from './worker-operations.ts';

/** How a handle reaches the worker: with the next commit, or with `later` in the company of another operation. */
export interface OperationCaller {
  call(operation: Operation): Promise<unknown>;
  later(operation: Operation): Promise<unknown>;
  /** Now, in journal time. */
  time(): number;
}

/** A terminal's handle of a SqliteJournal. The worker compares its epoch in the commit of each write. */
export class SqliteTerminalJournal<R extends JournalRow> implements TerminalJournal<R> {
  readonly terminal: string;
  readonly epoch: number;
  readonly #worker: OperationCaller;

  constructor(terminal: string, epoch: number, worker: OperationCaller) {
    this.terminal = terminal;
    this.epoch = epoch;
    this.#worker = worker;
  }

  async begin(row: R): Promise<R | undefined> {
    return this.#row(['begin', this.epoch, ...this.#columns(row)]);
  }

  async put(row: R): Promise<void> {
    await this.#worker.call(['put', this.epoch, ...this.#columns(row)]);
  }

  async reserve(count: number): Promise<number> {
    return Number(await this.#worker.call(['reserve', this.epoch, this.terminal, count]));
  }

  async putLocation(location: TerminalLocation): Promise<void> {
    await this.#worker.call(['putLocation', this.epoch, this.terminal, JSON.stringify(location)]);
  }

  async report(loss: JournalLoss): Promise<void> {
    await this.#worker.call(['report', JSON.stringify(loss)]);
  }

  delivered(transactionId: string): Promise<void> {
    const marked = this.#worker.later(['delivered', this.epoch, this.terminal, transactionId]).then(() => {});
    marked.catch(() => {}); // callers may ignore it: at worst the outcome is delivered twice
    return marked;
  }

  async findByServiceId(serviceId: string): Promise<R | undefined> {
    return this.#row(['findByServiceId', this.terminal, serviceId]);
  }

  async last(): Promise<R | undefined> {
    return this.#row(['last', this.terminal]);
  }

  async #row(operation: Operation): Promise<R | undefined> {
    const text = await this.#worker.call(operation);
    return typeof text === 'string' ? rowOfText<R>(text) : undefined;
  }

  #columns(row: JournalRow): Columns {
    const json = textOfRow(row, this.terminal);
    return [
      row.transactionId,
      row.terminal,
      row.kind,
      row.state,
      row.outcome ?? null,
      row.serviceId,
      row.amount,
      row.currency,
      row.node,
      row.createdAt,
      row.updatedAt,
      json,
      row.answered ? 1 : 0,
      row.authorized ?? null,
      row.apmReference ?? null,
      this.#worker.time(),
      row.settledAt ?? row.createdAt,
    ];
  }
}
