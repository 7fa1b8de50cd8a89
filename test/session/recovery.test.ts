import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TransactionRecord } from '../../lib/session/record.ts';
import { Driver } from '../support/session-driver.ts';

const RECORD: TransactionRecord = {
  transactionId: 'A',
  terminal: '1/T1',
  kind: 'payment',
  state: 'sent',
  serviceId: '900',
  attempts: 1,
  paymentType: 'Normal',
  amount: 8900,
  currency: 'SEK',
  cashBack: 0,
  saleTimestamp: '2026-01-01T01:00:00+01:00',
  node: 'node1',
  createdAt: 1,
  updatedAt: 1,
};

function outcomes(driver: Driver): string[] {
  return driver.outcomes.map(({ record, final }) => `${record.outcome}${final ? '' : '…'}`);
}

/** A payment whose answer was lost, on a terminal whose last transaction is known. */
function lost(): { driver: Driver; sent: ReturnType<Driver['open']> } {
  const driver = new Driver({ loggedIn: true });
  driver.pay('before');
  driver.payment({ poi: 'poi-before' });
  driver.pay('A');
  const sent = driver.open('Payment');
  driver.reply(sent, { type: 'lost', reason: 'reset' });
  driver.outcomes.length = 0;
  return { driver, sent };
}

/** Answers every status with what `answer` does, for that long. */
function pollFor(driver: Driver, ms: number, answer: () => void): void {
  for (const end = driver.ms + ms; driver.ms < end; driver.advance(100)) {
    while (driver.sent.some((sent) => sent.open && sent.header.MessageCategory === 'TransactionStatus')) answer();
  }
}

describe('a lost answer', () => {
  it('is asked for after 1, 2, 3, 5 s, then every 5 s, then every 30 s', () => {
    const { driver } = lost();
    const times: number[] = [];
    const start = driver.ms;
    pollFor(driver, 290_000, () => {
      times.push(Math.round((driver.ms - start) / 1000));
      driver.statusFailure('Busy');
    });
    assert.deepEqual(times.slice(0, 7), [1, 3, 6, 11, 16, 21, 26]);
    const gaps = times.slice(1).map((time, i) => time - (times[i] ?? 0));
    assert.equal(gaps.at(-1), 30);
  });

  it('is found by ServiceID once the payment has ended', () => {
    const { driver, sent } = lost();
    driver.advance(1000);
    driver.statusFailure('Busy');
    driver.advance(2000);
    driver.statusRepeats(sent);
    assert.deepEqual(outcomes(driver), ['approved']);
  });

  it('is never taken from another transaction', () => {
    const { driver, sent } = lost();
    driver.advance(1000);
    driver.statusRepeats(sent, {}, { ServiceID: '7' });
    driver.advance(2000);
    driver.statusRepeats(sent, { TransactionID: 'B' });
    driver.advance(3000);
    driver.statusRepeats(sent, { Currency: 'EUR' });
    assert.deepEqual(outcomes(driver), []);
  });

  it('proves nothing was started by two idle rounds after the hard limit, and not before', () => {
    const { driver } = lost();
    const before = driver.sent.find(
      (sent) => sent.request.PaymentRequest?.SaleData.SaleTransactionID.TransactionID === 'before',
    );
    assert.ok(before);
    const answer = () => {
      const about = driver.open('TransactionStatus').request.TransactionStatusRequest?.MessageReference;
      if (about === undefined) driver.statusRepeats(before, { poi: 'poi-before' });
      else driver.statusFailure('NotFound');
    };
    pollFor(driver, 299_000, answer);
    assert.deepEqual(outcomes(driver), ['unresolved…']);
    pollFor(driver, 10_000, answer);
    assert.deepEqual(outcomes(driver), ['unresolved…', 'not_started']);
  });

  it('is not proved away by NotFound alone where the last transaction is not known', () => {
    const driver = new Driver({ config: { autoLogin: false } });
    driver.pay('A');
    driver.noCardHeld();
    driver.reply(driver.open('Payment'), { type: 'lost', reason: 'reset' });
    pollFor(driver, 3_600_000, () => driver.statusFailure('NotFound'));
    assert.deepEqual(outcomes(driver), ['unresolved…']);
    assert.equal(driver.rows.get('A')?.state, 'unresolved');
  });

  it('blocks its terminal while unresolved, and later evidence still ends it', () => {
    const { driver, sent } = lost();
    driver.pay('B');
    pollFor(driver, 130_000, () => driver.statusFailure('Busy'));
    assert.deepEqual(outcomes(driver), ['not_started', 'unresolved…']);
    driver.pay('C');
    assert.equal(driver.outcomes.at(-1)?.record.error?.condition, 'Unresolved');
    assert.equal(driver.session.context.state, 'unresolved');
    pollFor(driver, 30_000, () => driver.statusRepeats(sent));
    assert.deepEqual(outcomes(driver).slice(-1), ['approved']);
    assert.equal(driver.session.context.state, 'ready');
    driver.pay('D');
    driver.payment();
    assert.deepEqual(outcomes(driver).slice(-1), ['approved']);
  });

  it('logs in only after the status was asked, where the terminal has lost the session', () => {
    const { driver, sent } = lost();
    driver.advance(1000);
    driver.statusFailure('NotAllowed');
    driver.answer('Login', { LoginResponse: { Response: { Result: 'Success' } } });
    driver.statusRepeats(sent);
    assert.deepEqual(driver.categories().slice(-3), ['TransactionStatus', 'Login', 'TransactionStatus']);
    assert.deepEqual(outcomes(driver), ['approved']);
  });

  it('asks about a payment before a Login that a flow wants', () => {
    const driver = new Driver({ loggedIn: true });
    driver.pay('A');
    driver.event({ type: 'login', ref: 'x' });
    assert.deepEqual(driver.categories(), ['Payment', 'TransactionStatus']);
    driver.statusFailure('Busy');
    assert.deepEqual(driver.categories(), ['Payment', 'TransactionStatus', 'Login']);
    driver.payment();
    assert.deepEqual(outcomes(driver), ['approved']);
  });

  it('asks after the probe time while the answer may still come, and takes whichever comes first', () => {
    const driver = new Driver({ loggedIn: true });
    driver.pay('A');
    driver.advance(120_000);
    driver.statusFailure('Busy');
    assert.equal(driver.open('Payment').open, true);
    driver.payment();
    assert.deepEqual(outcomes(driver), ['approved']);
    assert.deepEqual(driver.timers, []);
  });

  it('gives the connection up after the response time-out, never the payment', () => {
    const driver = new Driver({ loggedIn: true });
    driver.pay('A');
    const sent = driver.open('Payment');
    pollFor(driver, 300_000, () => driver.statusFailure('Busy'));
    assert.equal(sent.open, false);
    assert.deepEqual(outcomes(driver), []);
    pollFor(driver, 5_000, () => driver.statusRepeats(sent));
    assert.deepEqual(outcomes(driver), ['approved']);
  });
});

describe('a restart', () => {
  it('ends what was never sent as not started', () => {
    const driver = new Driver({ restored: { unfinished: [{ ...RECORD, state: 'intent', serviceId: '' }] } });
    assert.deepEqual(outcomes(driver), ['not_started']);
    assert.equal(driver.outcomes[0]?.record.recovered, true);
    assert.deepEqual(driver.categories(), []);
  });

  it('asks about what was sent, before any Login and before any new payment', () => {
    const driver = new Driver({ restored: { unfinished: [RECORD] } });
    driver.pay('B');
    driver.advance(0);
    assert.deepEqual(driver.categories(), ['TransactionStatus']);
    const about = {
      header: { ...driver.open('TransactionStatus').header, MessageCategory: 'Payment', ServiceID: '900' },
    };
    const request = { ...driver.open('TransactionStatus').request, PaymentRequest: requestOf('A') };
    driver.statusRepeats({ ...driver.open('TransactionStatus'), ...about, request } as never);
    assert.deepEqual(outcomes(driver), ['approved']);
    assert.equal(driver.outcomes[0]?.record.recovered, true);
    assert.equal(driver.outcomes[0]?.refs.length, 0);
    assert.deepEqual(driver.categories().slice(0, 2), ['TransactionStatus', 'Login']);
  });

  it('keeps blocking a terminal with an unresolved payment, and says so', () => {
    const driver = new Driver({ restored: { unfinished: [{ ...RECORD, state: 'unresolved' }] } });
    assert.equal(driver.session.context.state, 'unresolved');
    driver.pay('B');
    assert.equal(driver.outcomes[0]?.record.error?.condition, 'Unresolved');
  });

  it('tells again what may not have been told', () => {
    const reported: TransactionRecord = { ...RECORD, state: 'closed', outcome: 'approved' };
    const driver = new Driver({ restored: { undelivered: [reported] } });
    assert.deepEqual(outcomes(driver), ['approved']);
    assert.equal(driver.outcomes[0]?.record.recovered, true);
  });

  it('lets a repeat of the open transactionId wait for its outcome', () => {
    const driver = new Driver({ restored: { unfinished: [RECORD] } });
    driver.pay('A');
    assert.equal(driver.outcomes.length, 0);
    driver.advance(0);
    assert.deepEqual(driver.categories(), ['TransactionStatus']);
  });
});

describe('ServiceIDs', () => {
  it('never repeat, and more are reserved before they run out', () => {
    const driver = new Driver({ loggedIn: true });
    for (let i = 0; i < 2500; i++) {
      driver.pay(`T${i}`);
      driver.payment();
    }
    const ids = driver.sent.map((sent) => sent.header.ServiceID ?? '');
    assert.equal(new Set(ids).size, 2500);
    assert.ok(ids.every((id) => id.length <= 10));
  });
});

function requestOf(TransactionID: string) {
  return {
    SaleData: { SaleTransactionID: { TransactionID, TimeStamp: RECORD.saleTimestamp } },
    PaymentTransaction: { AmountsReq: { Currency: 'SEK', RequestedAmount: '89.00' } },
  };
}
