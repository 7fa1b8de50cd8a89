/** Where outcomes are delivered, and which of them count as delivered. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newRecord, type TransactionRecord } from '../../lib/session/record.ts';
import { PaymentWatchers, type ResultKind } from '../../lib/terminal/payment-watchers.ts';

function setUp() {
  /** What happened, in order: `node: transactionId`, `delivered transactionId`, `undelivered transactionId`. */
  const seen: string[] = [];
  const watchers = new PaymentWatchers({
    attempt: (call) => {
      try {
        call();
      } catch (error) {
        return error as Error;
      }
    },
    delivered: ({ transactionId }) => seen.push(`delivered ${transactionId}`),
    undelivered: ({ transactionId }, error) => seen.push(`undelivered ${transactionId} ${error?.message ?? ''}`.trim()),
  });
  const watcher = (name: string, error?: Error) => ({
    outcome: ({ transactionId }: TransactionRecord) => {
      seen.push(`${name}: ${transactionId}`);
      if (error) throw error;
    },
    failed: () => assert.fail(),
  });
  const subscribe = (node: string, adopts?: ResultKind, error?: Error) =>
    watchers.subscribe(node, watcher(node, error), adopts);
  return { seen, watchers, watcher, subscribe, take: () => seen.splice(0) };
}

function record(transactionId: string, more: Partial<TransactionRecord> = {}): TransactionRecord {
  const order = { transactionId, paymentType: 'Normal', amount: 8900, currency: 'SEK', cashBack: 0 } as const;
  const made = newRecord(order, '1/A', 'gone', { ms: 0, offset: 0 });
  return { ...made, state: 'closed', outcome: 'approved', ...more };
}

test('an outcome whose watcher throws was not delivered: its node gets it again when it subscribes', () => {
  const { watchers, watcher, subscribe, take } = setUp();
  const error = new Error('no such thing');
  watchers.pause(false);
  watchers.add('1', watcher('message', error));
  watchers.outcome(['1'], record('T1'), true);
  assert.deepEqual(take(), ['message: T1', 'undelivered T1 no such thing']);
  subscribe('gone');
  assert.deepEqual(take(), ['gone: T1', 'delivered T1']);
});

test('of several messages that wait for one outcome, each has to take it', () => {
  const { watchers, watcher, take } = setUp();
  watchers.add('1', watcher('message', new Error('no')));
  watchers.add('2', watcher('other'));
  watchers.outcome(['1', '2'], record('T1'), true);
  assert.deepEqual(take(), ['message: T1', 'other: T1', 'undelivered T1 no']);
});

test('while nodes are being started, an outcome waits for its own node; unresolved does too, until it is certain', () => {
  const { watchers, subscribe, take } = setUp();
  subscribe('till', 'Normal');
  watchers.outcome([], record('T1', { state: 'unresolved', outcome: 'unresolved' }), false);
  watchers.outcome([], record('T2', { state: 'unresolved', outcome: 'unresolved' }), false);
  watchers.outcome([], record('T2'), true);
  assert.deepEqual(take(), []);
  subscribe('gone');
  assert.deepEqual(take(), ['gone: T1', 'gone: T2', 'delivered T2']);
  watchers.pause(false);
  assert.deepEqual(take(), []);
});

test('a node that is not there: another one that reports such results, else an error until there is one', () => {
  const { watchers, subscribe, take } = setUp();
  watchers.outcome([], record('T1'), true);
  watchers.pause(false);
  assert.deepEqual(take(), ['undelivered T1']);
  watchers.pause(true);
  subscribe('elsewhere');
  subscribe('refunds', 'Refund');
  assert.deepEqual(take(), []);
  subscribe('till', 'Normal');
  assert.deepEqual(take(), ['till: T1', 'delivered T1']);
  watchers.outcome([], record('T2', { paymentType: 'Refund', kind: 'refund' }), true);
  watchers.pause(false);
  assert.deepEqual(take(), ['refunds: T2', 'delivered T2']);
});

const reversal = { serviceId: '', attempts: 1, reason: 'MerchantCancel', before: 'approved' } as const;
for (const { what, more, takes } of [
  { what: 'goods that came out', more: { fulfilled: true as const }, takes: ['fulfil'] },
  { what: 'goods that did not come out, still charged', more: cause('fulfilment'), takes: ['fulfil'] },
  { what: 'a reversal that was refused', more: cause('flow'), takes: ['reversal'] },
  { what: 'a reversal', more: { ...cause('flow'), outcome: 'reversed' as const }, takes: ['reversal', 'Normal'] },
  { what: 'a refused signature', more: { ...cause('signature'), outcome: 'reversed' as const }, takes: ['Normal'] },
]) {
  test(`${what}: reported by ${takes.join(', else ')}`, () => {
    for (let index = 0; index <= takes.length; index++) {
      const { watchers, subscribe, take } = setUp();
      const kinds = (['Normal', 'Refund', 'fulfil', 'reversal'] as const).filter(
        (kind) => !takes.slice(0, index).includes(kind),
      );
      for (const kind of kinds) subscribe(kind, kind);
      watchers.pause(false);
      watchers.outcome([], record('T1', more), true);
      const taker = takes[index];
      assert.deepEqual(take(), taker === undefined ? ['undelivered T1'] : [`${taker}: T1`, 'delivered T1']);
    }
  });
}

function cause(cause: 'flow' | 'fulfilment' | 'signature'): Partial<TransactionRecord> {
  return { reversal: { ...reversal, cause } };
}
