/** The journal as flows see it: lists, totals, what is unresolved, and a person's ruling. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { TotalsRow, TransactionRow } from '../../lib/contract/transaction-rows.ts';
import { Gate } from '../support/gate.ts';
import { Lane } from '../support/node-red-flow.ts';
import { noonZone, refused, ThreeWayLane } from '../support/node-red-post-approval.ts';
import { Rig } from '../support/node-red-rig.ts';
import { VirtualTerminalProcess } from '../support/virtual-terminal.ts';

const shop = new ThreeWayLane('shop', {
  nodes: { payment: {}, 'payment-refund': { paymentType: 'Refund' }, reversal: {}, transactions: { limit: 3 } },
});
const kiosk = new Lane('kiosk', { nodes: { payment: {}, transactions: { query: 'totals', scope: 'journal' } } });

let folder: string;
let rig: Rig;
/** A terminal that goes out of reach for good. */
let mortal: VirtualTerminalProcess;
/** The way to it. */
let gate: Gate;
let dead: Lane;

before(async () => {
  process.env.TZ = noonZone();
  folder = mkdtempSync(join(tmpdir(), 'nexo-mortal-'));
  mortal = await VirtualTerminalProcess.start({ store: join(folder, 'terminal.jsonl'), delay: 50 });
  gate = await Gate.start(() => mortal.port);
  const terminal = { port: gate.port, responseTimeout: 1, recoveryTimeout: 1 };
  dead = new Lane('dead', { terminal, nodes: { payment: {}, status: {}, transactions: {} } });
  rig = await Rig.start({ lanes: [shop, kiosk, dead] });
  for (const amount of ['10.00', '20.00', '30.01', '40.07', '50.09']) {
    await rig.pay(shop, { amount, transactionId: `shop ${amount}`, context: amount });
  }
  await rig.pay(shop, { amount: '5.00', transactionId: 'shop refund' }, 'payment-refund');
  await rig.pay(shop, { amount: '60.00', transactionId: 'shop back' });
  assert.equal((await rig.ask(shop, 'reversal')).port, 1);
  await rig.pay(kiosk, { amount: '7.00', transactionId: 'kiosk 7' });
});
after(async () => {
  await rig?.end();
  gate?.close();
  await mortal?.kill();
  rmSync(folder, { recursive: true, force: true });
});

async function rows(lane: Lane, payload?: unknown): Promise<TransactionRow[]> {
  const { msg } = await rig.ask(lane, 'transactions', payload);
  return msg.payload as unknown as TransactionRow[];
}

const ids = (found: TransactionRow[]) => found.map(({ transactionId }) => transactionId);

describe('lists', () => {
  it('the transactions of today, newest first, bounded by the node or the message', async () => {
    assert.deepEqual(ids(await rows(shop, { query: 'period' })), ['shop back', 'shop refund', 'shop 50.09']);
    const all = await rows(shop, { query: 'period', limit: 100 });
    assert.equal(all.length, 7);
    assert.deepEqual(ids(await rows(shop, { query: 'period', from: 'yesterday', to: 'yesterday' })), []);
    assert.equal((await rows(shop, { query: 'period', scope: 'journal', limit: 100 })).length, 8);
    await rig.status(shop, 'transactions', '8 rows');
  });

  it('a row is the payment’s payload, and where it stands', async () => {
    const [row, ...more] = await rows(shop, { query: 'byId', transactionId: 'shop 40.07' });
    assert.ok(row && more.length === 0);
    const { outcome, approved, amount, requested, state, paymentType, terminal, node, createdAt, ruling, context } =
      row;
    assert.deepEqual(
      { outcome, approved, amount, requested, state, paymentType, terminal, node, ruling, context },
      {
        outcome: 'partial',
        approved: false,
        amount: '20.00',
        requested: '40.07',
        state: 'closed',
        paymentType: 'Normal',
        terminal: '1/POI-shop',
        node: 'shop-payment',
        ruling: null,
        context: '40.07',
      },
    );
    assert.ok(Math.abs(Date.parse(createdAt) - Date.now()) < 600_000);
    assert.match(row.receipts.customer?.text ?? '', /20,00/);
    const [back] = await rows(shop, { query: 'byId', transactionId: 'shop back' });
    assert.deepEqual([back?.outcome, back?.reversed, back?.amount], ['reversed', true, '60.00']);
  });

  it('an id that is unknown, or another terminal’s, finds nothing', async () => {
    assert.deepEqual(await rows(shop, { query: 'byId', transactionId: 'nobody knows' }), []);
    assert.deepEqual(await rows(shop, { query: 'byId', transactionId: 'kiosk 7' }), []);
    assert.deepEqual(ids(await rows(kiosk, { query: 'byId', transactionId: 'shop back' })), ['shop back']);
  });

  it('what is not settled: nothing', async () => {
    assert.deepEqual(await rows(shop), []);
    await rig.status(shop, 'transactions', '0 rows');
  });
});

it('totals: what was authorised, refunds and reversals apart, by terminal', async () => {
  const totals = (await rows(kiosk)) as unknown as TotalsRow[];
  const now = new Date();
  const day = [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((n) => String(n).padStart(2, '0')).join('-');
  const of = (
    terminal: string,
    outcome: string,
    count: number,
    amount: string,
    requested = amount,
    refund = false,
  ) => ({
    day,
    terminal: `1/POI-${terminal}`,
    paymentType: refund ? 'Refund' : 'Normal',
    currency: 'SEK',
    outcome,
    count,
    amount,
    requested,
  });
  assert.deepEqual(totals, [
    of('kiosk', 'approved', 1, '7.00'),
    of('shop', 'approved', 3, '85.09', '80.09'),
    of('shop', 'declined', 1, '0.00', '30.01'),
    of('shop', 'partial', 1, '20.00', '40.07'),
    of('shop', 'reversed', 1, '60.00'),
    of('shop', 'approved', 1, '5.00', '5.00', true),
  ]);
});

describe('a ruling', () => {
  const ruling = { transactionId: 'dead 21', outcome: 'approved', by: 'Karin Ek', note: 'seen on the bank’s page' };
  let msgid: string;
  before(async () => {
    await rig.pay(dead, { amount: '1.00', transactionId: 'dead 1' });
    // The terminal gets the request, and is out of reach from then on.
    gate.closeAfter('<PaymentRequest');
    msgid = await rig.feed(dead, 'payment', { payload: { amount: '8.23', transactionId: 'dead 21' } });
    await rig.status(dead, 'payment', 'unresolved, querying');
  });

  it('is about what the list of unresolved ones shows', async () => {
    const [row, ...more] = await rows(dead);
    assert.ok(row && more.length === 0);
    const { transactionId, outcome, amount, requested, state } = row;
    assert.deepEqual(
      [transactionId, outcome, amount, requested, state],
      ['dead 21', 'unresolved', null, '8.23', 'unresolved'],
    );
    const [totals] = (await rows(dead, { query: 'totals', from: 'today' })).slice(-1) as unknown as TotalsRow[];
    assert.deepEqual(
      [totals?.outcome, totals?.count, totals?.amount, totals?.requested],
      ['unresolved', 1, null, '8.23'],
    );
  });

  it('is refused without a name, an outcome, or something to rule on: nothing is changed', async () => {
    const by = 'Karin Ek';
    const cases: [payload: unknown, code: string, path: string | undefined][] = [
      [{ ruling: { ...ruling, by: undefined } }, 'no_operator', 'payload.ruling.by'],
      [{ ruling: { ...ruling, by: '  ' } }, 'no_operator', 'payload.ruling.by'],
      [{ ruling: { ...ruling, outcome: 'aborted' } }, 'invalid_ruling', 'payload.ruling.outcome'],
      [{ ruling: { ...ruling, outcome: 'reversed' } }, 'invalid_ruling', 'payload.ruling.outcome'],
      [{ ruling: { ...ruling, transactionId: undefined } }, 'invalid_transaction_id', 'payload.ruling.transactionId'],
      [{ ruling: { ...ruling, note: 7 } }, 'invalid_ruling', 'payload.ruling.note'],
      [{ ruling: 'approved' }, 'invalid_ruling', 'payload.ruling'],
      [
        { query: 'rule', transactionId: 'nobody knows', outcome: 'declined', by },
        'unknown_transaction',
        'payload.transactionId',
      ],
      [
        { query: 'rule', transactionId: 'kiosk 7', outcome: 'declined', by },
        'transaction_elsewhere',
        'payload.transactionId',
      ],
      [{ query: 'rule', transactionId: 'dead 1', outcome: 'declined', by }, 'not_unresolved', 'payload.transactionId'],
    ];
    for (const [payload, code, path] of cases) {
      const error = await refused(rig, dead, 'transactions', { payload });
      assert.deepEqual([error.code, error.path], [code, path], JSON.stringify(payload));
    }
    assert.equal((await rows(dead))[0]?.state, 'unresolved');
  });

  it('ends it under that name, by the payment’s own node, and frees the terminal', async () => {
    const [row] = await rows(dead, { ruling });
    assert.deepEqual([row?.outcome, row?.amount, row?.state], ['approved', '8.23', 'ruled']);
    const { at, ...kept } = row?.ruling ?? { at: '' };
    assert.deepEqual(kept, { by: ruling.by, outcome: 'approved', note: ruling.note });
    assert.ok(Date.parse(at) > 0);
    const { port, node, msg } = await rig.final(dead, msgid);
    const { outcome, amount, error } = msg.payload;
    assert.deepEqual([node, port, outcome, amount, error?.condition], ['payment', 1, 'approved', '8.23', 'Ruled']);
    assert.deepEqual(await rows(dead), []);
    const again = await refused(rig, dead, 'transactions', { payload: { ruling } });
    assert.equal(again.code, 'not_unresolved');
    const status = await rig.ask(dead, 'status', { transactionId: 'dead 21' });
    assert.equal(status.msg.payload.outcome, 'approved');
    const next = await rig.pay(dead, { amount: '2.00', transactionId: 'dead 2' });
    assert.deepEqual([next.port, next.msg.payload.error?.condition], [2, 'Unreachable'], 'no longer blocked, only off');
  });
});

it('what is wrong with a question is said, with its path', async () => {
  const cases: [payload: unknown, code: string, path: string][] = [
    [{ query: 'everything' }, 'invalid_query', 'payload.query'],
    [{ scope: 'world' }, 'invalid_query', 'payload.scope'],
    [{ limit: 0 }, 'invalid_limit', 'payload.limit'],
    [{ limit: 1001 }, 'invalid_limit', 'payload.limit'],
    [{ query: 'byId' }, 'invalid_transaction_id', 'payload.transactionId'],
    [{ query: 'period', from: '2026-02-30' }, 'invalid_period', 'payload.from'],
    [{ query: 'period', from: 'tomorrow', to: 'never' }, 'invalid_period', 'payload.from'],
    [{ query: 'period', to: '29.3.2026' }, 'invalid_period', 'payload.to'],
    [{ query: 'totals', from: 'today', to: 'yesterday' }, 'invalid_period', 'payload.from'],
    [{ query: 'totals', from: '2020-01-01' }, 'invalid_period', 'payload.from'],
  ];
  for (const [payload, code, path] of cases) {
    const error = await refused(rig, shop, 'transactions', { payload });
    assert.deepEqual([error.code, error.path], [code, path], JSON.stringify(payload));
    assert.match(error.message, /^NexoError: .{30,}\.$/);
  }
});

it('every result was sent once, and nothing is in the log', () => {
  assert.equal(rig.nodeRed.log, '');
});
