import * as delivery from './delivery-invariants.ts';
import type { Call } from './evidence.ts';
import * as check from './invariants.ts';
import type { Row } from './journal.ts';
import type { Post } from './post.ts';
import { unresolvedFor } from './unresolved.ts';
import type { World } from './world.ts';

/** When the end must have come, in ms after the last trouble. */
const LATEST = 3_600_000;
/** What is unresolved for good is still asked about for this long. */
const PATIENCE = 700_000;

/** Whether everything has ended that can; `passed`: ms since the last trouble. */
export function settled(world: World, passed: number): boolean {
  if (passed > LATEST) return true;
  const { posts, journal, calls } = world;
  if (posts.some(({ runner, link }) => runner === undefined || link.carried > 0) || !journal.idle) return false;
  for (const row of journal.rows.values()) {
    if (row.state !== 'closed' && (passed < PATIENCE || unresolvedFor(world, row) === undefined)) return false;
  }
  for (const call of calls.values()) {
    if (call.answers === 0 && !waits(world, call)) return false;
  }
  return posts.every((post) => blocked(world, post) || post.runner?.timers.size === 0);
}

/** Compares what the flow was told in the end with the disk and with the terminals' ledgers. @throws Violation */
export function review(world: World): void {
  reviewUnresolved(world);
  for (const row of world.disk.rows()) {
    if (row.state === 'closed') reviewClosed(world, row);
    else reviewOpen(world, row);
  }
  for (const call of world.calls.values()) if (!waits(world, call)) check.wasAnswered(call);
  for (const post of world.posts) {
    const { runner, till } = post;
    if (runner === undefined || blocked(world, post)) continue;
    check.nothingLeftOver(till, [...runner.timers.keys()], runner.exchanges.size);
  }
  for (const story of world.monitor.stories.values()) {
    check.atMostOneCharge(story);
    check.noApprovalDenied(story);
    // An approval whose reversal hangs was told as unresolved since.
    const last = story.told.at(-1);
    if (last?.final !== true) continue;
    check.moneyEqualsReport(story, last);
    check.sameAfterKill(story);
  }
}

/** How long after a start, in ms, a payment that is still unresolved must have been reported. */
const RETOLD = 30_000;

/** Whether the running process has reported what it found unresolved. @throws Violation */
export function reviewUnresolved(world: World): void {
  const { monitor, scheduler } = world;
  if (!world.disturbedBy('retold')) return;
  for (const row of world.journal.rows.values()) {
    if (row.state !== 'unresolved' && !(row.state === 'reversing' && row.reversal?.reported)) continue;
    const story = monitor.story(row.transactionId);
    const post = world.posts.find(({ till }) => till.names.has(row.terminal));
    if (post?.runner?.session === undefined || story.writtenIn === monitor.life) continue;
    const { recovery } = post.plan.timeouts;
    if (scheduler.now - post.startedAt > recovery + RETOLD) delivery.unresolvedIsTold(row, story, monitor.life);
  }
}

function reviewOpen(world: World, row: Row): void {
  const inUse = world.journal.rows.has(row.transactionId);
  const reason = inUse ? unresolvedFor(world, row) : 'its journal is not in use';
  check.hasEnded(row.transactionId, row.state, reason);
  world.count(`unresolved: ${reason}`);
  if (!world.disturbedBy('lists') || row.state === 'ruled') return;
  const running = world.posts.filter(({ runner }) => runner !== undefined && inUse);
  delivery.isListed(row, new Set(running.map(({ config }) => config.terminal)));
}

function reviewClosed(world: World, row: Row): void {
  const story = world.monitor.story(row.transactionId);
  delivery.wasTold(row, story);
  if (!story.ruled) delivery.listEqualsLedger(row, story);
  const wiped = world.posts.some(({ till, device }) => till.names.has(row.terminal) && !device.unchanged);
  if (story.ruled && !wiped) check.alarmWasRaised(story, row);
}

/** Whether something is unresolved there for good. */
function blocked(world: World, { till }: Post): boolean {
  for (const row of world.journal.rows.values()) {
    if (till.names.has(row.terminal) && unresolvedFor(world, row) !== undefined) return true;
  }
  return false;
}

/** Whether a call has a reason to wait: what it asks for comes after something that is unresolved for good. */
function waits(world: World, call: Call): boolean {
  const post = world.posts.find(({ till }) => till === call.till);
  if (post === undefined || !blocked(world, post)) return false;
  const state = world.journal.rows.get(call.about)?.state ?? '';
  const after = call.about === 'logout' || call.about.startsWith('reversal') || call.about.startsWith('goods');
  return after || ['unresolved', 'reversing', 'reverse'].includes(state);
}
