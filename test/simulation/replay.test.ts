import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mutants } from './mutants.ts';
import { paymentsOf } from './plan.ts';
import { makePlan } from './planner.ts';
import { failureOf, playWorld, traceHash } from './simulate.ts';
import { Tally } from './tally.ts';

const SEED = 4711;

describe('a world', () => {
  it('goes the same way every time', () => {
    for (let world = 0; world < 60; world++) {
      assert.equal(traceHash(makePlan(SEED, world)), traceHash(makePlan(SEED, world)), `world ${world}`);
    }
  });

  it('goes another way with another seed', () => {
    const hashes = Array.from({ length: 30 }, (_, world) => traceHash(makePlan(SEED + world, world)));
    assert.equal(new Set(hashes).size, hashes.length);
  });
});

describe('a failure', () => {
  it('is made smaller, still fails in the same way, and tells what happened', () => {
    const mutant = mutants['retry after a reset'];
    assert.ok(mutant);
    for (let world = 0; ; world++) {
      const found = playWorld(SEED, world, new Tally(), mutant);
      if (found === undefined) continue;
      assert.equal(failureOf(found.plan, { mutant })?.invariant, found.invariant);
      assert.ok(paymentsOf(found.plan) <= 3, `${paymentsOf(found.plan)} payments are left`);
      assert.ok(found.trace.length > 0);
      return;
    }
  });
});
