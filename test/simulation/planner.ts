import type { ScenarioName } from '../../lib/virtual/terminal/scenarios.ts';
import { Random } from '../support/random.ts';
import { type Disturbance, disturb, withstood } from './disturbances.ts';
import { messageFaults, type NetFault } from './faults.ts';
import {
  type Action,
  type Category,
  type KillAt,
  type Plan,
  type Step,
  shortLimits,
  type TerminalPlan,
  type Timing,
  usualLimits,
} from './plan.ts';

/** One world in so many carries its messages as bytes. */
const BYTES = 40;
const DAY = 86_400_000;

/** The plan of one world: the same seed and world always give the same one. */
export function makePlan(seed: number, world: number, disturbances: readonly Disturbance[] = withstood): Plan {
  const random = new Random(seed, world);
  const count = random.weighted([
    [6, 1],
    [3, 2],
    [1, 3],
  ]);
  // From none at all to a fault before nearly every payment.
  const trouble = random.pick([0, 0.1, 0.2, 0.3, 0.5, 0.8]);
  const terminals = Array.from({ length: count }, (_, index) => terminalPlan(random, index, trouble));
  const bytes = random.between(1, BYTES) === 1;
  return disturb({ seed, world, bytes, terminals, disturbances: [] }, disturbances);
}

function terminalPlan(random: Random, index: number, trouble: number): TerminalPlan {
  const till = new Till(random, index, random.chance(0.2) ? 0 : trouble);
  return {
    autoLogin: random.chance(0.92),
    whenBusy: random.chance(0.8) ? 'wait' : 'refuse',
    approvedAfterAbort: random.chance(0.6) ? 'keep' : 'reverse',
    ...(random.chance(0.6) ? { signature: 'report' } : { signature: 'listener', listener: 5 }),
    timeouts: random.chance(0.6) ? usualLimits : shortLimits,
    remembers: random.chance(0.3),
    timing: timing(random, 0.1),
    steps: till.steps(random.between(5, 30)),
  };
}

/** The script of one terminal's till, and everything that happens to it. */
class Till {
  readonly #random: Random;
  readonly #index: number;
  readonly #trouble: number;
  readonly #steps: Step[] = [];
  readonly #paid: Extract<Action, { type: 'pay' }>[] = [];
  #customers = 0;
  /** A vending machine, or a shop. */
  readonly #vending: boolean;

  constructor(random: Random, index: number, trouble: number) {
    this.#random = random;
    this.#index = index;
    this.#trouble = trouble;
    this.#vending = random.chance(0.2);
  }

  steps(payments: number): Step[] {
    const random = this.#random;
    if (random.chance(0.3)) this.#add(0, { type: 'login' });
    while (this.#customers < payments) {
      for (let chance = this.#trouble; random.chance(chance); chance /= 3) this.#fault();
      if (random.chance(this.#trouble / 30)) this.#forgotten();
      this.#customer();
      if (random.chance(0.1)) this.#ask();
      if (random.chance(0.04)) this.#reverse();
      if (random.chance(this.#trouble / 10))
        this.#add(random.between(0, 10_000), { type: 'rule', right: random.chance(0.8) });
    }
    return this.#steps;
  }

  #add(gap: number, action: Action): void {
    this.#steps.push({ gap, action });
  }

  #customer(): void {
    const random = this.#random;
    const pay = random.chance(0.06) ? this.#again() : this.#pay();
    const patient = random.chance(0.85);
    const gap = random.chance(0.8) ? random.between(0, 5_000) : random.between(0, 90_000);
    this.#paid.push(pay);
    if (random.chance(0.05)) this.#ahead(pay.key);
    const interrupted = random.chance(0.08) || (this.#trouble > 0 && random.chance(this.#trouble / 8));
    this.#add(gap, { ...pay, patience: patient && !interrupted ? 600_000 : 0 });
    if (interrupted) this.#interrupt();
    if (!patient && random.chance(0.5)) this.#repeat(pay);
  }

  /** The card first, then the amount. Now and then two cards are read, or the customer thinks better of it. */
  #ahead(key: string): void {
    const random = this.#random;
    for (const how of ['read', 'read', 'continue', 'abort'] as const) {
      const chance = { read: 0.7, continue: 0.2, abort: 0.15 }[how];
      if (random.chance(chance)) this.#add(random.between(0, 6_000), { type: 'card', key, how });
    }
  }

  /** A card of a customer who has paid before, or never will. */
  #card(): Action {
    const random = this.#random;
    const before = this.#paid[random.between(0, this.#paid.length - 1)];
    const key = before && random.chance(0.5) ? before.key : `gone-${this.#index}.${this.#customers}`;
    return { type: 'card', key, how: 'read' };
  }

  #pay(): Extract<Action, { type: 'pay' }> {
    const random = this.#random;
    const scenario = this.#scenario();
    const currency = random.weighted([
      [8, 'SEK'],
      [1, 'EUR'],
      [1, 'JPY'],
    ]);
    // A plain amount has no magic decimals: the transactionId's prefix decides.
    const amount = random.between(1, 2_000) * 100 + (currency === 'JPY' ? 0 : 90);
    const refund = random.chance(0.08);
    const key = `${scenario}-${this.#index}.${this.#customers++}`;
    return {
      type: 'pay',
      key,
      amount,
      currency,
      cashBack: !refund && random.chance(0.05) ? 10 : 0,
      refund,
      ...(!refund && this.#vending && { goods: this.#goods() }),
      patience: 0,
    };
  }

  #goods(): { delivered: boolean; ms: number } {
    const random = this.#random;
    return { delivered: random.chance(0.8), ms: random.pick([5, 500, 8_000, 70_000]) };
  }

  #reverse(): void {
    const random = this.#random;
    const key = random.chance(0.5) ? this.#paid[random.between(0, this.#paid.length - 1)]?.key : undefined;
    this.#add(random.between(0, 20_000), key === undefined ? { type: 'reverse' } : { type: 'reverse', key });
    if (random.chance(0.2)) this.#interrupt();
  }

  #scenario(): ScenarioName {
    const random = this.#random;
    if (!random.chance(0.12 + this.#trouble / 4)) return 'approved';
    return random.pick(random.chance(this.#trouble) ? BAD : ORDINARY);
  }

  /** A transactionId that was used before, perhaps long ago, perhaps with another amount. */
  #again(): Extract<Action, { type: 'pay' }> {
    const before = this.#paid[this.#random.between(0, this.#paid.length - 1)];
    if (before === undefined) return this.#pay();
    return this.#random.chance(0.2) ? { ...before, amount: before.amount + 100 } : before;
  }

  #repeat(pay: Extract<Action, { type: 'pay' }>): void {
    this.#add(this.#random.between(0, 4_000), { ...pay, patience: 600_000 });
  }

  /** Approved, the answer lost, and then the terminal forgets all it ever did. */
  #forgotten(): void {
    const random = this.#random;
    this.#add(0, { type: 'net', fault: 'lostResponse', category: 'Payment', count: 1, ms: 0 });
    this.#add(random.between(0, 1_000), this.#pay());
    this.#add(random.between(1_600, 4_000), { type: 'wipe' });
    this.#add(random.between(100_000, 400_000), { type: 'rule', right: true });
  }

  /** Something comes in while a payment is on its way. */
  #interrupt(): void {
    const random = this.#random;
    const gap = random.chance(0.7) ? random.between(0, 2_500) : random.between(0, 140_000);
    const action = random.weighted<Action>([
      [8, { type: 'abort' }],
      [1, { type: 'login' }],
      [1, { type: 'status' }],
      [1, { type: 'logout', maintenance: true }],
      [this.#trouble * 6, { type: 'reboot' }],
      [this.#trouble * 3, { type: 'redeploy', all: random.chance(0.5) }],
      [this.#trouble * 6, this.#kill()],
    ]);
    this.#add(gap, action);
    if (action.type === 'abort' && random.chance(0.2)) this.#add(random.between(0, 500), { type: 'abort' });
  }

  #ask(): void {
    const random = this.#random;
    const last = this.#paid.at(-1)?.key;
    this.#add(
      random.between(0, 3_000),
      random.weighted<Action>([
        [3, { type: 'status' }],
        [3, last === undefined ? { type: 'status' } : { type: 'status', key: last }],
        [2, { type: 'login' }],
        [2, { type: 'logout', maintenance: random.chance(0.5) }],
        [1, { type: 'abort' }],
      ]),
    );
  }

  #kill(): Extract<Action, { type: 'kill' }> {
    const random = this.#random;
    const at = random.weighted<KillAt>([
      [1, { type: 'now' }],
      [2, { type: 'effect', nth: random.between(1, 25) }],
      [1, { type: 'commit', nth: random.between(1, 5), phase: 'before' }],
      [1, { type: 'commit', nth: random.between(1, 5), phase: 'after' }],
    ]);
    return { type: 'kill', at, down: random.pick([50, 1_000, 5_000, 60_000, 400_000]) };
  }

  #fault(): void {
    const random = this.#random;
    const action = random.weighted<() => Action>([
      [12, () => this.#net()],
      [
        2,
        () => ({
          type: 'outage',
          how: random.pick(['unreachable', 'reset', 'silence']),
          ms: random.between(100, 400_000),
        }),
      ],
      [3, () => ({ type: 'script', names: this.#names() })],
      [2, () => ({ type: 'timing', timing: timing(random, 0.6) })],
      [2, () => ({ type: 'reboot' })],
      [3, () => ({ type: 'rebootDuring', ms: random.between(0, 3_000) })],
      [0.3, () => ({ type: 'wipe' })],
      [0.4, () => ({ type: 'renamed', ms: random.between(1_000, 100_000) })],
      [1, () => this.#card()],
      [6, () => this.#kill()],
      [2, () => ({ type: 'redeploy', all: random.chance(0.3) })],
      [
        3,
        () => ({
          type: 'disk',
          how: random.pick(['full', 'readOnly', 'slow', 'dies']),
          ms: random.between(10, 60_000),
        }),
      ],
      [1, () => ({ type: 'clock', ms: random.pick([-DAY, DAY, -3_600_000, 1_234]) })],
    ])();
    const gap = random.chance(0.7) ? 0 : random.between(0, 10_000);
    this.#add(gap, action);
    // The same fault meets the recovery from it.
    if (random.chance(0.15)) this.#add(random.between(0, 20_000), action);
  }

  #net(): Action {
    const random = this.#random;
    const category = random.weighted<Category>([
      [8, 'Payment'],
      [4, 'TransactionStatus'],
      [2, 'Login'],
      [2, 'Abort'],
      [2, 'Reversal'],
      [1, 'Logout'],
      [3, 'any'],
    ]);
    const fault: NetFault = random.pick(messageFaults);
    const count = random.chance(0.7) ? 1 : random.between(2, 6);
    const ms = random.pick([10, 1_000, 8_000, 40_000, 130_000, 290_000, 320_000, 900_000]);
    return { type: 'net', fault, category, count, ms };
  }

  #names(): ScenarioName[] {
    const random = this.#random;
    if (random.chance(0.4)) return Array.from({ length: random.between(1, 7) }, () => 'busy');
    return Array.from({ length: random.between(1, 3) }, () => random.pick(BAD));
  }
}

function timing(random: Random, odd: number): Timing {
  const delay = random.chance(odd) ? random.pick([10, 6_000, 28_000, 110_000, 140_000, 299_000, 330_000]) : 1_500;
  return {
    delay,
    lateness: random.pick([30_000, 61_000, 299_000, 400_000]),
    busyAfterLogin: random.chance(0.3) ? 3_000 : 0,
    busyAfterPayment: random.chance(0.3) ? 3_000 : 0,
  };
}

const ORDINARY = [
  'declined',
  'wrongPin',
  'invalidCard',
  'cancelled',
  'signature',
  'slow',
  'partial',
  'mobile',
  'tip',
  'restricted',
  'hostDown',
  'noCustomer',
] as const;

const BAD = [
  'busy',
  'lostResponse',
  'lostRequest',
  'late',
  'disconnect',
  'html',
  'truncated',
  'wrongServiceId',
  'http500',
  'http204',
  'reboot',
  'rebootAfterApproval',
] as const satisfies readonly ScenarioName[];

/** Whether the payment's own scenario goes wrong on the way, and not merely as payments do. */
export function isTrouble(key: string): boolean {
  return BAD.some((name) => key.startsWith(`${name}-`));
}
