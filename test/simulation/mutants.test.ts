import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withstood } from './disturbances.ts';
import { invariants } from './invariants.ts';
import { mutants } from './mutants.ts';
import { paymentsOf } from './plan.ts';
import { makePlan } from './planner.ts';
import { failureOf } from './simulate.ts';

/** Far more than any of them needs, and a tenth of what each run of the simulation plays. */
const BOUND = 10_000;
const SEED = 20_260_101;

describe('a deliberate mistake is caught', () => {
  for (const [name, make] of Object.entries(mutants)) {
    it(`${name}: by invariant ${make().breaks.join(' or ')}`, (t) => {
      let payments = 0;
      for (let world = 0; payments < BOUND; world++) {
        const plan = makePlan(SEED, world, make().worlds ?? withstood);
        payments += paymentsOf(plan);
        const failure = failureOf(plan, { mutant: make });
        if (failure === undefined || !make().breaks.includes(failure.invariant)) continue;
        t.diagnostic(`after ${payments} payments: ${failure.message}`);
        assert.equal(failureOf(plan), undefined, 'the same world without the mistake has nothing wrong');
        return;
      }
      const expected = make().breaks.map((number) => invariants[number]);
      assert.fail(`not caught in ${payments} payments by: ${expected.join(' ')}`);
    });
  }
});
