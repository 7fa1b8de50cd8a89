import type { Effect } from '../../lib/session/effects.ts';
import type { SessionEvent } from '../../lib/session/events.ts';
import type { Now } from '../../lib/session/now.ts';
import { newRecord, type TransactionRecord } from '../../lib/session/record.ts';
import type { SessionConfig } from '../../lib/session/session-context.ts';
import type { FlowEffect } from '../../lib/terminal/session-runner.ts';
import { Random } from '../support/random.ts';
import { Disk } from './disk.ts';
import type { Disturbance } from './disturbances.ts';
import { review, reviewUnresolved, settled } from './ending.ts';
import type { Call } from './evidence.ts';
import * as check from './invariants.ts';
import { JournalFile, JournalModel } from './journal.ts';
import { Monitor } from './monitor.ts';
import type { Mutant } from './mutants.ts';
import { type Action, type Plan, paymentsOf } from './plan.ts';
import { EPOCH, makePost, type Post } from './post.ts';
import { Scheduler } from './scheduler.ts';
import { SimulatedRunner } from './simulated-runner.ts';
import type { Tally } from './tally.ts';

/** How often the end is looked for, in ms. */
const LOOK = 20_000;

export interface WorldOptions {
  tally: Tally;
  mutant?: Mutant | undefined;
  /** Gets a line for everything that happens. */
  trace?: ((line: string) => void) | undefined;
}

/** A POS with its terminals, callers, disk and network, from the first step of a plan to the end of every payment. */
export class World {
  readonly scheduler = new Scheduler();
  readonly random: Random;
  readonly journal: JournalModel;
  readonly monitor: Monitor;
  readonly disk: Disk;
  readonly posts: Post[];
  readonly calls = new Map<string, Call>();
  readonly plan: Plan;
  readonly #options: WorldOptions;
  #clock = 0;
  #refs = 0;
  #kill: Extract<Action, { type: 'kill' }> | undefined;
  #countdown = 0;

  constructor(plan: Plan, options: WorldOptions) {
    this.plan = plan;
    this.#options = options;
    this.random = new Random(plan.seed, plan.world, 1);
    this.journal = new JournalModel({
      after: (ms, fire) => this.scheduler.after(ms, fire),
      commitTime: () => (this.disk.slow ? this.random.between(1_000, 8_000) : this.random.between(1, 15)),
      coin: () => this.random.chance(0.5),
      ...(this.disturbedBy('retention') && { keptFrom: () => this.now().ms - RETENTION }),
      committed: (row) => {
        this.log(() => `disk: ${row.transactionId} ${row.state} ${row.outcome ?? ''} ${row.serviceId}`);
        this.monitor.committed(row);
      },
      boundary: (phase) => this.#mayKill((at) => at.type === 'commit' && at.phase === phase),
    });
    this.disk = new Disk(this);
    this.monitor = new Monitor(this.journal, plan.disturbances);
    const disturbed = plan.terminals.some(({ steps }) => steps.some(({ action }) => GLOBAL.has(action.type)));
    for (const { disturbedBy = [] } of plan.terminals)
      for (const name of disturbedBy) this.count(`disturbance ${name}`);
    const sharing = plan.terminals.some(({ shares }) => shares);
    this.posts = [];
    for (const [index, terminal] of plan.terminals.entries()) {
      const other = terminal.shares ? this.posts.at(-1) : undefined;
      this.posts.push(makePost(this, terminal, index, disturbed || sharing, other));
    }
  }

  /** @throws Violation */
  run(): void {
    for (const post of this.posts) this.start(post);
    for (const post of this.posts) post.script.start();
    while (this.posts.some(({ script }) => !script.done)) {
      if (!this.scheduler.step()) throw new Error('the world stands still');
    }
    this.#calmDown();
    const begun = this.scheduler.now;
    for (let end = begun + LOOK; !settled(this, end - begun); end += LOOK) {
      while (this.scheduler.step(end));
      this.scheduler.now = end;
    }
    review(this);
    this.#options.tally.world(paymentsOf(this.plan), this.scheduler.now);
  }

  disturbedBy(disturbance: Disturbance): boolean {
    return this.plan.disturbances.includes(disturbance);
  }

  log(line: () => string): void {
    this.#options.trace?.(`${String(this.scheduler.now).padStart(8)} ${line()}`);
  }

  count(what: string): void {
    this.#options.tally.add(what);
  }

  now(): Now {
    return { ms: EPOCH + this.scheduler.now + this.#clock, offset: 60 };
  }

  /** Starts the terminal's node. */
  start(post: Post): void {
    post.startedAt = this.scheduler.now;
    post.runner = new SimulatedRunner({
      config: post.config,
      reserve: post.plan.reserve,
      scheduler: this.scheduler,
      journal: this.journal,
      link: post.link,
      now: () => this.now(),
      step: (from, to) => this.count(`${from} → ${to}`),
      boundary: (effect) => this.#boundary(post, effect),
      tell: (effect) => this.#tell(post, effect),
      turnAway: (event, reason) => this.#turnAway(post, event, reason),
      mutant: this.#options.mutant,
    });
    if (post.config.signature === 'listener') post.script.listen();
  }

  /** Asks a terminal for something. @returns undefined while the POS is down */
  call(post: Post, about: string, amount: number | undefined, event: (ref: string) => SessionEvent): Call | undefined {
    const { runner } = post;
    if (runner === undefined) return undefined;
    const ref = String(++this.#refs);
    const { life } = this.monitor;
    const call: Call = { ref, till: post.till, about, life, at: this.scheduler.now, answers: 0 };
    if (amount !== undefined) call.amount = amount;
    this.calls.set(ref, call);
    if (about.startsWith('reversal')) for (const story of this.monitor.stories.values()) story.denied = false;
    runner.dispatch(event(ref));
    return call;
  }

  /** @param meanwhile what is done while nothing runs */
  kill(down: number, meanwhile: () => void = () => undefined): void {
    this.log(() => 'POS: killed');
    this.count('kill');
    this.#kill = undefined;
    reviewUnresolved(this);
    for (const post of this.posts) {
      post.runner?.stop();
      post.runner = undefined;
    }
    this.journal.kill();
    if (this.#options.mutant?.losesNewFile && this.monitor.life === 0) this.journal.file = new JournalFile();
    this.#forget(() => true);
    this.monitor.killed();
    meanwhile();
    this.scheduler.after(down, () => {
      this.log(() => 'POS: started');
      for (const post of this.posts) if (post.runner === undefined) this.start(post);
    });
  }

  armKill(kill: Extract<Action, { type: 'kill' }>): void {
    if (kill.at.type === 'now') return this.kill(kill.down);
    this.#kill = kill;
    this.#countdown = kill.at.nth;
  }

  /** @param meanwhile what is changed before it starts again */
  redeploy(posts: readonly Post[], meanwhile: () => void = () => undefined): void {
    const stopped = posts.filter(({ runner }) => runner !== undefined);
    for (const post of stopped) {
      post.runner?.stop();
      post.runner = undefined;
      this.#forget((call) => call.till === post.till);
      if (post.till.out !== undefined) post.till.out.asked = false;
    }
    const again = () => {
      // A kill in between has started them already.
      const waiting = stopped.filter(({ runner }) => runner === undefined);
      if (!this.journal.idle) return void this.scheduler.after(5, again);
      if (this.posts.every(({ runner }) => runner === undefined)) this.journal.revive();
      meanwhile();
      for (const post of waiting) this.start(post);
    };
    this.scheduler.after(5, again);
  }

  /** Settings of a terminal are edited, or its flow is pasted anew, and deployed. */
  edit(post: Post, what: Extract<Action, { type: 'edit' }>['what'], ms: number | undefined): void {
    const before = post.config;
    const change = (config: SessionConfig, copy: number) => {
      post.config = config;
      if (what === 'node') post.paste(copy);
      post.till.name = config.terminal;
      post.till.names.add(config.terminal);
      post.till.poiId = config.poiId;
    };
    this.redeploy([post], () => change(edited(before, what), 1));
    if (ms !== undefined) this.scheduler.after(ms, () => this.redeploy([post], () => change(before, 0)));
  }

  turnClock(ms: number): void {
    this.#clock += ms;
  }

  #boundary(post: Post, effect: Effect): boolean {
    if (this.#mayKill((at) => at.type === 'effect')) {
      this.log(() => `${post.till.poiId}: killed before ${effect.type}`);
      return true;
    }
    return false;
  }

  #mayKill(here: (at: Extract<Action, { type: 'kill' }>['at']) => boolean): boolean {
    const kill = this.#kill;
    if (kill === undefined || !here(kill.at) || --this.#countdown > 0) return false;
    this.count(`kill ${kill.at.type}${kill.at.type === 'commit' ? ` ${kill.at.phase}` : ''}`);
    this.kill(kill.down);
    return true;
  }

  #tell(post: Post, effect: FlowEffect): void {
    switch (effect.type) {
      case 'outcome':
        return this.#outcome(post, effect.refs, effect.record, effect.final);
      case 'done':
      case 'failed': {
        this.count(effect.type === 'done' ? `done ${effect.result.type}` : `failed ${effect.error.code}`);
        this.log(() => `${post.till.poiId}: ${effect.ref} ${effect.type}`);
        const call = this.calls.get(effect.ref);
        if (call !== undefined) this.#answer(post, call);
        return;
      }
      case 'alarm':
        this.count('alarm');
        this.monitor.story(effect.record.transactionId).alarmed = true;
        return;
      case 'notification':
        if (effect.replyId !== undefined) post.script.answer(effect.replyId);
        return;
      case 'state':
        this.count(`state ${effect.state}`);
        return;
      case 'phase':
        this.count(`phase ${effect.phase}`);
    }
  }

  /** `blind`: told while the journal could not even be read, so of this message alone. */
  #outcome(
    post: Post,
    refs: readonly string[],
    record: TransactionRecord,
    final: boolean,
    blind = this.journal.unreadable && record.error?.condition === 'Journal',
  ): void {
    const { transactionId, outcome } = record;
    this.count(`outcome ${outcome}${final ? '' : '…'}${record.recovered ? ' recovered' : ''}`);
    this.log(() => `flow: ${transactionId} is ${outcome}${final ? '' : '…'} ${record.error?.condition ?? ''}`);
    const calls = refs.map((ref) => this.calls.get(ref)).filter((call) => call !== undefined);
    // Another node of the terminal delivers it: PaymentWatchers.
    if (calls.length === 0 && !NODES.some((kind) => post.node(kind) === record.node)) {
      this.count('outcome for a node that is not there');
    }
    // Outcomes without a readable journal are exempt, unless that is what this world is about.
    if (blind && !this.disturbedBy('unreadable')) {
      this.count('outcome told blindly');
      this.monitor.toldBlindly(transactionId, calls);
    } else this.monitor.told(post.till, record, final, calls);
    if (this.plan.bytes) check.noSecrets('an outcome', JSON.stringify(record));
    if (final) {
      for (const call of calls) this.#answer(post, call);
      post.runner?.delivered(transactionId);
    }
    post.script.heard(transactionId);
    if (record.state === 'held') post.script.deliver(transactionId);
  }

  #answer(post: Post, call: Call): void {
    call.answers++;
    if (post.quiet && call.amount !== undefined) check.notDelayed(call, this.scheduler.now - call.at);
  }

  #turnAway(post: Post, event: SessionEvent, reason: string): void {
    this.count('turned away');
    if (!('ref' in event)) return;
    const call = this.calls.get(event.ref);
    if (event.type !== 'pay') {
      if (call !== undefined) call.answers++;
      return;
    }
    const record = newRecord(event.order, post.config.terminal, event.node, this.now());
    const error = { condition: 'Journal', message: reason };
    this.#outcome(post, [event.ref], { ...record, state: 'closed', outcome: 'not_started', error }, true, true);
  }

  /** Who waited in a process, or in a node, that is no more, waits no more. */
  #forget(whose: (call: Call) => boolean): void {
    for (const [ref, call] of this.calls) if (whose(call)) this.calls.delete(ref);
  }

  /** From here on nothing goes wrong any more. */
  #calmDown(): void {
    this.log(() => 'no more trouble');
    this.#kill = undefined;
    this.disk.recover();
    for (const { link } of this.posts) link.calm();
    if (this.journal.dead) this.redeploy(this.posts);
  }
}

const NODES = ['node', 'reversal', 'fulfil'] as const;

/** What troubles every terminal at once. */
const GLOBAL = new Set<Action['type']>(['kill', 'redeploy', 'disk', 'clock', 'journal', 'edit']);

function edited(config: SessionConfig, what: Extract<Action, { type: 'edit' }>['what']): SessionConfig {
  const changed = { ...config };
  if (what === 'saleId') changed.saleId = `${config.saleId}9`;
  if (what === 'poiId') changed.poiId = `X${config.poiId}`;
  if (what === 'endpoint') changed.signature = config.signature === 'report' ? 'listener' : 'report';
  return { ...changed, terminal: `${changed.saleId}/${changed.poiId}` };
}

/** How long rows are kept, in ms: the default. */
const RETENTION = 550 * 86_400_000;
