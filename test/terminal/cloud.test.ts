/**
 * What becomes of the money when the cloud misbehaves: the whole way from a payment to its outcome, over real HTTP, with
 * time turned by hand. Whatever the service answers, a payment is sent once, and its outcome is the terminal's.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { MemoryJournal } from '../../lib/journal/memory.ts';
import type { Outcome, TransactionRecord } from '../../lib/session/record.ts';
import { Terminal } from '../../lib/terminal/terminal.ts';
import type { CloudOptions } from '../../lib/transport/cloud/cloud-transport.ts';
import type { CloudFault } from '../../lib/virtual/cloud/cloud-faults.ts';
import { VirtualTerminals } from '../../lib/virtual/virtual-terminals.ts';
import { startCloud } from '../support/cloud.ts';
import { config } from '../support/session-driver.ts';
import { until } from '../support/until.ts';

/** Pays 89 through a cloud with a fault; turns time until the outcome is certain. */
async function pay(t: TestContext, fault: CloudFault | undefined, options: Partial<CloudOptions> = {}) {
  const cloud = await startCloud(t);
  const { clock } = cloud;
  const terminals = new VirtualTerminals({ clock, delay: 1000 });
  cloud.terminal = (body, respond) => terminals.receive(body, respond);
  const terminal = new Terminal({
    config: { ...config, terminal: `${config.saleId}/${config.poiId}` },
    transport: cloud.transport(options),
    journal: async () => new MemoryJournal<TransactionRecord>(),
    clock,
  });
  t.after(() => terminal.close());
  assert.equal(terminal.config.relayed, true);
  if (fault) cloud.service.faults.add({ on: 'Payment', ...fault });
  const outcomes: (Outcome | undefined)[] = [];
  let record: TransactionRecord | undefined;
  const began = clock.now();
  const defaults = { currency: 'SEK', paymentType: 'Normal', awaitFulfilment: false } as const;
  terminal.pay({ amount: '89.00' }, defaults, 'node', {
    outcome: (told, final) => {
      outcomes.push(told.outcome);
      if (final) record = told;
    },
    failed: (error) => assert.fail(error),
  });
  await until(() => {
    clock.advance(20);
    // Ten minutes: what is unresolved by then stays so.
    return record !== undefined || clock.now() - began > 600_000;
  }, 'the outcome');
  const payments = cloud.relayed.filter((body) => body.includes('<PaymentRequest')).length;
  const moved = terminals.terminal(config.poiId)?.ledger.movements.length;
  return { outcomes, payments, moved, seconds: (clock.now() - began) / 1000, error: record?.error?.message };
}

test('nothing goes wrong', async (t) => {
  const { outcomes, payments, moved } = await pay(t, undefined);
  assert.deepEqual({ outcomes, payments, moved }, { outcomes: ['approved'], payments: 1, moved: 1 });
});

for (const [name, fault] of Object.entries<CloudFault>({
  'the answer is lost': { type: 'drop', relayed: true },
  'the service refuses what it has passed on (401)': { type: 'status', status: 401, relayed: true },
  'the service refuses what it has passed on (404)': { type: 'status', status: 404, relayed: true },
  'the service has no time for what it has passed on': {
    type: 'status',
    status: 429,
    headers: { 'retry-after': '3' },
    relayed: true,
  },
  'the relay gives up (504)': { type: 'status', status: 504, relayed: true },
  'the service takes note only (202)': { type: 'status', status: 202, relayed: true },
}))
  test(`${name}: the terminal is asked, and the money has moved once`, async (t) => {
    const { outcomes, payments, moved, seconds } = await pay(t, fault);
    assert.deepEqual({ outcomes, payments, moved }, { outcomes: ['approved'], payments: 1, moved: 1 });
    assert.ok(seconds < 60, `${seconds} s`);
  });

test('the service has no time and passed nothing on: not sent again, and unresolved, for it may still be delivered', async (t) => {
  const { outcomes, payments, moved, seconds } = await pay(t, {
    type: 'status',
    status: 429,
    headers: { 'retry-after': '5' },
  });
  assert.deepEqual({ outcomes, payments, moved }, { outcomes: ['unresolved'], payments: 0, moved: 0 });
  assert.ok(seconds >= 300, `${seconds} s`);
});

test('the same, where it is confirmed that 429 passes nothing on: waited for, sent again, paid once', async (t) => {
  const fault = { type: 'status', status: 429, headers: { 'retry-after': '5' } } as const;
  const { outcomes, payments, moved, seconds } = await pay(t, fault, { notRelayed: [429] });
  assert.deepEqual({ outcomes, payments, moved }, { outcomes: ['approved'], payments: 1, moved: 1 });
  assert.ok(seconds >= 5 && seconds < 60, `${seconds} s`);
});

test('a token that is refused, as the rules say it is: sent again at once', async (t) => {
  const headers = { 'www-authenticate': 'Bearer error="invalid_token"' };
  const { outcomes, payments, moved } = await pay(t, { type: 'status', status: 401, headers });
  assert.deepEqual({ outcomes, payments, moved }, { outcomes: ['approved'], payments: 1, moved: 1 });
});

test('a channel that is confirmed to be dead: not started, at once, and says what to do', async (t) => {
  const fault = { type: 'status', status: 404 } as const;
  const { outcomes, payments, moved, seconds, error } = await pay(t, fault, { notRelayed: [404] });
  assert.deepEqual({ outcomes, payments, moved }, { outcomes: ['not_started'], payments: 0, moved: 0 });
  assert.match(error ?? '', /Pair the terminal again/);
  assert.ok(seconds < 60, `${seconds} s`);
});
