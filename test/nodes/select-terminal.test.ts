/** Several terminals: one that the message names, and pools, of which any free one may take a new customer. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Report } from '../support/collector.ts';
import { Gate } from '../support/gate.ts';
import { type FlowNode, Lane, terminalNode } from '../support/node-red-flow.ts';
import { givenBack, refused, ThreeWayLane } from '../support/node-red-post-approval.ts';
import { Rig } from '../support/node-red-rig.ts';
import { VirtualTerminalProcess } from '../support/virtual-terminal.ts';

/** Terminals with nodes of their own beside the pools that they are in. */
const a = new Lane('a', { terminal: { name: 'Till A' } });
const b = new Lane('b', { terminal: { name: 'Till B' } });
const twin = new Lane('twin', { terminal: { name: 'Till B' } });
const own = new Lane('own', { terminal: { name: 'Kiosk', journal: 'own-journal' } });
const own2 = new Lane('own2', { terminal: { name: 'Kiosk 2', journal: 'own-journal-2' } });
const down = new Lane('down', { terminal: { name: 'Bar', port: 9 } });
const stuck = new Lane('stuck', { terminal: { name: 'Terrace', responseTimeout: 2, recoveryTimeout: 1 } });
const well = new Lane('well', { terminal: { name: 'Hall' } });

const everything = {
  payment: { doubleClick: 'each' },
  'payment-goods': { awaitFulfilment: true },
  fulfil: {},
  reversal: {},
  'reversal-last': { which: 'last' },
  status: {},
  abort: {},
  display: {},
  transactions: { query: 'totals' },
  login: {},
  logout: {},
};
const pool = (id: string, name: string, ...members: string[]): FlowNode => ({
  id,
  type: 'nexo-terminal',
  connection: 'pool',
  name,
  pool: members,
});
const journal = (id: string): FlowNode => ({ id, type: 'nexo-journal', store: 'sqlite', file: `${id}.sqlite` });

const named = new Lane('named', { uses: 'a-terminal', nodes: everything });
const shop = new ThreeWayLane('shop', { uses: 'shop-pool', nodes: everything });
const kiosks = new Lane('kiosks', { uses: 'kiosk-pool' });
const garden = new Lane('garden', { uses: 'garden-pool' });
/** One of its terminals is disabled: it shares a journal with those that run. */
const half = new Lane('half', { uses: 'half-pool' });
const nobody = new Lane('nobody', { uses: 'no-pool' });

const cafes = new Lane('cafes', { uses: 'cafe-pool' });

let rig: Rig;
/** A terminal at which a payment takes long enough for a `kill -9` to arrive. */
let slow: VirtualTerminalProcess;
/** The ways to it. */
let gates: Gate[] = [];
let cafe1: Lane;
let cafe2: Lane;
let folder: string;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nexo-choice-'));
  slow = await VirtualTerminalProcess.start({ store: join(folder, 'terminal.jsonl'), delay: 2500 });
  gates = await Promise.all([1, 2].map(() => Gate.start(() => slow.port)));
  cafe1 = new Lane('cafe1', { terminal: { name: 'Cafe 1', port: gates[0]?.port } });
  cafe2 = new Lane('cafe2', { terminal: { name: 'Cafe 2', port: gates[1]?.port } });
  rig = await Rig.start({
    lanes: [a, b, twin, own, own2, down, stuck, well, cafe1, cafe2, named, shop, kiosks, garden, half, nobody, cafes],
    extra: [
      journal('own-journal'),
      journal('own-journal-2'),
      pool('shop-pool', 'Shop', 'a-terminal', 'b-terminal'),
      pool('kiosk-pool', 'Kiosks', 'own-terminal', 'own2-terminal'),
      pool('garden-pool', 'Garden', 'down-terminal', 'stuck-terminal', 'well-terminal', 'gone'),
      { ...terminalNode('off-terminal', 'POI-off', 9), d: true },
      pool('half-pool', 'Half', 'off-terminal', 'b-terminal'),
      pool('no-pool', 'Nobody'),
      pool('cafe-pool', 'Cafes', 'cafe1-terminal', 'cafe2-terminal'),
    ],
  });
});
after(async () => {
  for (const gate of gates) gate.close();
  await rig?.end();
  await slow?.kill();
  rmSync(folder, { recursive: true, force: true });
});

const terminalIn = ({ msg }: Report) => (msg.nexo.terminal as { id: string }).id;
const at = (lane: Lane) => lane.terminalId;

describe('msg.terminal', () => {
  for (const [what, terminal] of [
    ['a name', 'Kiosk'],
    ['a POIID', 'POI-own'],
    ['a node id', 'own-terminal'],
    ['what came out of another node', { id: 'own-terminal', name: 'Kiosk' }],
  ] as const) {
    it(`goes before the node’s own terminal: ${what}`, async () => {
      const paid = await rig.final(named, await rig.feed(named, 'payment', { payload: '12.00', terminal }));
      assert.deepEqual([paid.port, terminalIn(paid)], [1, at(own)]);
      assert.deepEqual(paid.msg.terminal, terminal, 'and stays in the message');
    });
  }

  it('chooses the terminal of every other node, too', async () => {
    const paid = await rig.final(named, await rig.feed(named, 'payment', { payload: '13.00', terminal: 'Kiosk' }));
    const { transactionId } = paid.msg.payload;
    for (const [node, payload] of [
      ['display', 'Hej'],
      ['status', true],
      ['reversal', { transactionId }],
      ['transactions', { query: 'unresolved' }],
      ['login', null],
    ] as const) {
      const msgid = await rig.feed(named, node, { payload, terminal: 'POI-own' });
      const done = await rig.collector.next({ lane: 'named', kind: 'output', node, msgid });
      assert.equal(terminalIn(done), at(own), node);
    }
    assert.equal(givenBack(rig.userDir, transactionId), true);
  });

  it('that is unknown, or means several, is an error that lists what there is, and nothing is sent', async () => {
    const cases: [terminal: unknown, code: string, message: RegExp][] = [
      ['Till Z', 'unknown_terminal', /"Till Z" is no terminal.*one of: .*Till A.*Shop/],
      ['till a', 'unknown_terminal', /one of: /],
      [7, 'unknown_terminal', /one of: /],
      [{ poiId: 'POI-own' }, 'unknown_terminal', /one of: /],
      ['Till B', 'ambiguous_terminal', /names 2 terminals.*b-terminal \(Till B\), twin-terminal/],
    ];
    for (const [terminal, code, message] of cases) {
      for (const node of ['payment', 'display', 'abort']) {
        const error = await refused(rig, named, node, { payload: '14.00', terminal });
        assert.deepEqual([error.code, error.path], [code, 'terminal'], node);
        assert.match(error.message, message);
      }
    }
    assert.deepEqual(rig.terminal.exchanges('POI-twin'), []);
  });

  it('does not charge a transactionId a second time, journals of their own or not', async () => {
    const payload = { amount: '15.00', transactionId: 'named-once' };
    assert.equal((await rig.final(named, await rig.feed(named, 'payment', { payload, terminal: 'Kiosk' }))).port, 1);
    assert.equal((await rig.pay(own2, { amount: '15.00', transactionId: 'own2-once' })).port, 1);
    const other = { amount: '15.00', transactionId: 'own2-once' };
    for (const [lane, msg] of [
      [named, { payload, terminal: 'Kiosk 2' }],
      [named, { payload: other, terminal: 'Kiosk' }],
      [own, { payload: other }],
      [a, { payload: other }],
      [shop, { payload: other }],
    ] as const) {
      const error = await refused(rig, lane, 'payment', msg);
      assert.deepEqual([error.code, error.path], ['transaction_elsewhere', 'payload.transactionId']);
    }
    assert.equal(rig.terminal.moved('named-once').length, 1);
    assert.equal(rig.terminal.moved('own2-once').length, 1);
  });
});

/** How often its payment node has waited for a card so far. */
const waiting = (lane: Lane) => rig.statuses(lane, 'payment').filter((text) => text === 'waiting for card').length;

describe('a pool', () => {
  it('has two customers pay side by side, and a third one wait in the shorter line', async () => {
    const started = await Promise.all(
      ['20.00', '20.00', '20.00', '20.00'].map((payload) => rig.feed(shop, 'payment', { payload })),
    );
    const paid = await Promise.all(started.map((msgid) => rig.final(shop, msgid)));
    const places = paid.map(terminalIn).sort();
    assert.deepEqual(places, [at(a), at(a), at(b), at(b)]);
    assert.deepEqual(
      paid.map(({ port }) => port),
      [1, 1, 1, 1],
    );
  });

  it('leaves a busy terminal alone', async () => {
    const slow = await rig.feed(a, 'payment', { payload: { amount: '21.06', transactionId: 'slow-one' } });
    await rig.status(a, 'payment', 'waiting for card');
    for (let i = 0; i < 3; i++) assert.equal(terminalIn(await rig.pay(shop, '21.00')), at(b));
    const stopped = await rig.ask(shop, 'abort');
    assert.deepEqual([stopped.msg.payload.sent, terminalIn(stopped)], [true, at(a)], 'the only one in progress');
    assert.equal((await rig.final(a, slow)).msg.payload.outcome, 'aborted');
  });

  it('takes a new transactionId that comes twice at once to one terminal, and charges it once', async () => {
    const payload = { amount: '22.00', transactionId: 'twice-at-once' };
    const msgids = await Promise.all([1, 2, 3].map(() => rig.feed(kiosks, 'payment', { payload })));
    const paid = await Promise.all(msgids.map((msgid) => rig.final(kiosks, msgid)));
    assert.equal(new Set(paid.map(terminalIn)).size, 1);
    assert.equal(new Set(paid.map(({ msg }) => msg.payload.approvalCode)).size, 1);
    assert.equal(rig.terminal.moved('twice-at-once').length, 1);
  });

  it('brings a transactionId that was used before to the terminal that has it', async () => {
    for (const [index, lane] of [own, own2, own, own2].entries()) {
      const payload = { amount: '23.00', transactionId: `before-${index}` };
      const first = await rig.pay(lane, payload);
      const again = await rig.pay(kiosks, payload);
      assert.deepEqual([again.port, terminalIn(again)], [1, at(lane)]);
      assert.equal(again.msg.payload.approvalCode, first.msg.payload.approvalCode);
      assert.equal(rig.terminal.moved(payload.transactionId).length, 1);
    }
  });

  it('sends goods, reversal, status and a ruling on their way', async () => {
    for (let i = 0; i < 2; i++) {
      const paid = await rig.pay(shop, '24.00', 'payment-goods');
      const { transactionId } = paid.msg.payload;
      const queried = await rig.ask(shop, 'status', { transactionId });
      assert.deepEqual([queried.msg.payload.outcome, terminalIn(queried)], ['approved', terminalIn(paid)]);
      const done = await rig.ask(shop, 'fulfil', { transactionId, delivered: true });
      assert.deepEqual([done.port, terminalIn(done)], [1, terminalIn(paid)]);
      const { poiTransaction } = done.msg.payload;
      const back = await rig.ask(shop, 'reversal', i === 0 ? { transactionId } : { poiTransaction });
      assert.deepEqual([back.port, terminalIn(back)], [1, terminalIn(paid)]);
      assert.equal(givenBack(rig.userDir, transactionId), true);
    }
    assert.equal(
      (await rig.ask(shop, 'status', { transactionId: 'unheard of' })).msg.payload.error?.condition,
      'NotFound',
    );
    const error = await refused(rig, shop, 'fulfil', { payload: { transactionId: 'unheard of', delivered: true } });
    assert.equal(error.code, 'unknown_transaction');
    const ruling = { transactionId: 'unheard of', outcome: 'approved', by: 'Eva' };
    assert.equal((await refused(rig, shop, 'transactions', { payload: { ruling } })).code, 'unknown_transaction');
  });

  it('stays with the terminal that a message came from, and asks which one where it came from none', async () => {
    for (let i = 0; i < 2; i++) {
      const { msg, ...paid } = await rig.pay(shop, '25.00');
      const msgid = await rig.feed(shop, 'display', { payload: 'Tack!', nexo: msg.nexo });
      const shown = await rig.collector.next({ lane: 'shop', kind: 'output', node: 'display', msgid });
      assert.equal(terminalIn(shown), terminalIn({ msg, ...paid }));
    }
    for (const [node, payload] of [
      ['display', 'Tack!'],
      ['status', true],
      ['reversal-last', null],
    ] as const) {
      const error = await refused(rig, shop, node, { payload });
      assert.deepEqual([error.code, error.path], ['which_terminal', 'terminal'], node);
      assert.match(error.message, /pool Shop.*one of Till A, Till B/);
    }
  });

  it('stops the payment that is meant, and no other', async () => {
    const slow = (transactionId: string) => ({ payload: { amount: '26.06', transactionId } });
    const before = waiting(shop);
    const one = await rig.feed(shop, 'payment', slow('slow-1'));
    const two = await rig.feed(shop, 'payment', slow('slow-2'));
    await rig.status(shop, 'payment', 'waiting for card', { count: before + 2 });
    const error = await refused(rig, shop, 'abort', {});
    assert.equal(error.code, 'which_terminal');
    const stopped = await rig.ask(shop, 'abort', { transactionId: 'slow-2' });
    assert.deepEqual([stopped.msg.payload.sent, stopped.msg.payload.transactionId], [true, 'slow-2']);
    assert.equal((await rig.final(shop, two)).msg.payload.outcome, 'aborted');
    assert.equal((await rig.ask(shop, 'abort', { transactionId: 'slow-2' })).msg.payload.sent, false, 'it is over');
    assert.equal((await rig.ask(shop, 'abort')).msg.payload.transactionId, 'slow-1');
    assert.equal((await rig.final(shop, one)).msg.payload.outcome, 'aborted');
    assert.equal((await rig.ask(shop, 'abort')).msg.payload.sent, false, 'nothing is in progress');
  });

  it('is opened, closed and counted as a whole', async () => {
    const [out, back] = [await rig.ask(shop, 'logout'), await rig.ask(shop, 'login')];
    const states = ({ msg }: Report) => {
      const { loggedIn, terminals } = msg.payload as unknown as {
        loggedIn: boolean;
        terminals: { loggedIn: boolean; terminal: { name: string } }[];
      };
      return [loggedIn, ...terminals.map(({ loggedIn, terminal }) => `${terminal.name} ${loggedIn}`)];
    };
    assert.deepEqual(states(out), [false, 'Till A false', 'Till B false']);
    assert.deepEqual(states(back), [true, 'Till A true', 'Till B true']);
    const rows = (await rig.ask(shop, 'transactions')).msg.payload as unknown as {
      terminal: string;
      outcome: string;
    }[];
    assert.deepEqual([...new Set(rows.map(({ terminal }) => terminal))].sort(), ['1/POI-a', '1/POI-b']);
    const list = (await rig.ask(shop, 'transactions', { query: 'period', limit: 5 })).msg.payload as unknown as {
      createdAt: string;
    }[];
    const times = list.map(({ createdAt }) => createdAt);
    assert.deepEqual([times.length, times], [5, times.toSorted().toReversed()]);
  });

  it('is not held up by a terminal that is unreachable, unresolved, or not there at all', async () => {
    const absent = await rig.pay(down, '27.00');
    assert.equal(absent.msg.payload.outcome, 'not_started');
    const unsure = await rig.feed(stuck, 'payment', { payload: '27.22' });
    const wait = { lane: 'stuck', kind: 'output', msgid: unsure } as const;
    assert.equal((await rig.collector.next(wait)).msg.payload.outcome, 'unresolved');
    const started = await Promise.all([1, 2, 3].map(() => rig.feed(garden, 'payment', { payload: '28.00' })));
    for (const msgid of started) {
      const paid = await rig.final(garden, msgid);
      assert.deepEqual([paid.port, terminalIn(paid)], [1, at(well)]);
    }
    assert.equal(rig.collector.all(wait).length, 1, 'still unresolved');
  });

  it('charges no new transactionId while one of its terminals is gone that may have kept a journal of its own', async () => {
    const error = await refused(rig, garden, 'payment', { payload: { amount: '28.00', transactionId: 'garden-1' } });
    assert.equal(error.code, 'pool_unsure');
    assert.match(error.message, /terminal gone of the pool does not run/);
    const paid = await rig.pay(half, { amount: '28.00', transactionId: 'half-1' });
    assert.deepEqual([paid.port, terminalIn(paid)], [1, at(b)]);
  });

  it('takes no poiTransaction back by its id alone: every terminal counts for itself', async () => {
    const { msg } = await rig.pay(shop, '24.50');
    const { id } = msg.payload.poiTransaction as { id: string };
    const error = await refused(rig, shop, 'reversal', { payload: { poiTransaction: { id } } });
    assert.deepEqual([error.code, error.path], ['which_terminal', 'payload.poiTransaction.timestamp']);
  });

  it('without terminals says so', async () => {
    const error = await refused(rig, nobody, 'payment', { payload: '29.00' });
    assert.deepEqual([error.code, error.path], ['invalid_config', 'pool']);
  });
});

it('an outcome that is found after a restart leaves the node that asked, whichever terminal it used', async () => {
  const before = [named, cafes].map(waiting);
  await rig.feed(named, 'payment', { payload: { amount: '30.00', context: 'named' }, terminal: 'Cafe 1' });
  await rig.status(cafe1, 'terminal', 'logging in');
  await rig.feed(cafes, 'payment', { payload: { amount: '30.00', context: 'pooled' } });
  for (const { poiId } of [cafe1, cafe2]) await slow.answered(poiId, /^Login/);
  for (const [index, lane] of [named, cafes].entries()) {
    await rig.status(lane, 'payment', 'waiting for card', { count: (before[index] ?? 0) + 1 });
  }
  // A payment that has not arrived at the terminal by then would stay unresolved.
  await Promise.all(gates.map((gate) => gate.passed('<PaymentRequest')));
  await rig.killNodeRed();
  await rig.startNodeRed();
  for (const [lane, context, terminal] of [
    [named, 'named', cafe1],
    [cafes, 'pooled', cafe2],
  ] as const) {
    const where = (msg: Report['msg']) => msg.payload?.context === context && msg.payload.outcome !== 'unresolved';
    const found = await rig.collector.next({ run: 2, lane: lane.name, kind: 'output', node: 'payment', where });
    assert.deepEqual([found.port, terminalIn(found), found.msg.payload.recovered], [1, at(terminal), true]);
    assert.equal(slow.moved(found.msg.payload.transactionId).length, 1);
  }
});

it('a deploy that starts a terminal of a pool anew, and not the nodes that use it, loses nothing', async () => {
  const before = waiting(cafes);
  await rig.feed(cafes, 'payment', { payload: { amount: '31.00', context: 'deployed' } });
  await rig.status(cafes, 'payment', 'waiting for card', { count: before + 1 });
  const anew = (node: FlowNode) =>
    gates.some(({ port }) => port === node.port) ? { ...node, name: `${node.name} anew` } : node;
  await rig.nodeRed.deploy(rig.flows().map(anew), 'nodes');
  const where = (msg: Report['msg']) => msg.payload?.context === 'deployed' && msg.payload.outcome !== 'unresolved';
  const found = await rig.collector.next({ lane: 'cafes', kind: 'output', node: 'payment', where });
  assert.deepEqual([found.port, found.msg.payload.recovered], [1, true]);
  assert.equal(slow.moved(found.msg.payload.transactionId).length, 1);
  assert.equal((await rig.pay(cafes, '32.00')).port, 1);
});

it('every result was sent once, and nothing but the empty pool is in the log', () => {
  rig.assertOnce();
  const lines = rig.nodeRed.log.split('\n').filter((line) => line.trim() !== '' && !/pool has no terminals/.test(line));
  assert.deepEqual(lines, []);
});
