import { type Disturbance, withstood } from './disturbances.ts';
import { Violation } from './invariants.ts';
import type { Mutant } from './mutants.ts';
import type { Plan } from './plan.ts';
import { makePlan } from './planner.ts';
import { shrink } from './shrink.ts';
import { Tally } from './tally.ts';
import { World } from './world.ts';

/** What was found wrong: in which world, and what is left of its plan once all that does not matter is gone. */
export interface Finding {
  seed: number;
  world: number;
  invariant: number;
  message: string;
  /** The smallest plan found that fails in the same way. */
  plan: Plan;
  /** What happens in it, line by line. */
  trace: string[];
}

/** What went wrong in the world of that plan, if anything. An error that is no Violation counts as -1. */
export function failureOf(
  plan: Plan,
  options: { tally?: Tally; mutant?: (() => Mutant) | undefined; trace?: (line: string) => void } = {},
): { invariant: number; message: string } | undefined {
  const { tally = new Tally(), mutant, trace } = options;
  try {
    new World(plan, { tally, mutant: mutant?.(), trace }).run();
    return undefined;
  } catch (error) {
    if (error instanceof Violation) return { invariant: error.invariant, message: error.message };
    return { invariant: -1, message: error instanceof Error ? String(error.stack) : String(error) };
  }
}

/** Plays one world; what it went through is added to `tally`. */
export function playWorld(
  seed: number,
  world: number,
  tally: Tally,
  mutant?: () => Mutant,
  disturbances: readonly Disturbance[] = withstood,
): Finding | undefined {
  const plan = makePlan(seed, world, disturbances);
  const failure = failureOf(plan, { tally, mutant });
  if (failure === undefined) return undefined;
  const smallest = shrink(plan, (smaller) => failureOf(smaller, { mutant })?.invariant === failure.invariant);
  const trace: string[] = [];
  const { message } = failureOf(smallest, { mutant, trace: (line) => trace.push(line) }) ?? failure;
  return { seed, world, invariant: failure.invariant, message, plan: smallest, trace };
}

/** The same lines always give the same number: FNV-1a, 32 bits. */
export function traceHash(plan: Plan): number {
  let hash = 0x811c9dc5;
  const trace = (line: string) => {
    for (let i = 0; i < line.length; i++) hash = Math.imul(hash ^ line.charCodeAt(i), 0x01000193);
  };
  failureOf(plan, { trace });
  return hash >>> 0;
}
