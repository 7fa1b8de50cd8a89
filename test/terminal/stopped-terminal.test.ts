/** A terminal that a deploy stops: each caller whose request is in no journal is rejected, once. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MemoryJournal } from '../../lib/journal/memory.ts';
import type { TransactionRecord } from '../../lib/session/record.ts';
import type { Watcher } from '../../lib/terminal/payment-watchers.ts';
import { Terminal } from '../../lib/terminal/terminal.ts';

const config = {
  saleId: '1',
  poiId: 'STOPPED',
  terminal: '1/STOPPED',
  language: 'sv',
  software: { ProviderIdentification: 'x', ApplicationName: 'x', SoftwareVersion: '1' },
  autoLogin: true,
  whenBusy: 'wait',
  approvedAfterAbort: 'keep',
  signature: 'report',
} as const;
const transport = { send: async () => ({ type: 'unreachable', reason: 'x' }) as const, close: async () => {} };
const defaults = { currency: 'SEK', paymentType: 'Normal' } as const;
const REFUND = { amount: '1.00', paymentType: 'Refund', apmReference: '3558174609679520', transactionId: 'R' };

const open = (journal = async () => new MemoryJournal<TransactionRecord>()) =>
  new Terminal({ config, transport, journal });

/** A watcher that notes the outcomes and error codes it gets. */
function waiting() {
  const told: string[] = [];
  const watcher: Watcher = {
    outcome: ({ outcome }) => told.push(outcome ?? ''),
    failed: ({ code }) => told.push(code),
  };
  return { told, watcher };
}

const soon = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('a terminal that was stopped', () => {
  it('answers payments, reversals, goods and questions: nothing was sent', async () => {
    const terminal = open();
    await terminal.journal();
    await terminal.close();
    const { told, watcher } = waiting();
    terminal.pay('89.00', defaults, 'n', watcher);
    terminal.reverse('X', 'MerchantCancel', 'n', watcher);
    terminal.fulfil('X', true, 'n', watcher);
    terminal.pay(REFUND, defaults, 'n', watcher);
    const stopped = { code: 'terminal_stopped' };
    await assert.rejects(terminal.ask({ type: 'card', action: 'read', transactionId: 'A' }), stopped);
    await assert.rejects(terminal.ask({ type: 'login' }), stopped);
    await assert.rejects(terminal.reply('r1', true), stopped);
    await soon();
    assert.deepEqual(told, Array(4).fill('terminal_stopped'));
  });

  it('before its journal was open answers whoever waits for that, once, and begins nothing', async () => {
    let opens: (journal: MemoryJournal<TransactionRecord>) => void = () => undefined;
    const opening = new Promise<MemoryJournal<TransactionRecord>>((resolve) => {
      opens = resolve;
    });
    const terminal = open(() => opening);
    const { told, watcher } = waiting();
    terminal.pay('89.00', defaults, 'n', watcher);
    const asked = assert.rejects(terminal.ask({ type: 'login' }), { code: 'terminal_stopped' });
    const closed = terminal.close();
    const journal = new MemoryJournal<TransactionRecord>();
    opens(journal);
    await Promise.all([closed, asked]);
    await soon();
    assert.deepEqual(told, ['terminal_stopped']);
  });

  it('while it looks into its journal for a refund answers that one, once', async () => {
    let finds: (rows: TransactionRecord[]) => void = () => undefined;
    class Slow extends MemoryJournal<TransactionRecord> {
      override findByApmReference(): Promise<TransactionRecord[]> {
        return new Promise((resolve) => {
          finds = resolve;
        });
      }
    }
    const terminal = open(async () => new Slow());
    await terminal.journal();
    const { told, watcher } = waiting();
    terminal.pay(REFUND, defaults, 'n', watcher);
    await soon();
    await terminal.close();
    assert.deepEqual(told, ['terminal_stopped']);
    finds([]);
    await soon();
    assert.deepEqual(told, ['terminal_stopped']);
  });

  it('says nothing of a payment that its journal knows: the next start does', async () => {
    const journal = new MemoryJournal<TransactionRecord>();
    const terminal = open(async () => journal);
    await terminal.journal();
    const { told, watcher } = waiting();
    terminal.pay({ amount: '89.00', transactionId: 'X' }, defaults, 'n', watcher);
    assert.equal((await journal.find('X'))?.transactionId, 'X');
    await terminal.close();
    await soon();
    assert.deepEqual(told, []);
  });
});
