import type { Plan, Step } from './plan.ts';

/** A step and whose it is. */
interface Placed {
  terminal: number;
  step: Step;
}

/** How many smaller plans are tried at most: enough for plans of this size, and it ends. */
const TRIES = 600;

/**
 * The smallest plan found that still fails: delta debugging over the steps of all terminals, ever smaller parts of them
 * left out, until no single step can be.
 */
export function shrink(plan: Plan, fails: (plan: Plan) => boolean): Plan {
  let steps = plan.terminals.flatMap(({ steps }, terminal) => steps.map((step) => ({ terminal, step })));
  let tries = 0;
  const stillFails = (some: Placed[]) => tries++ < TRIES && fails(withSteps(plan, some));
  for (let part = Math.ceil(steps.length / 2); part >= 1; ) {
    let smaller = false;
    for (let at = 0; at < steps.length; ) {
      const rest = [...steps.slice(0, at), ...steps.slice(at + part)];
      if (stillFails(rest)) {
        steps = rest;
        smaller = true;
      } else at += part;
    }
    if (!smaller && part === 1) break;
    part = smaller ? Math.min(part, Math.ceil(steps.length / 2)) : Math.ceil(part / 2);
    if (tries >= TRIES || steps.length === 0) break;
  }
  return withSteps(plan, steps);
}

function withSteps(plan: Plan, steps: readonly Placed[]): Plan {
  const terminals = plan.terminals.map((terminal, index) => ({
    ...terminal,
    steps: steps.filter((placed) => placed.terminal === index).map(({ step }) => step),
  }));
  return { ...plan, terminals };
}
