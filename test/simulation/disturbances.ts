import { Random } from '../support/random.ts';
import type { NetFault } from './faults.ts';
import type { Action, Category, Plan, Step, TerminalPlan } from './plan.ts';
import type { Vendor } from './vendor.ts';

/**
 * What goes wrong outside the world that the code was written for. Each one is added to worlds that stay otherwise the
 * same: it draws from random numbers of its own.
 */
export const disturbances = {
  lateAfterGiveUp: 'a request that was given up, or whose process was killed, still arrives: up to 119 s later',
  lateRelay: 'a relay delivers a request minutes after it reported it as lost',
  twice: 'a relay repeats a request; the answer to either copy comes first, or only that to the second',
  firstWipe: 'a till’s first payment is approved, its answer lost, and the terminal wiped',
  replaced:
    'another terminal takes the place of one, and may go again, or it loses its latest records, during a payment',
  unreadable: 'the journal is locked at a start, or its worker dies: outcomes reported meanwhile count',
  lostJournal: 'the journal is gone at a start',
  oldJournal: 'the journal is restored from a backup at a start',
  otherJournal: 'another journal is chosen for a while',
  ambiguousWrite: 'writes of the disk fail after they were made',
  retention: 'the clock is two years ahead at one start, and old rows are deleted',
  clocks: 'the clock jumps by years, or to 1970',
  after2056: 'the clock is past 2056, when ServiceIDs that are made of the time are too long',
  saleId: 'the SaleID is edited, and perhaps edited back',
  poiId: 'the POIID is edited, and edited back',
  nodeIds: 'the flow is pasted anew: its nodes have other ids',
  endpoint: 'an endpoint is added or taken away: other rules for signatures',
  runningRepeated: 'a status about what still runs repeats a response with InProgress or Busy',
  resultSpelling: 'a terminal writes `success`',
  otherDialogue: 'NotAllowed means that another dialogue is open, while the till is logged in',
  reversalsUnknown: 'a terminal’s status knows of no reversals',
  lag: 'a terminal’s status knows of what has ended only some seconds later',
  listens: 'signatures are asked for by notices, and a flow listens, late or never',
  doubtfulRound: 'after the limit, the first answer is an old one and the second is lost',
  twoTills: 'two tills, with a SaleID each, at one terminal',
  retold: 'no disturbance: each process has to report what is unresolved',
  lists: 'no disturbance: what is open has to be in a list that is shown',
} as const;

export type Disturbance = keyof typeof disturbances;

/** Those that the code withstands: part of every run. */
export const withstood: readonly Disturbance[] = [
  ...(['lists', 'listens', 'twoTills', 'clocks', 'doubtfulRound'] as const),
  ...(['lateAfterGiveUp', 'lateRelay', 'twice', 'reversalsUnknown'] as const),
  ...(['firstWipe', 'replaced', 'runningRepeated', 'resultSpelling', 'lag', 'otherDialogue'] as const),
  ...(['nodeIds', 'retold', 'endpoint'] as const),
];

/** Adds them to a plan. */
export function disturb(plan: Plan, chosen: readonly Disturbance[]): Plan {
  if (chosen.length === 0) return plan;
  // What every run has is not in every world.
  const often = chosen.join() === withstood.join() ? 0.1 : 0.7;
  const terminals = plan.terminals.map((terminal, index) => {
    const random = new Random(plan.seed, plan.world, 9, index);
    const disturbed = { ...terminal, steps: [...terminal.steps] };
    for (const name of chosen) {
      const draw = new Random(random.next(), NAMES.indexOf(name));
      if (!draw.chance(often)) continue;
      disturbed.disturbedBy = [...(disturbed.disturbedBy ?? []), name];
      TABLE[name](new Draft(disturbed, draw, index));
    }
    return disturbed;
  });
  return { ...plan, disturbances: chosen, terminals };
}

const NAMES = Object.keys(disturbances) as Disturbance[];

/** A terminal's plan while something is added to it. */
class Draft {
  readonly plan: TerminalPlan;
  readonly random: Random;
  /** Which terminal of its world it is. */
  readonly index: number;
  /** Where what was put in ends. */
  #after = 0;

  constructor(plan: TerminalPlan, random: Random, index: number) {
    this.plan = plan;
    this.index = index;
    this.random = random;
  }

  /** Puts actions one after the other, `gap` ms apart, before a payment or a reversal that is chosen by chance. */
  before(type: 'pay' | 'reverse', ...actions: { gap?: number; action: Action }[]): void {
    const { steps } = this.plan;
    const places = steps.flatMap(({ action }, at) => (action.type === type ? [at] : []));
    const at = places[this.random.between(0, places.length - 1)] ?? 0;
    steps.splice(at, 0, ...actions.map(({ gap = 0, action }): Step => ({ gap, action })));
    this.#after = Math.max(this.#after, at + actions.length);
  }

  /** After everything else but the last payments. */
  last(action: Action): void {
    const { steps } = this.plan;
    steps.splice(Math.max(this.#after, steps.length - this.random.between(1, 4)), 0, { gap: 0, action });
  }

  /** Flows repeat payments from before. */
  repeat(count: number): void {
    const { steps } = this.plan;
    const pays = steps.filter(({ action }) => action.type === 'pay');
    for (let i = 0; i < count; i++) {
      const one = pays[this.random.between(0, pays.length - 1)];
      if (one !== undefined) steps.push({ ...one, gap: this.random.between(0, 9_000) });
    }
  }

  /** While a payment may be on its way, or be unresolved. */
  edit(what: Extract<Action, { type: 'edit' }>['what']): void {
    const { random } = this;
    const back = random.chance(0.6) && { ms: random.pick([3_000, 60_000, 500_000]) };
    const lost = random.chance(0.6) ? [{ action: { ...LOST_ANSWER, fault: 'silentResponse' } as const }] : [];
    const places = this.plan.steps.flatMap(({ action }, at) => (action.type === 'pay' ? [at] : []));
    const at = places[random.between(0, places.length - 1)] ?? 0;
    const pay = this.plan.steps[at];
    // The customer's payment is not waited for.
    if (pay?.action.type === 'pay') this.plan.steps[at] = { ...pay, action: { ...pay.action, patience: 0 } };
    this.plan.steps.splice(at + 1, 0, { gap: random.between(0, 200_000), action: { type: 'edit', what, ...back } });
    this.plan.steps.splice(at, 0, ...lost.map(({ action }) => ({ gap: 0, action })));
  }

  first(...actions: Action[]): void {
    this.plan.steps.unshift(...actions.map((action) => ({ gap: 0, action })));
  }

  vendor(vendor: Vendor): void {
    this.plan.vendor = { ...this.plan.vendor, ...vendor };
  }

  /** A payment takes longer than its connection is waited for, or its answer is lost while it runs. */
  slow(): void {
    const { random } = this;
    const delay = random.pick([20_000, 70_000, 290_000, 330_000]);
    const timing = { ...this.plan.timing, delay, lateness: 30_000 };
    const lost = random.chance(0.7) ? [{ action: { ...LOST_ANSWER, fault: 'resetAfter' } as const }] : [];
    this.before('pay', ...lost, { action: { type: 'timing', timing } });
  }

  net(fault: NetFault, ms: number, only?: Category): void {
    const { random } = this;
    const category =
      only ??
      random.weighted<Category>([
        [6, 'Payment'],
        [3, 'Reversal'],
        [1, 'any'],
      ]);
    const type = category === 'Reversal' && random.chance(0.7) ? 'reverse' : 'pay';
    this.before(type, { action: { type: 'net', fault, category, count: random.between(1, 2), ms } });
  }
}

const LOST_ANSWER: Extract<Action, { type: 'net' }> = {
  type: 'net',
  fault: 'lostResponse',
  category: 'Payment',
  count: 1,
  ms: 0,
};

const KILL: Action = { type: 'kill', at: { type: 'now' }, down: 1_000 };
const DAY = 86_400_000;
/** From 1970 to when worlds begin, in ms. */
const SINCE_1970 = Date.UTC(2026, 0, 1, 6);

const TABLE: Readonly<Record<Disturbance, (draft: Draft) => void>> = {
  lateAfterGiveUp: (draft) => {
    if (draft.plan.relay) return;
    for (let i = 0; i < 2; i++) draft.net('lateAfterGiveUp', draft.random.between(30_000, 900_000));
  },
  lateRelay: (draft) => {
    draft.plan.relay = true;
    draft.net('lateRelay', draft.random.pick([20_000, 90_000, 400_000, 1_200_000]));
  },
  twice: (draft) => {
    draft.plan.relay = true;
    for (let i = 0; i < 2; i++) draft.net('twice', draft.random.pick([50, 700, 1_400, 5_000, 20_000, 70_000]));
  },
  firstWipe: (draft) => {
    draft.first(LOST_ANSWER, { type: 'wipe', first: true, during: draft.random.between(1_600, 9_000) });
  },
  replaced: (draft) => {
    const { random } = draft;
    const fate = (): Action => ({
      type: 'replace',
      unplugged: random.chance(0.5),
      ...(random.chance(0.8) && { during: random.pick([300, 1_300, 1_600, 5_000]) }),
      ...(random.chance(0.7) && { ms: random.pick([1_000, 10_000, 100_000, 400_000]) }),
    });
    if (random.chance(0.4)) draft.first(LOST_ANSWER, fate());
    // It comes back from a repair with the memory that it had before.
    const repair: Action = { type: 'wipe', latest: random.between(2, 4), during: random.between(1_600, 9_000) };
    if (random.chance(0.5)) draft.before('pay', { action: LOST_ANSWER }, { action: repair });
    for (let i = 0; i < 2; i++) {
      const lost = random.chance(0.7) ? [{ action: LOST_ANSWER }] : [];
      draft.before('pay', ...lost, { action: fate() });
    }
  },
  unreadable: (draft) => {
    const { random } = draft;
    const how = random.pick(['locked', 'dies'] as const);
    const { steps } = draft.plan;
    for (const again of [false, true]) {
      // Most often the flow repeats what it did not hear of.
      const pays = steps.filter(({ action }) => action.type === 'pay');
      const repeated = pays[random.between(0, pays.length - 1)];
      draft.before('pay', {
        gap: random.between(0, 9_000),
        action: { type: 'disk', how, ms: random.between(500, 30_000) },
      });
      if (again && repeated !== undefined) steps.push({ ...repeated, gap: random.between(0, 3_000) });
    }
  },
  lostJournal: (draft) => draft.before('pay', { action: { type: 'journal', how: 'lost', ms: 0 } }),
  oldJournal: (draft) => {
    draft.before('pay', { action: { type: 'backup' } });
    draft.last({ type: 'journal', how: 'restored', ms: 0 });
  },
  otherJournal: (draft) => {
    const { random } = draft;
    const ms = random.between(2_000, 200_000);
    draft.before('pay', { gap: random.between(0, 3_000), action: { type: 'journal', how: 'other', ms } });
  },
  ambiguousWrite: (draft) => {
    const { random } = draft;
    for (const type of ['pay', 'reverse'] as const) {
      const action: Action = { type: 'disk', how: 'ambiguous', ms: random.pick([20, 200, 2_000, 60_000]) };
      draft.before(type, { action });
    }
  },
  retention: (draft) => {
    const ahead = 2 * 365 * DAY;
    const back: Action = { type: 'clock', ms: -ahead };
    draft.before('pay', { action: { type: 'clock', ms: ahead } }, { action: KILL }, { gap: 5_000, action: back });
    draft.repeat(3);
  },
  clocks: (draft) => {
    const { random } = draft;
    // Small blocks of ServiceIDs: only the journal keeps them apart where the clock does not.
    draft.plan.reserve = 20;
    const ms = random.pick([2 * 365 * DAY, -SINCE_1970]);
    const restart = () => (random.chance(0.5) ? [{ action: KILL }] : []);
    draft.before('pay', { action: { type: 'clock', ms } }, ...restart());
    if (random.chance(0.7)) draft.last({ type: 'clock', ms: -ms });
    if (random.chance(0.5)) draft.last(KILL);
    draft.repeat(2);
  },
  after2056: (draft) => draft.before('pay', { action: { type: 'clock', ms: 31 * 366 * DAY } }, { action: KILL }),
  saleId: (draft) => draft.edit('saleId'),
  poiId: (draft) => draft.edit('poiId'),
  nodeIds: (draft) => draft.edit('node'),
  endpoint: (draft) => {
    const { random } = draft;
    draft.plan.signature = 'listener';
    draft.plan.listener = random.pick([5, 3_000]);
    const { steps } = draft.plan;
    const at = steps.findIndex(({ action }) => action.type === 'pay');
    const pay = steps[at];
    if (pay?.action.type !== 'pay') return;
    const key = pay.action.key.replace(/^\w+-/, 'signature-');
    steps[at] = { ...pay, action: { ...pay.action, key, patience: 0 } };
    const back = random.chance(0.5) && { ms: random.between(1_000, 100_000) };
    steps.splice(at + 1, 0, { gap: random.between(1_500, 6_500), action: { type: 'edit', what: 'endpoint', ...back } });
  },
  runningRepeated: (draft) => {
    draft.vendor({ running: draft.random.pick(['InProgress', 'Busy']) });
    draft.slow();
  },
  resultSpelling: (draft) => draft.vendor({ success: 'success' }),
  otherDialogue: (draft) => {
    draft.vendor({ dialogue: draft.random.pick(['requests', 'everything']) });
    draft.slow();
  },
  reversalsUnknown: (draft) => {
    draft.vendor({ forgetsReversals: true });
    draft.net('lostResponse', 0, 'Reversal');
  },
  lag: (draft) => {
    draft.vendor({ lag: draft.random.between(1_000, 20_000) });
    draft.slow();
  },
  listens: (draft) => {
    const { plan, random } = draft;
    plan.signature = 'listener';
    delete plan.listener;
    if (random.chance(0.8)) plan.listener = random.pick([5, 3_000, 45_000]);
    plan.steps = plan.steps.map((step) => {
      const { action } = step;
      if (action.type !== 'pay' || !random.chance(0.2)) return step;
      return { ...step, action: { ...action, key: action.key.replace(/^\w+-/, 'signature-') } };
    });
  },
  doubtfulRound: (draft) => {
    for (let i = 0; i < 3; i++) doubtfulRound(draft);
  },
  twoTills: (draft) => {
    if (draft.index > 0) draft.plan.shares = true;
  },
  retold: () => undefined,
  lists: () => undefined,
};

/** A payment whose answer is lost, then silence until an idle terminal counts, then an answer from before, then no more. */
function doubtfulRound({ plan, random }: Draft): void {
  const { steps, timeouts } = plan;
  const places = steps.flatMap(({ action }, at) => (action.type === 'pay' && action.patience > 0 ? [at] : []));
  const at = places[random.between(0, places.length - 1)];
  const pay = at === undefined ? undefined : steps[at];
  if (at === undefined || pay?.action.type !== 'pay') return;
  const silence = Math.max(timeouts.response, timeouts.proofFloor) - 2_000 + random.between(-500, 3_000);
  const status = { type: 'net', category: 'TransactionStatus', ms: 0 } as const;
  steps.splice(
    ...([at, 1] as const),
    { gap: 0, action: LOST_ANSWER },
    { ...pay, action: { ...pay.action, patience: 0 } },
    { gap: 2_000, action: { type: 'outage', how: 'silence', ms: silence } },
    { gap: silence, action: { ...status, fault: 'statusStale', count: 2 } },
    { gap: 0, action: { ...status, fault: 'resetAfter', count: random.between(1, 60) } },
  );
}
