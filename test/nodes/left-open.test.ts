/** Settings that are edited while something is open: it is reported, listed, blocks its terminal, and can be ended. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { TransactionRow } from '../../lib/contract/transaction-rows.ts';
import { type FlowNode, Lane } from '../support/node-red-flow.ts';
import { writeFlows } from '../support/node-red-process.ts';
import { Rig } from '../support/node-red-rig.ts';
import { VirtualTerminalProcess } from '../support/virtual-terminal.ts';

const nodes = { payment: {}, transactions: {} };
const journal = { id: 'shop-journal', type: 'nexo-journal', name: '', store: 'sqlite', file: '', retentionDays: '' };
const sale = new Lane('sale', { nodes });

let folder: string;
let rig: Rig;
/** A terminal that is switched off. */
let mortal: VirtualTerminalProcess;
let dead: Lane;
let moved: Lane;
let removed: Lane;
let mended: Lane;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nexo-mortal-'));
  mortal = await VirtualTerminalProcess.start({ store: join(folder, 'terminal.jsonl'), delay: 50 });
  const terminal = { port: mortal.port, responseTimeout: 1, recoveryTimeout: 1 };
  dead = new Lane('dead', { terminal, nodes });
  moved = new Lane('moved', { terminal, nodes });
  removed = new Lane('removed', { terminal, nodes });
  mended = new Lane('mended', { terminal: { ...terminal, saleId: '9' }, nodes });
  rig = await Rig.start({ lanes: [sale, dead, moved, removed, mended], extra: [journal] });
  for (const lane of [dead, moved, removed, mended]) {
    const payload = { amount: '95.22', transactionId: `${lane.name}-1`, context: { order: lane.name } };
    await rig.feed(lane, 'payment', { payload });
    await mortal.answered(lane.poiId, /^Payment .*connection dropped/);
  }
  await mortal.kill();
  for (const lane of [dead, moved, removed, mended]) await rig.status(lane, 'payment', 'unresolved, querying');
  // Approved after 20 s: long enough for a kill in between.
  await rig.feed(sale, 'payment', { payload: { amount: '89.06', transactionId: 'sale-1', context: { order: 1 } } });
  await rig.status(sale, 'payment', 'waiting for card');
  // By the time that Node-RED answers this, the request has left.
  await rig.nodeRed.resources(rig.terminal.port);
  await rig.killNodeRed();
  writeFlows(rig.userDir, edited(rig.flows()));
  await rig.startNodeRed();
});
after(async () => {
  await rig?.end();
  await mortal?.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** SaleIDs are edited, another journal is chosen, a terminal is disabled. */
function edited(flows: FlowNode[]): FlowNode[] {
  const settings: Record<string, object> = {
    'sale-terminal': { saleId: '2' },
    'dead-terminal': { saleId: '2' },
    'moved-terminal': { journal: 'shop-journal' },
    'removed-terminal': { d: true },
    'mended-terminal': { poiId: 'POI-mended-by-mistake' },
  };
  return flows.map((node) => ({ ...node, ...settings[node.id] }));
}

async function open(lane: Lane): Promise<string[]> {
  const { msg } = await rig.ask(lane, 'transactions');
  return (msg.payload as unknown as TransactionRow[]).map(({ transactionId }) => transactionId).sort();
}

function errorOf(lane: Lane, transactionId: string) {
  const where = ({ error }: { error: { code?: string; message: string } }) =>
    error.code === 'left_open' && error.message.includes(transactionId);
  return rig.collector.next({ lane: lane.name, kind: 'catch', run: 2, where });
}

/** The next result of a transaction in the second run. */
function result(lane: Lane, transactionId: string, outcome: string) {
  const where = ({ payload }: { payload: { transactionId?: string; outcome?: string } }) =>
    payload.transactionId === transactionId && payload.outcome === outcome;
  return rig.collector.next({ lane: lane.name, kind: 'output', run: 2, where });
}

describe('another SaleID', () => {
  it('an error names what is open; the terminal is asked under the old one, and its node gets the result', async () => {
    await errorOf(sale, 'sale-1');
    const blocked = await rig.pay(sale, '11.00');
    assert.equal(blocked.msg.payload.error?.condition, 'Unresolved');
    const { node, port, msg } = await result(sale, 'sale-1', 'approved');
    assert.deepEqual([node, port, msg.payload.recovered, msg.payload.context], ['payment', 1, true, { order: 1 }]);
    assert.equal(rig.terminal.moved('sale-1').length, 1);
    const next = await rig.pay(sale, { amount: '12.00', transactionId: 'sale-2' });
    assert.equal(next.msg.payload.outcome, 'approved');
    assert.deepEqual(await open(sale), ['mended-1', 'removed-1']);
  });

  it('while it is unresolved it is listed, and blocks the terminal; a ruling ends that', async () => {
    await errorOf(dead, 'dead-1');
    await result(dead, 'dead-1', 'unresolved');
    await rig.status(dead, 'terminal', 'blocked: unresolved');
    const blocked = await rig.pay(dead, '12.00');
    assert.deepEqual(
      [blocked.msg.payload.outcome, blocked.msg.payload.error?.condition],
      ['not_started', 'Unresolved'],
    );
    assert.ok((await open(dead)).includes('dead-1'));
    const ruling = { transactionId: 'dead-1', outcome: 'approved', by: 'Anna' };
    const { msg } = await rig.ask(dead, 'transactions', { ruling });
    assert.equal((msg.payload as unknown as TransactionRow[])[0]?.ruling?.by, 'Anna');
    const { node, port } = await result(dead, 'dead-1', 'approved');
    assert.deepEqual([node, port], ['payment', 1]);
    const next = await rig.pay(dead, '13.00');
    assert.equal(next.msg.payload.error?.condition, 'Unreachable');
    assert.ok(!(await open(dead)).includes('dead-1'));
  });
});

it('the editor can ask what is open at a terminal', async () => {
  const response = await fetch(`${rig.nodeRed.url}/nexo-terminal/sale-terminal/open`);
  const { name, settings, open: list } = (await response.json()) as { name: string; settings: object; open: unknown[] };
  assert.equal(name, 'Till of POI-sale');
  assert.deepEqual(settings, { poiId: 'POI-sale', saleId: '2', journal: '' });
  assert.deepEqual(list, []);
  const unknown = await fetch(`${rig.nodeRed.url}/nexo-terminal/nobody/open`);
  assert.deepEqual(((await unknown.json()) as { open: unknown[] }).open, []);
});

describe('another journal', () => {
  it('what is open in the one before is reported, listed, blocks the terminal, and can be ruled on', async () => {
    await errorOf(moved, 'moved-1');
    await result(moved, 'moved-1', 'unresolved');
    assert.equal((await rig.pay(moved, '12.00')).msg.payload.error?.condition, 'Unresolved');
    assert.ok((await open(moved)).includes('moved-1'));
    await rig.ask(moved, 'transactions', { ruling: { transactionId: 'moved-1', outcome: 'approved', by: 'Anna' } });
    assert.equal((await result(moved, 'moved-1', 'approved')).node, 'payment');
    assert.equal((await rig.pay(moved, '13.00')).msg.payload.error?.condition, 'Unreachable');
  });
});

describe('a terminal that does not run any more, or has another POIID', () => {
  it('what is open is reported, listed by the terminals of its journal, and can be ruled on', async () => {
    assert.ok((await open(dead)).includes('removed-1'));
    const found = await open(mended);
    assert.ok(found.includes('mended-1') && found.includes('removed-1'), String(found));
    await rig.collector.next({
      kind: 'catch',
      run: 2,
      where: ({ error }) => error.code === 'left_open' && /removed-1 .*1\/POI-removed/.test(error.message),
    });
    const ruling = { transactionId: 'mended-1', outcome: 'declined', by: 'Anna' };
    const { msg } = await rig.ask(mended, 'transactions', { ruling });
    const [row] = msg.payload as unknown as TransactionRow[];
    assert.deepEqual([row?.outcome, row?.terminal, row?.ruling?.by], ['declined', '9/POI-mended', 'Anna']);
    const { node, port } = await result(mended, 'mended-1', 'declined');
    assert.deepEqual([node, port], ['payment', 2]);
    assert.ok(!(await open(mended)).includes('mended-1'));
  });

  it('put right again, nothing is left open that was ruled on', async () => {
    writeFlows(rig.userDir, rig.flows());
    await rig.stopNodeRed();
    await rig.startNodeRed();
    assert.deepEqual(await open(mended), []);
    await rig.status(removed, 'terminal', 'blocked: unresolved', { count: 2 });
    assert.deepEqual(await open(removed), ['removed-1']);
    const response = await fetch(`${rig.nodeRed.url}/nexo-terminal/removed-terminal/open`);
    const { open: list } = (await response.json()) as { open: unknown[] };
    assert.deepEqual(list, [{ transactionId: 'removed-1', amount: '95.22', currency: 'SEK', state: 'unresolved' }]);
  });
});
