/** Payments as promises, as a program without nodes makes them. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { PaymentPayload } from '../../lib/contract/payment-output.ts';
import { Memory, MemoryJournal } from '../../lib/journal/memory.ts';
import type { TransactionRecord } from '../../lib/session/record.ts';
import { fulfil, onRecovered, type PaymentInput, pay, reverse } from '../../lib/terminal/promises.ts';
import { Terminal } from '../../lib/terminal/terminal.ts';
import { VirtualTransport } from '../../lib/transport/virtual.ts';
import { VirtualTerminals } from '../../lib/virtual/virtual-terminals.ts';

let count = 0;

/** A virtual terminal and a journal that outlive the sessions which `open` starts. */
function world(t: TestContext, delay = 10) {
  const memory = new Memory();
  const terminals = new VirtualTerminals({ delay });
  const poiId = `P${++count}`;
  const opened: Terminal[] = [];
  t.after(async () => {
    for (const terminal of opened) await terminal.close();
    terminals.close();
  });
  const open = () => {
    const terminal = new Terminal({
      config: { saleId: '1', poiId },
      transport: new VirtualTransport(terminals),
      journal: async () => new MemoryJournal<TransactionRecord>(memory),
    });
    opened.push(terminal);
    return terminal;
  };
  return { open, moved: () => terminals.terminal(poiId)?.ledger.movements.length };
}

/** Calls back when what is sent next has reached the virtual terminal. */
function onceDelivered(then: () => void): void {
  setImmediate(() => setImmediate(then));
}

const payment = (more: Partial<PaymentInput> = {}): PaymentInput => ({ amount: '89.00', currency: 'SEK', ...more });

test('a repeated transactionId gives the first result', async (t) => {
  const { open, moved } = world(t);
  const terminal = open();
  const first = await pay(terminal, payment({ transactionId: 'A' }));
  const second = await pay(terminal, payment({ transactionId: 'A' }));
  assert.deepEqual([first.outcome, second.outcome, second.serviceId], ['approved', 'approved', first.serviceId]);
  assert.equal(moved(), 1);
});

test('what is wrong with a payment rejects, and nothing is sent', async (t) => {
  const { open, moved } = world(t);
  const terminal = open();
  await assert.rejects(pay(terminal, payment({ amount: '89,00' })), { code: 'invalid_amount', path: 'payload.amount' });
  await assert.rejects(pay(terminal, payment({ currency: 'kr' })), { code: 'unknown_currency' });
  assert.equal(moved(), 0);
});

test('progress is shown', async (t) => {
  const phases: string[] = [];
  await pay(world(t).open(), payment(), { onPhase: (phase) => phases.push(phase) });
  assert.deepEqual(phases, ['queued', 'loggingIn', 'waitingForCard']);
});

test('a terminal closed during a payment rejects, and the next start delivers the outcome once', async (t) => {
  const { open, moved } = world(t, 300);
  const first = open();
  await assert.rejects(
    pay(first, payment({ transactionId: 'B' }), {
      onPhase: (phase) => phase === 'waitingForCard' && onceDelivered(() => void first.close()),
    }),
    { code: 'outcome_pending' },
  );
  const recovered = await new Promise<PaymentPayload>((resolve) => onRecovered(open(), resolve));
  assert.deepEqual([recovered.transactionId, recovered.outcome, recovered.recovered], ['B', 'approved', true]);
  assert.equal(moved(), 1);
});

test('an outcome that a promise delivered is not delivered again, however soon the terminal is closed', async (t) => {
  const { open } = world(t);
  const first = open();
  await pay(first, payment());
  await first.close();
  const second = open();
  onRecovered(second, () => assert.fail('delivered twice'));
  assert.equal((await pay(second, payment())).outcome, 'approved');
});

test('goods that did not come out are reversed, a payment can be reversed by its name', async (t) => {
  const terminal = world(t).open();
  const held = await pay(terminal, payment({ awaitFulfilment: true }));
  const { outcome, reversed } = await fulfil(terminal, held.transactionId, false);
  assert.deepEqual([held.outcome, outcome, reversed], ['approved', 'reversed', true]);
  const paid = await pay(terminal, payment());
  assert.equal((await reverse(terminal, paid.transactionId)).reversed, true);
});
