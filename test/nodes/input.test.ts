/** A message that is wrong reaches Catch nodes, and nothing else: not the terminal, not the journal. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Report } from '../support/collector.ts';
import { Lane } from '../support/node-red-flow.ts';
import { Rig } from '../support/node-red-rig.ts';

const bad = new Lane('bad');
const none = new Lane('none', { uses: '' });
const gone = new Lane('gone', { uses: 'deleted-terminal' });
const disabled = new Lane('disabled', { terminal: { d: true }, nodes: { payment: {}, abort: {}, status: {} } });
const unset = new Lane('unset', { terminal: { host: '' } });

let rig: Rig;
before(async () => {
  rig = await Rig.start({ lanes: [bad, none, gone, disabled, unset] });
});
after(() => rig?.end());

const amount = { code: 'invalid_amount', path: 'payload.amount' };
const context = { code: 'invalid_context', path: 'payload.context' };
const cases: [
  name: string,
  msg: Record<string, unknown>,
  expected: { code: string; path: string },
  cyclic?: boolean,
][] = [
  ['no payload', {}, { code: 'invalid_payload', path: 'payload' }],
  ['a list', { payload: ['89.00'] }, { code: 'invalid_payload', path: 'payload' }],
  ['a truth value', { payload: true }, { code: 'invalid_payload', path: 'payload' }],
  ['no amount', { payload: { currency: 'SEK' } }, amount],
  ['an empty amount', { payload: '' }, amount],
  ['letters', { payload: 'abc' }, amount],
  ['a negative number', { payload: -1 }, amount],
  ['zero', { payload: 0 }, amount],
  ['zero as text', { payload: '0.00' }, amount],
  ['an exponent', { payload: '1e3' }, amount],
  ['a comma', { payload: '89,00' }, amount],
  ['a huge number', { payload: 1e21 }, amount],
  ['too many decimals', { payload: 89.999 }, amount],
  ['decimals where the currency has none', { payload: { amount: '100.5', currency: 'JPY' } }, amount],
  [
    'an unknown currency',
    { payload: { amount: 1, currency: 'XYZ' } },
    { code: 'unknown_currency', path: 'payload.currency' },
  ],
  [
    'a currency that is a number',
    { payload: { amount: 1, currency: 752 } },
    { code: 'unknown_currency', path: 'payload.currency' },
  ],
  [
    'more cash-back than the amount',
    { payload: { amount: 5, cashBack: 6 } },
    { code: 'invalid_cash_back', path: 'payload.cashBack' },
  ],
  [
    'an unknown type',
    { payload: { amount: 5, paymentType: 'Gift' } },
    { code: 'invalid_payment_type', path: 'payload.paymentType' },
  ],
  [
    'an unusable transactionId',
    { payload: { amount: 5, transactionId: 'å'.repeat(3) } },
    { code: 'invalid_transaction_id', path: 'payload.transactionId' },
  ],
  ['a context over 4 KB', { payload: { amount: 5, context: 'x'.repeat(4096) } }, context],
  ['a context that refers to itself', { payload: { amount: 5, context: {} } }, context, true],
  [
    'sale items that do not add up',
    { payload: { amount: 5, saleItems: [{ productCode: '1', itemAmount: '4.00' }] } },
    { code: 'invalid_sale_items', path: 'payload.saleItems' },
  ],
];

async function refusal(lane: Lane, msg: Record<string, unknown>, cyclic = false, node = 'payment') {
  const msgid = await rig.feed(lane, node, msg, { cyclic });
  const error = await rig.caught(lane, msgid);
  assert.equal(error.source.id, `${lane.name}-${node}`);
  return error;
}

describe('a payment with bad input ends in the Catch node, with code, path and words:', () => {
  for (const [name, msg, expected, cyclic] of cases) {
    it(name, async () => {
      const { code, cause, message } = await refusal(bad, msg, cyclic);
      assert.deepEqual({ code, path: cause?.path }, expected);
      assert.match(message, /^NexoError: .{30,}\.$/, 'in words');
    });
  }
});

describe('a node without a terminal that can be used ends in the Catch node:', () => {
  it('none is chosen', async () => {
    const { code, message } = await refusal(none, { payload: 89 });
    assert.equal(code, 'no_terminal');
    assert.match(message, /pick a terminal/);
    await rig.status(none, 'payment', 'choose a terminal');
  });

  it('the terminal is disabled', async () => {
    for (const node of ['payment', 'abort', 'status']) {
      const { code, message } = await refusal(disabled, { payload: 89 }, false, node);
      assert.equal(code, 'terminal_disabled', node);
      assert.match(message, /enable it/);
      await rig.status(disabled, node, 'terminal disabled');
    }
  });

  it('the terminal was deleted', async () => {
    assert.equal((await refusal(gone, { payload: 89 })).code, 'terminal_disabled');
  });

  it('the terminal has no address', async () => {
    const { code, cause, message } = await refusal(unset, { payload: 89 });
    assert.deepEqual([code, cause?.path], ['invalid_config', 'host']);
    assert.match(message, /IP address/);
    const where = (msg: Report['msg']) => msg.error.source.id === unset.terminalId;
    const atStart = await rig.collector.next({ lane: 'unset', kind: 'catch', where });
    assert.equal(atStart.msg.error.cause?.path, 'host', 'Catch nodes get it when the flows start');
    await rig.status(unset, 'terminal', 'error');
  });
});

it('sends nothing, writes nothing, completes nothing, and Node-RED stays up', async () => {
  assert.deepEqual(rig.collector.all({ kind: 'output' }), []);
  assert.deepEqual(rig.collector.all({ kind: 'complete' }), []);
  assert.deepEqual(rig.terminal.exchanges(bad.poiId), []);
  rig.assertOnce();

  const { msg } = await rig.pay(bad, { amount: '89.00', context: 'x'.repeat(4094), transactionId: 'the only one' });
  assert.equal(msg.payload.outcome, 'approved', 'a good one is still paid, with all the context that fits');
  await rig.stopNodeRed();
  assert.deepEqual(
    rig.journal().map(({ transactionId }) => transactionId),
    ['the only one'],
  );
});
