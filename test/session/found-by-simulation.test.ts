import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '../../lib/clock.ts';
import { MemoryJournal } from '../../lib/journal/memory.ts';
import { xmlCodec } from '../../lib/protocol/xml/xml-codec.ts';
import type { SessionEvent } from '../../lib/session/events.ts';
import type { TransactionRecord } from '../../lib/session/record.ts';
import type { RecoveryState } from '../../lib/session/session.ts';
import { type FlowEffect, SessionRunner } from '../../lib/terminal/session-runner.ts';
import { config, Driver } from '../support/session-driver.ts';

/** Mistakes that the simulation found, each in its smallest form. */

type Sent = ReturnType<Driver['open']>;

function outcomes(driver: Driver): string[] {
  return driver.outcomes.map(({ record, final }) => `${record.transactionId} ${record.outcome}${final ? '' : '…'}`);
}

function last(driver: Driver): string | undefined {
  return outcomes(driver).at(-1);
}

/** What a restart finds, with the journal's last answered row. */
function restarted(driver: Driver, lastRow?: string): Driver {
  const rows = [...driver.rows.values()].map((row) => structuredClone(row));
  const found = rows.find(({ transactionId }) => transactionId === lastRow);
  const restored: Partial<RecoveryState> = { unfinished: rows.filter(({ state }) => state !== 'closed') };
  if (found !== undefined) restored.last = found;
  return new Driver({ restored: { ...restored, serviceIds: { next: 3000, end: 4000 } } });
}

/** Answers every status: the terminal knows nothing of what is asked for, and names `latest` as its last transaction. */
function pollFor(driver: Driver, ms: number, latest: Sent, repeat = () => driver.statusRepeats(latest)): void {
  const statusOpen = () => driver.sent.some((sent) => sent.open && sent.header.MessageCategory === 'TransactionStatus');
  for (const end = driver.ms + ms; driver.ms < end; driver.advance(100)) {
    while (statusOpen()) {
      const about = driver.open('TransactionStatus').request.TransactionStatusRequest?.MessageReference;
      if (about === undefined) repeat();
      else driver.statusFailure('NotFound');
    }
  }
}

/** A payment that never reaches the terminal, whose last transaction is `latest`. */
function loseOne(driver: Driver, latest: Sent): void {
  driver.pay('lost');
  if (driver.sent.some((sent) => sent.open && sent.header.MessageCategory === 'Login')) logIn(driver);
  driver.reply(driver.open('Payment'), { type: 'lost', reason: 'reset' });
  pollFor(driver, 320_000, latest);
}

function logIn(driver: Driver): void {
  driver.answer('Login', { LoginResponse: { Response: { Result: 'Success' } } });
  driver.statusFailure('NotFound');
}

describe('a till whose first payment left no serial number, and another terminal at the next start', () => {
  it('keeps no baseline that the other terminal does not show', () => {
    const driver = new Driver();
    driver.pay('A');
    logIn(driver);
    driver.payment();
    const row = structuredClone(driver.rows.get('A'));
    assert.ok(row);
    const next = new Driver({ restored: { last: row, serviceIds: { next: 3000, end: 4000 } } });
    next.pay('B');
    const POISystemData = { POITerminalData: { POISerialNumber: 'other' } } as never;
    next.answer('Login', { LoginResponse: { Response: { Result: 'Success' }, POISystemData } });
    next.statusFailure('NotFound');
    next.open('Payment');
    assert.equal(next.rows.get('B')?.baseline, undefined);
  });
});

/** Approved, and the goods are to come. */
function vend(driver: Driver, id: string): Sent {
  driver.pay(id, '89.00', { awaitFulfilment: true });
  const sent = driver.open('Payment');
  driver.payment();
  return sent;
}

const fulfil = (driver: Driver, transactionId: string, delivered: boolean) =>
  driver.event({ type: 'fulfil', ref: 'f', transactionId, delivered, node: 'fulfil1' });

const reverse = (driver: Driver, transactionId: string) =>
  driver.event({ type: 'reverse', ref: 'r', transactionId, reason: 'MerchantCancel', node: 'reversal1' });

const rule = (driver: Driver, transactionId: string, outcome: 'approved' | 'not_started') =>
  driver.event({ type: 'rule', ref: 'rule', transactionId, outcome, by: 'Anna' });

describe('what is known of the last transaction', () => {
  it('is not displaced by requests that the terminal refused', () => {
    const driver = new Driver({ loggedIn: true });
    driver.pay('before');
    const before = driver.open('Payment');
    driver.payment();
    for (let i = 0; i < 9; i++) {
      driver.pay(`busy ${i}`);
      for (let tries = 0; tries < 6; tries++) {
        driver.refused('Busy');
        driver.advance(10_000);
      }
    }
    loseOne(driver, before);
    assert.equal(last(driver), 'lost not_started');
  });

  it('includes a payment that failed for a reason that is not listed', () => {
    const driver = new Driver({ loggedIn: true });
    driver.pay('before');
    driver.payment();
    driver.pay('host down');
    const down = driver.open('Payment');
    driver.payment({ Result: 'Failure', ErrorCondition: 'UnreachableHost' });
    driver.advance(1_000);
    driver.statusRepeats(down, { Result: 'Failure', ErrorCondition: 'UnreachableHost' });
    assert.equal(last(driver), 'host down declined');
    loseOne(driver, down);
    assert.equal(last(driver), 'lost not_started');
  });

  it('includes, after a restart, a payment that waits for its goods', () => {
    const driver = new Driver({ loggedIn: true });
    driver.pay('before');
    driver.payment();
    const held = vend(driver, 'A');
    const again = restarted(driver, 'before');
    fulfil(again, 'A', true);
    loseOne(again, held);
    assert.equal(last(again), 'lost not_started');
  });

  it('includes what a person ruled on', () => {
    const driver = new Driver({ loggedIn: true });
    driver.pay('before');
    driver.payment();
    driver.pay('ruled');
    const ruled = driver.open('Payment');
    driver.reply(ruled, { type: 'lost', reason: 'reset' });
    driver.advance(130_000);
    rule(driver, 'ruled', 'approved');
    assert.equal(last(driver), 'ruled approved');
    loseOne(driver, ruled);
    assert.equal(last(driver), 'lost not_started');
  });
});

describe('after a restart', () => {
  it('what may be at the terminal is asked about before an earlier payment is taken back', () => {
    const driver = new Driver({ loggedIn: true });
    driver.pay('A');
    driver.payment();
    driver.advance(1_000);
    driver.pay('B');
    reverse(driver, 'A');
    const again = restarted(driver);
    again.advance(0);
    assert.deepEqual(again.categories(), ['TransactionStatus']);
  });

  it('a payment that waits for its goods comes before an earlier one that a flow wants back', () => {
    const driver = new Driver({ loggedIn: true });
    driver.pay('A');
    driver.payment();
    driver.advance(1_000);
    vend(driver, 'B');
    reverse(driver, 'A');
    const again = restarted(driver);
    assert.deepEqual(again.categories(), []);
    assert.equal(again.session.context.state, 'held');
  });

  it('goods that did not come out are taken back, whatever the journal’s last closed row is', () => {
    const driver = new Driver({ loggedIn: true });
    driver.pay('before');
    driver.payment();
    vend(driver, 'A');
    driver.holdWrites = true;
    fulfil(driver, 'A', false);
    driver.store();
    const again = restarted(driver, 'before');
    logIn(again);
    again.reversal();
    assert.equal(last(again), 'A reversed');
  });
});

describe('a payment that a person ruled on', () => {
  it('is not taken back while evidence is listened for: the end of listening would close what is open', () => {
    const driver = new Driver({ loggedIn: true });
    driver.pay('A');
    driver.payment();
    reverse(driver, 'A');
    driver.reply(driver.open('Reversal'), { type: 'lost', reason: 'reset' });
    driver.advance(130_000);
    rule(driver, 'A', 'approved');
    assert.equal(driver.rows.get('A')?.state, 'ruled');
    reverse(driver, 'A');
    const answer = driver.done.at(-1);
    assert.equal(answer?.type === 'failed' && answer.error.code, 'not_reversible');
    assert.equal(driver.rows.get('A')?.state, 'ruled');
  });
});

describe('a disk that takes nothing for a while', () => {
  it('hears, before anything later, that what it holds as sent was not started', () => {
    const driver = new Driver({ loggedIn: true });
    driver.pay('A');
    driver.refused('Busy');
    driver.advance(500);
    driver.failWrites = 'the disk is full';
    driver.refused('Busy');
    driver.advance(1_000);
    assert.equal(last(driver), 'A not_started');
    assert.equal(driver.rows.get('A')?.state, 'sent');
    driver.failWrites = undefined;
    driver.holdWrites = true;
    driver.pay('B');
    driver.store();
    assert.equal(driver.rows.get('A')?.state, 'closed');
    assert.equal(driver.rows.has('B'), false);
  });
});

describe('a repeated transactionId', () => {
  it('is told while its payment is taken back', () => {
    const driver = new Driver({ loggedIn: true });
    vend(driver, 'A');
    fulfil(driver, 'A', false);
    driver.pay('A', '89.00', { awaitFulfilment: true });
    driver.reversal();
    assert.deepEqual(driver.outcomes.at(-1)?.refs, ['f', 'A#2']);
  });

  it('that a person ruled not_started is not sent again: it may have been approved after all', () => {
    const driver = new Driver({ loggedIn: true });
    driver.pay('A');
    driver.reply(driver.open('Payment'), { type: 'lost', reason: 'reset' });
    driver.advance(130_000);
    rule(driver, 'A', 'not_started');
    driver.pay('A');
    assert.equal(last(driver), 'A not_started');
    assert.equal(driver.outcomes.at(-1)?.refs[0], 'A#2');
    assert.equal(driver.categories().filter((category) => category === 'Payment').length, 1);
  });

  it('gets its first result while the disk takes no writes', async () => {
    const journal = new MemoryJournal<TransactionRecord>();
    const driver = new Driver({ loggedIn: true });
    driver.pay('A');
    driver.payment();
    const row = driver.rows.get('A');
    assert.ok(row);
    const { handle } = await journal.open(row.terminal, { reserve: 1, seed: 1 });
    await handle.put(row);
    await handle.delivered('A');
    const open = journal.open.bind(journal);
    journal.open = async (...options) => {
      const opened = await open(...options);
      opened.handle.begin = () => Promise.reject(new Error('the disk is full'));
      return opened;
    };
    const outcome = new Promise<FlowEffect>((resolve) => {
      const engine = new SessionRunner({
        codec: xmlCodec,
        config,
        transport: { send: () => Promise.resolve({ type: 'unreachable', reason: '' }), close: () => Promise.resolve() },
        journal: () => Promise.resolve(journal),
        clock: systemClock,
        onEffect: (effect) => {
          if (effect.type !== 'outcome') return;
          resolve(effect);
          void engine.close();
        },
        onRejected: () => undefined,
        onError: () => undefined,
      });
      const order = { transactionId: 'A', amount: 8900, currency: 'SEK', cashBack: 0, paymentType: 'Normal' } as const;
      const pay: SessionEvent = { type: 'pay', ref: 'again', order, node: 'node1' };
      engine.dispatch(pay);
    });
    const effect = await outcome;
    assert.equal(effect.type === 'outcome' && effect.record.outcome, 'approved');
  });
});
