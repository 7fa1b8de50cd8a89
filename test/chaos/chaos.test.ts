/**
 * A real Node-RED and the stand-alone terminal, with a faulty network between them, both killed at random moments. What
 * flows were told is then compared with the terminal's own file. NEXO_CHAOS_SEED repeats the decisions of a run; how the
 * processes interleave is the machine's own.
 */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Random } from '../support/random.ts';
import { Customers } from './customer.ts';
import { type Violation, violationsOf } from './invariants.ts';
import { cardNumbersIn, LEAKED_PAN } from './secrets.ts';
import { World } from './world.ts';

/** Transactions that reach a terminal, at least. */
const PAYMENTS = 120;
/** The proof that nothing was started takes two minutes at least, from the last kill on. */
const SETTLED_WITHIN = 300_000;
const seed = Number(process.env.NEXO_CHAOS_SEED ?? randomInt(2 ** 31));

const limits = { responseTimeout: 2, recoveryTimeout: 2 };
const tills = Array.from({ length: 8 }, (_, index) => ({
  ...limits,
  approvedAfterAbort: index % 2 === 0 ? 'keep' : 'reverse',
}));

/** How many different transactions were sent to a terminal so far. */
function sent(world: World): number {
  return new Set(world.proxies.flatMap(({ seen }) => seen.flatMap(({ transactionId }) => transactionId ?? []))).size;
}

/** Waits until so many transactions were sent. */
async function reached(world: World, count: number): Promise<void> {
  while (sent(world) < count) {
    if (world.failure) throw world.failure;
    await pause(20);
  }
}

/** Kills Node-RED every now and then, sometimes again as soon as it is back. */
async function killNodeRed(world: World, random: Random): Promise<void> {
  for (let at = random.between(10, 25); at < PAYMENTS; at += random.between(38, 58)) {
    await reached(world, at);
    for (let again = true; again; again = random.chance(0.2)) {
      await pause(random.between(0, 600));
      await world.killNodeRed();
      await pause(random.between(0, 300));
      await world.startNodeRed();
    }
  }
}

async function killTerminal(world: World, random: Random): Promise<void> {
  for (let at = random.between(40, 80); at < PAYMENTS; at += random.between(90, 130)) {
    await reached(world, at);
    await pause(random.between(0, 400));
    await world.restartTerminal(random.between(0, 800));
  }
}

/** With all certain, everything is told as before, and every till takes payments. */
async function assertWorking(lanes: readonly Customers[], deadline: number): Promise<void> {
  await Promise.all(lanes.map((lane) => lane.askAgain(3, deadline)));
  for (const { lane, payload } of await Promise.all(lanes.map((lane) => lane.lastOne(deadline)))) {
    assert.equal(payload?.outcome, 'approved', `${lane} takes payments again`);
  }
}

/** Card numbers in what left the nodes, what was logged, and what is on the disk. */
function secretsIn(world: World, since: number): string[] {
  const rows = JSON.stringify(world.journal());
  const texts = [...world.logs, ...world.collector.raw, rows, ...receiptsIn(rows)];
  const numbers = texts.flatMap((text) => cardNumbersIn(text, since));
  const files = world.files().filter(({ text }) => text.includes(LEAKED_PAN));
  return [...numbers, ...files.map(({ name }) => `${LEAKED_PAN} in ${name}`)];
}

/** What base64 hides. */
function receiptsIn(rows: string): string[] {
  return (rows.match(/[A-Za-z0-9+/]{80,}={0,2}/g) ?? []).map((text) => Buffer.from(text, 'base64').toString());
}

function explained(world: World, violations: readonly Violation[]): string {
  const stories = new Map(
    violations.map(({ transactionId, lane }) => [
      transactionId ?? lane ?? '',
      transactionId === undefined ? world.chronicle.storyOf(lane ?? '') : world.chronicle.story(transactionId),
    ]),
  );
  return [
    `Seed ${seed}; everything is kept in ${world.userDir}.`,
    ...violations.map(({ what, transactionId, lane }) => `${transactionId ?? lane} ${what}`),
    ...[...stories].slice(0, 5).map(([name, story]) => `\nThe story of ${name}:\n${story}`),
  ].join('\n');
}

test(`payments through kills and a faulty network, seed ${seed}`, { timeout: 900_000 }, async (t) => {
  const since = Date.now();
  const world = await World.start(seed, tills);
  let passed = false;
  try {
    await world.startNodeRed();
    const lanes = tills.map((_, index) => new Customers(world, `t${index + 1}`, new Random(seed, 3, index)));
    let wanted = true;
    const paying = Promise.all(lanes.map((lane) => lane.payWhile(() => wanted)));
    await Promise.all([
      killNodeRed(world, new Random(seed, 4)),
      killTerminal(world, new Random(seed, 5)),
      reached(world, PAYMENTS),
    ]);
    wanted = false;
    await paying;
    for (const proxy of world.proxies) proxy.calm();
    world.chronicle.note('faults cease');
    const calm = Date.now();

    const deadline = calm + SETTLED_WITHIN;
    const ends = await Promise.all(lanes.map((lane) => lane.settle(deadline)));
    const [unknown, open] = [ends.flatMap((end) => end.unknown), ends.flatMap((end) => end.open)];
    const settled = Date.now();
    await Promise.all(lanes.map((lane) => lane.leave()));
    if (open.length === 0) await assertWorking(lanes, settled + SETTLED_WITHIN);
    if (world.failure) throw world.failure;
    await world.stopNodeRed();

    const { askings, kills, collector } = world;
    const seen = world.proxies.flatMap((proxy) => proxy.seen);
    const [journal, ledger] = [world.journal(), world.ledger()];
    const violations = violationsOf({ askings, told: collector.told, journal, ledger, seen, kills });
    for (const id of unknown) {
      if (journal.some(({ transactionId }) => transactionId === id)) {
        violations.push({ what: 'is in the journal, and nexo-status did not find it', transactionId: id });
      }
    }
    assert.deepEqual(secretsIn(world, since), [], 'no card number anywhere');
    assert.ok(violations.length === 0, explained(world, violations));
    assert.ok(sent(world) >= PAYMENTS);
    const outcomes = Object.entries(Object.groupBy(journal, ({ outcome }) => outcome ?? 'open'));
    const counts = outcomes.map(([outcome, rows]) => `${rows?.length} ${outcome}`).join(', ');
    t.diagnostic(
      `seed ${seed}: ${sent(world)} transactions sent, ${journal.length} in the journal (${counts}), ` +
        `${unknown.length} died with a process before they were taken, ${kills.length} kills, ` +
        `${calm - since} ms of chaos, settled in ${settled - calm} ms`,
    );
    passed = true;
  } catch (error) {
    t.diagnostic(`seed ${seed}: NEXO_CHAOS_SEED=${seed} repeats it; everything is kept in ${world.userDir}`);
    throw error;
  } finally {
    await world.end({ keep: !passed });
  }
});
