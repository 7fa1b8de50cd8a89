/** A till in this process: a real Terminal, a journal file, and a virtual terminal that outlives the till's restarts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Clock } from '../../lib/clock.ts';
import { openJournal, type SqliteOptions } from '../../lib/journal/sqlite/sqlite-journal.ts';
import type { TransactionRecord } from '../../lib/session/record.ts';
import { Terminal } from '../../lib/terminal/terminal.ts';
import type { TerminalOptions } from '../../lib/terminal/terminal-config.ts';
import { VirtualTransport } from '../../lib/transport/virtual.ts';
import { VirtualTerminals } from '../../lib/virtual/virtual-terminals.ts';

const SOFTWARE = { ProviderIdentification: 'x', ApplicationName: 'x', SoftwareVersion: '1' };
const DEFAULTS = { currency: 'SEK', paymentType: 'Normal' } as const;
let tills = 0;

export interface TillOptions {
  journal?: Partial<SqliteOptions>;
  terminal?: Partial<TerminalOptions>;
  clock?: Clock;
}

export class Till {
  readonly folder: string;
  readonly file: string;
  readonly poiId: string;
  /** Lines of the virtual terminal, such as `T1 Payment … → Success`. */
  readonly lines: string[] = [];
  readonly errors: string[] = [];
  readonly warnings: string[] = [];
  /** Outcomes that no caller waited for. */
  readonly told: string[] = [];
  readonly #devices: VirtualTerminals;
  #terminal: Terminal | undefined;

  constructor(t: TestContext, devices?: VirtualTerminals) {
    this.folder = mkdtempSync(join(tmpdir(), 'till-'));
    this.file = join(this.folder, 'journal.sqlite');
    this.poiId = `TILL${++tills}`;
    this.#devices = devices ?? new VirtualTerminals({ delay: 0, log: (line) => this.lines.push(line) });
    t.after(async () => {
      await this.stop();
      this.#devices.close();
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  get terminal(): Terminal {
    if (this.#terminal === undefined) throw new Error('the till is not started');
    return this.#terminal;
  }

  /** The payments and reversals that reached the terminal. */
  get requests(): string[] {
    return this.lines.flatMap((line) => /\b(Payment|Reversal) /.exec(line)?.[1] ?? []);
  }

  start(options: TillOptions = {}): this {
    const terminal = new Terminal({
      config: {
        saleId: '1',
        poiId: this.poiId,
        terminal: `1/${this.poiId}`,
        language: 'sv',
        software: SOFTWARE,
        autoLogin: true,
        whenBusy: 'wait',
        approvedAfterAbort: 'keep',
        signature: 'report',
      },
      transport: new VirtualTransport(this.#devices),
      journal: () => openJournal<TransactionRecord>({ file: this.file, retentionDays: 0, ...options.journal }),
      onError: (error) => this.errors.push('code' in error ? String(error.code) : error.message),
      ...options.terminal,
    });
    terminal.subscribe('node', {
      outcome: ({ transactionId, outcome }) => this.told.push(`${transactionId} ${outcome}`),
      failed: ({ code }) => this.told.push(code),
    });
    this.#terminal = terminal;
    return this;
  }

  async stop(): Promise<void> {
    await this.#terminal?.close();
    this.#terminal = undefined;
  }

  async restart(options: TillOptions = {}): Promise<this> {
    await this.stop();
    return this.start(options);
  }

  /** What a flow gets for a payment: its final record, or the code of an error. */
  pay(amount: string, transactionId?: string): Promise<TransactionRecord | string> {
    const payload = { amount, ...(transactionId !== undefined && { transactionId }) };
    return new Promise((resolve) => {
      this.terminal.pay(payload, DEFAULTS, 'node', {
        outcome: (record, final) => final && resolve(record),
        failed: ({ code }) => resolve(code),
      });
    });
  }

  /** As `pay`, in short: the outcome, or the code of an error. */
  async outcome(amount: string, transactionId?: string): Promise<string | undefined> {
    const result = await this.pay(amount, transactionId);
    return typeof result === 'string' ? result : result.outcome;
  }

  reverse(transactionId?: string): Promise<TransactionRecord | string> {
    return new Promise((resolve) => {
      this.terminal.reverse(transactionId, 'MerchantCancel', 'node', {
        outcome: (record, final) => final && resolve(record),
        failed: ({ code }) => resolve(code),
      });
    });
  }
}
