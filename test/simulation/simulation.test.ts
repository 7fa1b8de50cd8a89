import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import { transitions } from '../../lib/session/states.ts';
import { withstood } from './disturbances.ts';
import { messageFaults } from './faults.ts';
import { invariants } from './invariants.ts';
import { simulate } from './runner.ts';
import type { Finding } from './simulate.ts';
import { Tally } from './tally.ts';

const jobs = Math.min(2, availableParallelism());
const total = new Tally();

for (const [name, seed, payments] of [
  ['of which the worlds are always the same', 20_260_101, 90_000],
  ['that nobody has seen yet', Date.now() % 1_000_000_000, 10_000],
] as const) {
  test(`no invariant fails in ${payments} payments ${name}`, async (t) => {
    t.diagnostic(`seed ${seed}`);
    const { tally, findings } = await simulate({ seed, payments, jobs });
    total.merge(tally);
    assert.ok(tally.payments >= payments || findings.length > 0);
    const [found] = findings;
    assert.equal(found && described(found), undefined);
  });
}

/** Too rare for every run: test/session/post-approval.test.ts has a disk that refuses the mark of a reversal. */
const RARE = new Set(['arming → pausing']);

test('every step that a payment can take was taken', () => {
  const steps = Object.entries(transitions).flatMap(([from, tos]) => tos.map((to) => `${from} → ${to}`));
  const never = steps.filter((step) => !total.counts.has(step) && !RARE.has(step));
  assert.deepEqual(never, []);
});

test('every fault, kill and message was there, and every way for a payment to end', () => {
  const kinds = [
    ...messageFaults.map((fault) => `fault ${fault}`),
    ...['unreachable', 'reset', 'silence'].map((how) => `fault outage ${how}`),
    ...['effect', 'commit before', 'commit after'].map((at) => `kill ${at}`),
    ...['kill', 'disk', 'clock', 'redeploy', 'reboot', 'rebootDuring', 'wipe'].map((step) => `step ${step}`),
    ...['Login', 'Logout', 'Payment', 'Reversal', 'TransactionStatus', 'Abort'].map((kind) => `message ${kind}`),
    ...['approved', 'partial', 'declined', 'aborted', 'not_started', 'reversed', 'unresolved…'].flatMap((outcome) => [
      `outcome ${outcome}`,
      `outcome ${outcome} recovered`,
    ]),
    ...withstood.map((name) => `disturbance ${name}`),
    'alarm',
    'turned away',
  ];
  assert.deepEqual(
    kinds.filter((kind) => !total.counts.has(kind)),
    [],
  );
});

function described({ seed, world, invariant, message, plan, trace }: Finding): string {
  const steps = plan.terminals.flatMap((terminal, index) => {
    return terminal.steps.map((step) => `terminal ${index}: ${JSON.stringify(step)}`);
  });
  const again = `npm run simulate -- --seed ${seed} --world ${world}`;
  return [`${invariant}: ${invariants[invariant] ?? ''} ${message}`, ...steps, ...trace, again].join('\n');
}
