/** Journals as flows configure them, and what happens when one cannot be used. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { JournalLossRow } from '../../lib/contract/transaction-rows.ts';
import type { Report } from '../support/collector.ts';
import { type FlowNode, Lane } from '../support/node-red-flow.ts';
import { Rig } from '../support/node-red-rig.ts';

const journal = (name: string, settings: object = {}): FlowNode => ({
  id: name,
  type: 'nexo-journal',
  name: `Journal ${name}`,
  store: 'sqlite',
  file: `${name}.sqlite`,
  retentionDays: 30,
  ...settings,
});

const builtIn = new Lane('builtin', { terminal: { poiId: 'SHARED' } });
const twin = new Lane('twin', { terminal: { poiId: 'SHARED' } });
const own = new Lane('own', { terminal: { journal: 'own-journal' } });
const foreign = new Lane('foreign', { terminal: { journal: 'foreign-journal' } });
const damaged = new Lane('damaged', {
  terminal: { journal: 'damaged-journal' },
  nodes: { payment: {}, reversal: {}, fulfil: {}, status: {}, transactions: {} },
});
const disabled = new Lane('disabled', { terminal: { journal: 'disabled-journal' } });

const DIARY =
  'Dear diary, today I bought a journal. It looks like a database, but it is not one, and never will be. '.repeat(9);

let rig: Rig;
before(async () => {
  rig = await Rig.start({
    lanes: [builtIn, twin, own, foreign, damaged, disabled],
    extra: [
      journal('own-journal', { file: 'kept/own.sqlite' }),
      journal('foreign-journal'),
      journal('damaged-journal'),
      journal('disabled-journal', { d: true }),
    ],
    prepare: (userDir) => {
      writeFileSync(join(userDir, 'foreign-journal.sqlite'), DIARY);
      writeFileSync(join(userDir, 'damaged-journal.sqlite'), Buffer.alloc(4096));
    },
  });
});
after(() => rig?.end());

/** Without its journal a terminal starts nothing, and says why. */
async function assertNotStarted(lane: Lane, reason: RegExp): Promise<void> {
  const { port, msg } = await rig.pay(lane, { amount: '10.00', context: 'kept' });
  const { outcome, error, context } = msg.payload;
  assert.deepEqual([port, outcome, error?.condition, context], [2, 'not_started', 'Journal', 'kept']);
  assert.match(error?.message ?? '', reason);
  assert.deepEqual(rig.terminal.exchanges(lane.poiId), []);
  const failed = ({ error: { source } }: Report['msg']) => source.id === lane.terminalId;
  const caught = await rig.collector.next({ lane: lane.name, kind: 'catch', where: failed });
  assert.match(caught.msg.error.message, reason, 'Catch nodes get it when it happens');
}

describe('a terminal', () => {
  it('is used by one configuration only: a second one is refused with terminal_in_use', async () => {
    assert.equal(
      (await rig.pay(builtIn, { amount: '11.00', transactionId: 'order-11' })).msg.payload.outcome,
      'approved',
    );
    const error = await rig.caught(twin, await rig.feed(twin, 'payment', { payload: '12.00' }));
    assert.equal(error.code, 'terminal_in_use');
    assert.match(error.message, /POIID SHARED/);
    const where = (msg: Report['msg']) => msg.error.source.id === twin.terminalId;
    const atStart = await rig.collector.next({ lane: 'twin', kind: 'catch', where });
    assert.equal(atStart.msg.error.code, 'terminal_in_use', 'Catch nodes get it when the flows start');
    assert.equal(rig.terminal.exchanges('SHARED').filter((line) => line.startsWith('Payment')).length, 1);
  });

  it('keeps its transactions in the journal it is set to', async () => {
    const { msg } = await rig.pay(own, { amount: '13.00', transactionId: 'order-13' });
    assert.equal(msg.payload.outcome, 'approved');
  });

  it('starts nothing with a file that is not a journal, and leaves the file alone', async () => {
    await assertNotStarted(foreign, /foreign-journal\.sqlite.* is not a journal/);
    assert.equal(readFileSync(join(rig.userDir, 'foreign-journal.sqlite'), 'utf8'), DIARY);
  });

  it('starts nothing with a damaged journal, which is set aside', async () => {
    await assertNotStarted(damaged, /damaged/);
    const files = readdirSync(rig.userDir).filter((file) => file.startsWith('damaged-journal.sqlite.damaged-'));
    assert.match(files.join(), /^damaged-journal\.sqlite\.damaged-[\w-]+$/);
  });

  it('gives a transactionId of the flow an error, since whether it was paid before cannot be seen', async () => {
    const payload = { amount: '14.00', transactionId: 'order-14' };
    const error = await rig.caught(damaged, await rig.feed(damaged, 'payment', { payload }));
    assert.equal(error.code, 'journal_unreadable');
    assert.match(error.message, /Nothing was sent for "order-14".*cannot be seen/);
    for (const [node, asked] of Object.entries({
      reversal: { transactionId: 'order-14' },
      fulfil: { transactionId: 'order-14', delivered: true },
      status: { transactionId: 'order-14' },
      transactions: { query: 'byId', transactionId: 'order-14' },
    })) {
      const { code } = await rig.caught(damaged, await rig.feed(damaged, node, { payload: asked }));
      assert.equal(code, 'journal_corrupt', node);
    }
    assert.deepEqual(rig.terminal.exchanges(damaged.poiId), []);
  });

  it('starts nothing after a deploy either, until a person acknowledges what may be missing', async () => {
    await rig.nodeRed.deploy(rig.flows(), 'full');
    const refused = (await rig.pay(damaged, '14.00')).msg.payload;
    assert.deepEqual([refused.outcome, refused.error?.condition], ['not_started', 'Journal']);
    assert.match(refused.error?.message ?? '', /began anew after it was damaged.*acknowledge/);
    const lost = ({ error }: Report['msg']) => error.source.id === damaged.terminalId && error.code === 'journal_lost';
    await rig.collector.next({ lane: 'damaged', kind: 'catch', where: lost });
    const rows = async (payload: object) => (await rig.ask(damaged, 'transactions', payload)).msg.payload;
    const [pending] = (await rows({ query: 'journal' })) as unknown as JournalLossRow[];
    assert.deepEqual([pending?.kind, pending?.terminals, pending?.acknowledged], ['damaged', '*', null]);
    const noName = await rig.feed(damaged, 'transactions', { payload: { acknowledge: {} } });
    assert.equal((await rig.caught(damaged, noName)).code, 'no_operator');
    const [known] = (await rows({ acknowledge: { by: 'Kim', note: 'compared' } })) as unknown as JournalLossRow[];
    assert.deepEqual([known?.acknowledged?.by, known?.acknowledged?.note], ['Kim', 'compared']);
    assert.equal((await rig.pay(damaged, '14.00')).msg.payload.outcome, 'approved');
  });

  it('starts nothing with a journal that is disabled, and says so once a deploy', async () => {
    await assertNotStarted(disabled, /disabled/);
    const said = ({ error }: Report['msg']) => error.source.id === disabled.terminalId;
    assert.equal(rig.collector.all({ lane: 'disabled', kind: 'catch', where: said }).length, 2);
  });
});

it('each journal holds its own, and Node-RED stays up', async () => {
  rig.assertOnce();
  assert.equal((await rig.pay(builtIn, '15.00')).msg.payload.outcome, 'approved');
  await rig.stopNodeRed();
  const ids = (file?: string) => rig.journal(file).map(({ transactionId }) => transactionId);
  assert.deepEqual(ids('kept/own.sqlite'), ['order-13']);
  assert.ok(ids().includes('order-11') && !ids().includes('order-13'));
  assert.ok(!existsSync(join(rig.userDir, 'disabled-journal.sqlite')));
});
