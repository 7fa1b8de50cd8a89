/** Every result is delivered: by its node, by another payment node of the terminal, or by an error; and it is listed. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { TransactionRow } from '../../lib/contract/transaction-rows.ts';
import { type FlowNode, Lane } from '../support/node-red-flow.ts';
import { passOn, reversalOf, ThreeWayLane } from '../support/node-red-post-approval.ts';
import { writeFlows } from '../support/node-red-process.ts';
import { Rig } from '../support/node-red-rig.ts';
import { VirtualTerminalProcess } from '../support/virtual-terminal.ts';

const pasted = new Lane('pasted', { nodes: { payment: {}, 'payment-refund': { paymentType: 'Refund' } } });
const deployed = new Lane('deployed');
const gone = new Lane('gone', { nodes: { payment: {}, transactions: {} } });
const goods = new ThreeWayLane('goods', { nodes: { payment: { awaitFulfilment: true }, fulfil: {} } });
const twice = new ThreeWayLane('twice', { nodes: { payment: {}, reversal: {} } });

/** Approved after 20 s: long enough for a kill in between. */
const SLOW = '89.06';

let folder: string;
let rig: Rig;
/** A terminal that is switched off. */
let mortal: VirtualTerminalProcess;
let dead: Lane;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nexo-mortal-'));
  mortal = await VirtualTerminalProcess.start({ store: join(folder, 'terminal.jsonl'), delay: 50 });
  dead = new Lane('dead', { terminal: { port: mortal.port, responseTimeout: 1, recoveryTimeout: 1 } });
  rig = await Rig.start({ lanes: [pasted, deployed, gone, goods, twice, dead], delay: 2500 });
});
after(async () => {
  await rig?.end();
  await mortal?.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** The flows as if that node had been cut and pasted: it has another id. */
function withOtherId(flows: FlowNode[], id: string): FlowNode[] {
  return JSON.parse(JSON.stringify(flows).replaceAll(`"${id}"`, `"${id}-pasted"`)) as FlowNode[];
}

async function startPayment(lane: Lane, transactionId: string, amount = '89.00'): Promise<void> {
  await rig.feed(lane, 'payment', { payload: { amount, transactionId, context: { order: transactionId } } });
  await rig.status(lane, 'payment', 'waiting for card');
  // By the time that Node-RED answers this, the request has left.
  await rig.nodeRed.resources(rig.terminal.port);
}

/** The next result of a transaction, wherever it leaves. */
function result(lane: Lane, transactionId: string, run: number) {
  const where = ({ payload }: { payload: { transactionId?: string } }) => payload.transactionId === transactionId;
  return rig.collector.next({ lane: lane.name, kind: 'output', run, where });
}

describe('a payment node that is not there any more', () => {
  it('while Node-RED runs: another payment node of the terminal delivers its result', async () => {
    await startPayment(deployed, 'deployed-1');
    await rig.nodeRed.deploy(withOtherId(rig.flows(), 'deployed-payment'), 'nodes');
    const { node, port, msg } = await result(deployed, 'deployed-1', 1);
    const { outcome, recovered, context } = msg.payload;
    assert.deepEqual([node, port, outcome, recovered], ['payment', 1, 'approved', true]);
    assert.deepEqual(context, { order: 'deployed-1' });
  });

  describe('after a restart', () => {
    before(async () => {
      const paid = await rig.pay(goods, { amount: '24.00', transactionId: 'goods-1' });
      assert.equal(paid.port, 1);
      await rig.feed(dead, 'payment', { payload: { amount: '95.22', transactionId: 'dead-1' } });
      await mortal.answered(dead.poiId, /^Payment .*connection dropped/);
      await mortal.kill();
      await rig.status(dead, 'payment', 'unresolved, querying');
      await Promise.all([startPayment(pasted, 'pasted-1', SLOW), startPayment(gone, 'gone-1', SLOW)]);
      await rig.killNodeRed();
      const flows = rig.flows().filter(({ id }) => id !== 'gone-payment');
      writeFlows(rig.userDir, withOtherId(withOtherId(flows, 'pasted-payment'), 'goods-payment'));
      await rig.startNodeRed();
    });

    it('another payment node of the terminal delivers its result, one that is set to the same type', async () => {
      const { node, port, msg } = await result(pasted, 'pasted-1', 2);
      const { outcome, recovered, context } = msg.payload;
      assert.deepEqual([node, port, outcome, recovered], ['payment', 1, 'approved', true]);
      assert.deepEqual(context, { order: 'pasted-1' });
    });

    it('an approval that waits for its goods is delivered, and can be ended', async () => {
      const again = await result(goods, 'goods-1', 2);
      assert.deepEqual([again.node, again.port, again.msg.payload.recovered], ['payment', 1, true]);
      const back = await passOn(rig, goods, again, 'fulfil', false);
      assert.deepEqual([back.port, reversalOf(back).outcome], [2, 'reversed']);
    });

    it('without another payment node: an error of the terminal, and the list of what was not delivered', async () => {
      const where = ({ error }: { error: { code?: string } }) => error.code === 'result_undelivered';
      const { msg } = await rig.collector.next({ lane: 'gone', kind: 'catch', where });
      assert.match(msg.error.message, /gone-1.*approved/);
      assert.deepEqual(await undelivered(), ['gone-1 approved']);
      await rig.nodeRed.deploy(withOtherId(rig.flows(), 'gone-payment'), 'nodes');
      const { node, port } = await result(gone, 'gone-1', 2);
      assert.deepEqual([node, port], ['payment', 1]);
      assert.deepEqual(await undelivered(), []);
    });

    it('what is unresolved is reported as unresolved again', async () => {
      const { node, port, msg } = await result(dead, 'dead-1', 2);
      const { outcome, recovered } = msg.payload;
      assert.deepEqual([node, port, outcome, recovered], ['payment', 3, 'unresolved', true]);
      assert.ok(msg.payload.error?.message);
    });
  });
});

async function undelivered(): Promise<string[]> {
  const { msg } = await rig.ask(gone, 'transactions', { query: 'undelivered' });
  const rows = msg.payload as unknown as TransactionRow[];
  return rows.map(({ transactionId, outcome }) => `${transactionId} ${outcome}`);
}
