import { defaultTimeouts, type Timeouts } from '../../lib/session/timeouts.ts';
import type { ScenarioName } from '../../lib/virtual/terminal/scenarios.ts';
import type { Disturbance } from './disturbances.ts';
import type { NetFault } from './faults.ts';
import type { Vendor } from './vendor.ts';

/** Which requests a fault of the network meets. */
export type Category = 'Payment' | 'TransactionStatus' | 'Login' | 'Logout' | 'Abort' | 'Reversal' | 'any';

/** What a caller, the network, the terminal, the POS or its disk does next. All times in ms of virtual time. */
export type Action =
  | {
      type: 'pay';
      key: string;
      amount: number;
      currency: string;
      cashBack: number;
      refund: boolean;
      /** Whether the goods will come out, and when that is known, in ms after the approval. */
      goods?: { delivered: boolean; ms: number };
      /** How long the caller waits for the outcome before its next step; 0: not at all. */
      patience: number;
    }
  | { type: 'abort' }
  /** Takes that payment back, or the last one. */
  | { type: 'reverse'; key?: string }
  /** An operator decides on what is unresolved: rightly, or not. */
  | { type: 'rule'; right: boolean }
  | { type: 'login' }
  | { type: 'logout'; maintenance: boolean }
  /** About that payment's latest request, or the last transaction. */
  | { type: 'status'; key?: string }
  /** The flow is deployed again: this terminal's node, or all of them. */
  | { type: 'redeploy'; all: boolean }
  /** The next `count` requests of that category meet this. */
  | { type: 'net'; fault: NetFault; category: Category; count: number; ms: number }
  | { type: 'outage'; how: 'unreachable' | 'reset' | 'silence'; ms: number }
  | { type: 'script'; names: ScenarioName[] }
  | { type: 'timing'; timing: Timing }
  | { type: 'reboot' }
  /**
   * All its records are gone, or the `latest` few. `first`: also where the POS knows of no transaction yet. `during`: that
   * many ms after the next payment request.
   */
  | { type: 'wipe'; first?: true; latest?: number; during?: number }
  /**
   * Another terminal takes its place, `during` that many ms after the next payment request, or now; the first one is back
   * after `ms`. `unplugged`: it goes on with what it had begun.
   */
  | { type: 'replace'; unplugged: boolean; during?: number; ms?: number }
  /** The terminal restarts that long after the next payment request has reached it. */
  | { type: 'rebootDuring'; ms: number }
  /** The terminal serves another POIID for a while. */
  | { type: 'renamed'; ms: number }
  /** A card is read before the amount of that payment is known. */
  | { type: 'card'; key: string; how: 'read' | 'continue' | 'abort' }
  | { type: 'kill'; at: KillAt; down: number }
  /** `ambiguous`: writes fail after they were made. `locked`: after a kill, another program has the file. */
  | { type: 'disk'; how: 'full' | 'readOnly' | 'slow' | 'dies' | 'ambiguous' | 'locked'; ms: number }
  /** The wall clock is turned; timers go on as before. */
  | { type: 'clock'; ms: number }
  | { type: 'backup' }
  /** The next start finds another journal: an empty one, the last backup, or one that is used for `ms`. */
  | { type: 'journal'; how: 'lost' | 'restored' | 'other'; ms: number }
  /** Settings are edited and deployed, and back after `ms`. */
  | { type: 'edit'; what: 'saleId' | 'poiId' | 'node' | 'endpoint'; ms?: number };

/** At once, before the n-th effect from now, or at the n-th commit from now. */
export type KillAt =
  | { type: 'now' }
  | { type: 'effect'; nth: number }
  | { type: 'commit'; nth: number; phase: 'before' | 'after' };

export interface Timing {
  delay: number;
  lateness: number;
  busyAfterLogin: number;
  busyAfterPayment: number;
}

/** One step of a terminal's script: `gap` ms after the one before. */
export interface Step {
  gap: number;
  action: Action;
}

export interface TerminalPlan {
  autoLogin: boolean;
  whenBusy: 'wait' | 'refuse';
  approvedAfterAbort: 'keep' | 'reverse';
  signature: 'report' | 'listener';
  /** With `listener`: how long after a start a flow listens; absent: never. */
  listener?: number;
  timeouts: Timeouts;
  /** The terminal repeats requests that it refused, too. */
  remembers: boolean;
  timing: Timing;
  /** Its messages go through a relay, which may hold and repeat them. */
  relay?: true;
  vendor?: Vendor;
  /** How many ServiceIDs a start reserves; as usual: 1000. */
  reserve?: number;
  /** Which of the plan's disturbances it got. */
  disturbedBy?: readonly Disturbance[];
  /** It is a second till, with a SaleID of its own, at the terminal before it. */
  shares?: true;
  steps: Step[];
}

/** Everything that is going to happen, fixed before it begins; what is left to chance then comes from `world` and `seed`. */
export interface Plan {
  seed: number;
  world: number;
  /** Messages travel as the bytes that the real encoder makes. */
  bytes: boolean;
  terminals: TerminalPlan[];
  /** What was added to it, from outside the world that the code was written for. */
  disturbances: readonly Disturbance[];
}

/** Limits as by default; a ruling is watched for a shorter time. */
export const usualLimits: Timeouts = { ...defaultTimeouts, watches: 60 };

/** Short ones, whose timers meet those of the terminal in other ways. */
export const shortLimits: Timeouts = {
  ...usualLimits,
  response: 60_000,
  recovery: 20_000,
  probe: 25_000,
  pollSlow: 10_000,
  queueWait: 20_000,
  queueLength: 2,
};

/** How many payments a plan asks for: each transactionId counts once. */
export function paymentsOf(plan: Plan): number {
  const keys = new Set<string>();
  for (const { steps } of plan.terminals) {
    for (const { action } of steps) if (action.type === 'pay') keys.add(action.key);
  }
  return keys.size;
}
