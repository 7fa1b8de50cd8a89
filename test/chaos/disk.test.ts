/** Journals on real disks that fill up, become read-only, or were torn: payments are refused, none is lost. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Report } from '../support/collector.ts';
import { type FlowNode, Lane } from '../support/node-red-flow.ts';
import { Rig } from '../support/node-red-rig.ts';
import { breakableDisk, setReadOnly, smallDisk } from './small-disk.ts';

/** Long enough for a disk to break while the customer looks for the card, in ms. */
const DELAY = 1200;

const journalNode = (id: string, file: string): FlowNode => ({
  id,
  type: 'nexo-journal',
  name: 'Journal',
  store: 'sqlite',
  file,
  retentionDays: 30,
});

/** Brings a payment to where the customer looks for the card. Returns its `_msgid`. */
async function startPayment(rig: Rig, lane: Lane, transactionId: string): Promise<string> {
  const payload = { amount: '20.00', transactionId, context: { order: transactionId } };
  const waiting = 'waiting for card';
  const count = rig.statuses(lane, 'payment').filter((text) => text === waiting).length + 1;
  const msgid = await rig.feed(lane, 'payment', { payload });
  await rig.status(lane, 'payment', waiting, { count });
  return msgid;
}

function outcomes(rig: Rig, lane: Lane, transactionId: string): Report[] {
  const where = ({ payload }: Report['msg']) => payload.transactionId === transactionId;
  return rig.collector.all({ lane: lane.name, kind: 'output', where });
}

/** A payment is turned away with a reason to act upon, and nothing of it reaches the terminal. */
async function assertRefused(rig: Rig, lane: Lane, transactionId: string, reason: RegExp): Promise<void> {
  const { port, msg } = await rig.pay(lane, { amount: '21.00', transactionId });
  assert.deepEqual([port, msg.payload.outcome, msg.payload.error?.condition], [2, 'not_started', 'Journal']);
  assert.match(msg.payload.error?.message ?? '', reason);
  assert.deepEqual(rig.terminal.records(transactionId), []);
}

/** A payment of which nothing can be known in the journal: an error, and nothing of it reaches the terminal. */
async function assertUnreadable(rig: Rig, lane: Lane, transactionId: string, reason: RegExp): Promise<void> {
  const payload = { amount: '21.00', transactionId };
  const error = await rig.caught(lane, await rig.feed(lane, 'payment', { payload }));
  assert.equal(error.code, 'journal_unreadable');
  assert.match(error.message, reason);
  assert.deepEqual(rig.terminal.records(transactionId), []);
}

async function assertApproved(rig: Rig, lane: Lane, transactionId: string): Promise<void> {
  const { msg } = await rig.pay(lane, { amount: '21.00', transactionId });
  assert.equal(msg.payload.outcome, 'approved');
  assert.equal(rig.terminal.moved(transactionId).length, 1);
}

/** The outcome of a payment from before a restart, told once. */
async function assertRecovered(rig: Rig, lane: Lane, transactionId: string): Promise<void> {
  const certain = () => outcomes(rig, lane, transactionId).find(({ msg }) => msg.payload.outcome !== 'unresolved');
  const { msg } = await rig.collector.until(certain, `the outcome of ${transactionId}`);
  assert.deepEqual([msg.payload.outcome, msg.payload.recovered], ['approved', true]);
  assert.deepEqual(msg.payload.context, { order: transactionId });
  assert.equal(rig.terminal.moved(transactionId).length, 1);
}

/** What a Catch node hears of a terminal's journal after a start. */
function caught(rig: Rig, lane: Lane, run: number): Promise<Report> {
  const where = ({ error }: Report['msg']) => error.source.id === lane.terminalId;
  return rig.collector.next({ lane: lane.name, kind: 'catch', run, where });
}

describe('a disk that fills up', () => {
  const disk = smallDisk();
  const [paying, other] = [new Lane('paying', on('small')), new Lane('other', on('small'))];
  const sealed = new Lane('sealed', on('sealed'));
  let rig: Rig;
  before(async () => {
    const extra = [journalNode('small', disk.file), journalNode('sealed', '/sys/journal.sqlite')];
    rig = await Rig.start({ lanes: [paying, other, sealed], extra, delay: DELAY });
  });
  after(async () => {
    await rig?.end();
    disk.remove();
  });

  it('refuses new payments, keeps the outcome of the one in progress, and works again once there is room', async (t) => {
    t.diagnostic(`the disk is ${disk.kind}`);
    await assertApproved(rig, other, 'order-1');
    const msgid = await startPayment(rig, paying, 'order-2');
    disk.fill(rig.userDir);
    await rig.terminal.answered(paying.poiId, /^Payment .*Success/);
    await assertRefused(rig, other, 'order-3', disk.full);
    await assertRefused(rig, other, 'order-3', disk.full);
    assert.deepEqual(outcomes(rig, paying, 'order-2'), [], 'nothing is told that is not on the disk');

    disk.free();
    const { port, msg } = await rig.final(paying, msgid);
    assert.deepEqual([port, msg.payload.outcome, msg.payload.recovered], [1, 'approved', false]);
    assert.equal(rig.terminal.moved('order-2').length, 1);
    await assertApproved(rig, other, 'order-3');
    await assertApproved(rig, paying, 'order-4');
    rig.assertOnce();
  });

  it('loses nothing when Node-RED is killed while it is full', async () => {
    await startPayment(rig, paying, 'order-5');
    disk.fill(rig.userDir);
    await rig.terminal.answered(paying.poiId, /^Payment .*20\.00 .*Success/);
    await assertRefused(rig, other, 'order-6', disk.full);
    await rig.killNodeRed();
    disk.free();
    await rig.startNodeRed();
    await assertRecovered(rig, paying, 'order-5');
    await assertApproved(rig, other, 'order-6');
    await rig.stopNodeRed();
    const rows = rig
      .journal(relative(rig.userDir, disk.file))
      .map(({ transactionId, outcome }) => [transactionId, outcome]);
    const names = ['order-1', 'order-2', 'order-3', 'order-4', 'order-5', 'order-6'];
    assert.deepEqual(
      rows.sort(),
      names.map((name) => [name, 'approved']),
    );
  });

  it('is waited for by a start while it is read-only', async (t) => {
    if (!disk.kind.includes('tmpfs')) {
      t.diagnostic('no disk can be made read-only here: one that always is has to do');
      await rig.startNodeRed();
      return assertUnreadable(rig, sealed, 'order-7', /cannot be written\. Give Node-RED's user write permission/);
    }
    setReadOnly(dirname(disk.file), true);
    await rig.startNodeRed();
    const { msg } = await caught(rig, other, 3);
    assert.match(msg.error.message, /cannot be written/);
    await assertUnreadable(rig, other, 'order-7', /cannot be written\. Give Node-RED's user write permission/);
    setReadOnly(dirname(disk.file), false);
    const payment = { amount: '20.50' };
    let error = (await rig.pay(other, payment)).msg.payload.error;
    // Nothing tells when the terminal has tried again: those who pay find out.
    for (; error?.condition === 'Journal'; error = (await rig.pay(other, payment)).msg.payload.error) await pause(500);
    assert.equal(error, null);
    await assertApproved(rig, other, 'order-7');
  });
});

describe('a disk that breaks while it is written to', () => {
  const disk = breakableDisk();
  const [lane, other] = [new Lane('card', on('broken')), new Lane('next', on('broken'))];
  let rig: Rig;
  before(async () => {
    rig = await Rig.start({ lanes: [lane, other], extra: [journalNode('broken', disk.file)], delay: DELAY });
  });
  after(async () => {
    await rig?.end();
    disk.remove();
  });

  it('refuses new payments, and a restart on the repaired disk tells the true outcome', async (t) => {
    t.diagnostic(`the disk is ${disk.kind}`);
    await assertApproved(rig, lane, 'order-1');
    await startPayment(rig, lane, 'order-2');
    disk.break(rig.userDir);
    await rig.terminal.answered(lane.poiId, /^Payment .*20\.00 .*Success/);
    await assertRefused(rig, other, 'order-4', /journal\.sqlite (does not work|cannot be written|cannot grow)/);
    assert.deepEqual(outcomes(rig, lane, 'order-2'), [], 'nothing is told that is not on the disk');
    await rig.killNodeRed();
    disk.repair();
    await rig.startNodeRed();
    await assertRecovered(rig, lane, 'order-2');
    await assertApproved(rig, lane, 'order-3');
    assert.equal((await rig.pay(lane, { amount: '21.00', transactionId: 'order-1' })).msg.payload.outcome, 'approved');
    assert.equal(rig.terminal.moved('order-1').length, 1);
  });
});

/** What can be found after a power cut or on a worn-out card. `kill`: Node-RED leaves its write-ahead log behind. */
const torn: [name: string, end: 'stop' | 'kill', damage: (file: string) => void][] = [
  ['file cut short', 'stop', (file) => truncateSync(file, statSync(file).size >> 1)],
  ['file with its tail overwritten', 'stop', (file) => overwrite(file, 0.4, 1)],
  ['log with its middle overwritten', 'kill', (file) => overwrite(`${file}-wal`, 0.3, 0.4)],
  ['log with its start overwritten', 'kill', (file) => overwrite(`${file}-wal`, 0, 0.01)],
];

/** @param from where, and `to` where, as a part of its size */
function overwrite(file: string, from: number, to: number): void {
  const bytes = readFileSync(file);
  bytes.fill(0xa5, Math.floor(bytes.length * from), Math.floor(bytes.length * to));
  writeFileSync(file, bytes);
}

describe('a torn journal', () => {
  const lanes = torn.map((_, index) => new Lane(`torn${index}`, on(`torn${index}`)));
  let rig: Rig;
  before(async () => {
    const extra = torn.map((_, index) => journalNode(`torn${index}`, `torn${index}/journal.sqlite`));
    rig = await Rig.start({ lanes, extra, delay: 50 });
    await Promise.all(lanes.map((lane) => payments(lane)));
  });
  after(() => rig?.end());

  async function payments(lane: Lane): Promise<void> {
    for (let n = 1; n <= 6; n++) await assertApproved(rig, lane, `${lane.name}-order-${n}`);
  }

  const fileOf = (lane: Lane) => join(rig.userDir, lane.name, 'journal.sqlite');

  it('is set aside, and said so, before anything else happens', async () => {
    await rig.killNodeRed();
    for (const [index, [, end, damage]] of torn.entries()) if (end === 'kill') damage(fileOf(lanes[index] ?? fail()));
    // The others are closed in good order before they are torn.
    await rig.startNodeRed();
    const ready = lanes.filter((_, index) => torn[index]?.[1] === 'stop');
    await Promise.all(ready.map((lane) => assertApproved(rig, lane, `${lane.name}-order-7`)));
    await Promise.all(lanes.filter((lane) => !ready.includes(lane)).map((lane) => assertSetAside(lane, 2)));
    await rig.stopNodeRed();
    for (const lane of ready) torn[lanes.indexOf(lane)]?.[2](fileOf(lane));
    await rig.startNodeRed();
    await Promise.all(ready.map((lane) => assertSetAside(lane, 3)));
  });

  async function assertSetAside(lane: Lane, run: number): Promise<void> {
    const name = torn[lanes.indexOf(lane)]?.[0];
    const sent = rig.terminal.exchanges(lane.poiId).length;
    const payload = { amount: '22.00', transactionId: `${lane.name}-order-1` };
    const error = await rig.caught(lane, await rig.feed(lane, 'payment', { payload }));
    assert.equal(error.code, 'journal_unreadable', name);
    assert.match(error.message, /is damaged .*It was kept as/);
    assert.equal(rig.terminal.exchanges(lane.poiId).length, sent, 'nothing was sent');
    assert.equal((await caught(rig, lane, run)).msg.error.code, 'journal_corrupt');
    const files = readdirSync(join(rig.userDir, lane.name));
    assert.ok(!files.includes('journal.sqlite'), `no new journal: ${files}`);
    assert.ok(files.some((file) => file.startsWith(`${basename(fileOf(lane))}.damaged-`)));
  }
});

function on(journal: string) {
  return { terminal: { journal } };
}

function fail(): never {
  throw new Error('a lane for each case');
}
