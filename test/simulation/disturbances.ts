import { Random } from '../support/random.ts';
import type { OutsideFault } from './faults.ts';
import type { Action, Category, Plan, Step, TerminalPlan } from './plan.ts';

/**
 * What goes wrong outside the world that the code was written for. Each one is added to worlds that stay otherwise the
 * same: it draws from random numbers of its own.
 */
export const disturbances = {
  lateAfterGiveUp: 'a request that was given up, or whose process was killed, still arrives: up to 119 s later',
  lateRelay: 'a relay delivers a request minutes after it has told that it is lost',
  twice: 'a relay repeats a request; the answer to either copy comes first, or only that to the second',
  firstWipe: 'a till’s first payment is approved, its answer lost, and the terminal wiped',
  replaced: 'another terminal takes the place of one, and may go again, while a payment is on its way',
} as const;

export type Disturbance = keyof typeof disturbances;

/** Those that the code withstands: part of every run. */
export const withstood: readonly Disturbance[] = [];

/** Adds them to a plan. */
export function disturb(plan: Plan, chosen: readonly Disturbance[]): Plan {
  if (chosen.length === 0) return plan;
  const terminals = plan.terminals.map((terminal, index) => {
    const random = new Random(plan.seed, plan.world, 9, index);
    const disturbed = { ...terminal, steps: [...terminal.steps] };
    for (const name of chosen) {
      const draw = new Random(random.next(), NAMES.indexOf(name));
      if (draw.chance(0.7)) TABLE[name](new Draft(disturbed, draw));
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

  constructor(plan: TerminalPlan, random: Random) {
    this.plan = plan;
    this.random = random;
  }

  /** Puts actions one after the other, `gap` ms apart, before a payment or a reversal that is chosen by chance. */
  before(type: 'pay' | 'reverse', ...actions: { gap?: number; action: Action }[]): void {
    const { steps } = this.plan;
    const places = steps.flatMap(({ action }, at) => (action.type === type ? [at] : []));
    const at = places[this.random.between(0, places.length - 1)] ?? 0;
    steps.splice(at, 0, ...actions.map(({ gap = 0, action }): Step => ({ gap, action })));
  }

  first(...actions: Action[]): void {
    this.plan.steps.unshift(...actions.map((action) => ({ gap: 0, action })));
  }

  net(fault: OutsideFault, ms: number): void {
    const { random } = this;
    const category = random.weighted<Category>([
      [6, 'Payment'],
      [3, 'Reversal'],
      [1, 'any'],
    ]);
    const type = category === 'Reversal' && random.chance(0.7) ? 'reverse' : 'pay';
    this.before(type, { action: { type: 'net', fault, category, count: random.between(1, 2), ms } });
  }
}

const LOST_ANSWER: Action = { type: 'net', fault: 'lostResponse', category: 'Payment', count: 1, ms: 0 };

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
    for (let i = 0; i < 2; i++) {
      const lost = random.chance(0.7) ? [{ action: LOST_ANSWER }] : [];
      draft.before('pay', ...lost, { action: fate() });
    }
  },
};
