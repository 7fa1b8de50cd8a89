import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { standardAnswers } from '../../lib/protocol/profile.ts';
import { swedbankPay } from '../../lib/protocol/profiles/swedbank-pay.ts';
import type { TransactionRecord } from '../../lib/session/record.ts';
import type { SessionConfig } from '../../lib/session/session-context.ts';
import { defaultTimeouts } from '../../lib/session/timeouts.ts';
import { Driver } from '../support/session-driver.ts';

/** What proves that nothing was started, and what does not: the rules of docs/money.md. */

type Sent = ReturnType<Driver['open']>;

const SHORT = { ...defaultTimeouts, response: 30_000, recovery: 60_000 };
const LOST = { type: 'lost', reason: 'reset' } as const;

function outcomes(driver: Driver): string[] {
  return driver.outcomes.map(({ record, final }) => `${record.transactionId} ${record.outcome}${final ? '' : '…'}`);
}

function login(serial: string) {
  const POISystemData = { POITerminalData: { POISerialNumber: serial } } as never;
  return { LoginResponse: { Response: { Result: 'Success' as const }, POISystemData } };
}

/** A till that has paid before. */
function paidBefore(config: Partial<SessionConfig> = {}): { driver: Driver; before: Sent } {
  const driver = new Driver({ config: { timeouts: SHORT, ...config } });
  driver.event({ type: 'login', ref: 'setup' });
  driver.answer('Login', login('A'));
  driver.statusFailure('NotFound');
  driver.pay('before');
  const before = driver.open('Payment');
  driver.payment();
  driver.outcomes.length = 0;
  return { driver, before };
}

/** Answers every status for that long: the request is not known, and `latest` is the last transaction. */
function idleFor(driver: Driver, ms: number, latest: Sent | undefined): void {
  const open = () => driver.sent.some((sent) => sent.open && sent.header.MessageCategory === 'TransactionStatus');
  for (const end = driver.ms + ms; driver.ms < end; driver.advance(100)) {
    while (open()) {
      const about = driver.open('TransactionStatus').request.TransactionStatusRequest?.MessageReference;
      if (about === undefined && latest !== undefined) driver.statusRepeats(latest);
      else driver.statusFailure('NotFound');
    }
  }
}

function loseOne(driver: Driver, id = 'lost'): Sent {
  driver.pay(id);
  const sent = driver.open('Payment');
  driver.reply(sent, LOST);
  return sent;
}

describe('a request that was given up', () => {
  it('may still arrive: nothing is proven until two minutes after its connection has ended', () => {
    const { driver, before } = paidBefore();
    driver.pay('A');
    driver.advance(29_999);
    idleFor(driver, 120_000, before);
    assert.deepEqual(outcomes(driver), ['A unresolved…']);
    idleFor(driver, 10_000, before);
    assert.deepEqual(outcomes(driver), ['A unresolved…', 'A not_started']);
  });

  it('is not proven away after a restart until the process has run for two minutes', () => {
    const { driver, before } = paidBefore();
    const sent = loseOne(driver);
    const rows = [...driver.rows.values()].map((row) => structuredClone(row));
    const again = new Driver({
      config: { timeouts: SHORT },
      restored: {
        unfinished: rows.filter(({ state }) => state !== 'closed'),
        last: rows[0] as TransactionRecord,
        serviceIds: { next: 3000, end: 4000 },
      },
    });
    assert.equal(again.rows.get('lost')?.serviceId, sent.header.ServiceID);
    idleFor(again, 119_000, before);
    assert.equal(outcomes(again).at(-1), 'lost unresolved…');
    idleFor(again, 10_000, before);
    assert.equal(outcomes(again).at(-1), 'lost not_started');
  });

  it('is never proven away by time through a relay', () => {
    const { driver, before } = paidBefore({ relayed: true });
    loseOne(driver);
    idleFor(driver, 3_600_000, before);
    assert.deepEqual(outcomes(driver), ['lost unresolved…']);
  });

  it('needs a whole minute of idle answers after it was reported as running', () => {
    const { driver, before } = paidBefore();
    loseOne(driver);
    for (const end = driver.ms + 200_000; driver.ms < end; driver.advance(500)) {
      if (driver.sent.some((sent) => sent.open)) driver.statusFailure('Busy');
    }
    idleFor(driver, 55_000, before);
    assert.deepEqual(outcomes(driver), ['lost unresolved…']);
    idleFor(driver, 40_000, before);
    assert.equal(outcomes(driver).at(-1), 'lost not_started');
  });
});

describe('without a baseline', () => {
  it('nothing is proven: the first payment of a till whose terminal knows no transaction', () => {
    const driver = new Driver({ loggedIn: true, config: { timeouts: SHORT } });
    loseOne(driver);
    idleFor(driver, 3_600_000, undefined);
    assert.deepEqual(outcomes(driver), ['lost unresolved…']);
  });

  it('a till asks for it again while the terminal is busy, before its first payment', () => {
    const driver = new Driver();
    driver.pay('A');
    driver.answer('Login', login('A'));
    driver.statusFailure('Busy');
    assert.deepEqual(driver.categories(), ['Login', 'TransactionStatus']);
    driver.advance(500);
    driver.statusFailure('NotFound');
    assert.equal(driver.categories().at(-1), 'Payment');
  });

  it('an older transaction proves nothing, though this till made it', () => {
    const { driver, before } = paidBefore();
    driver.pay('later');
    driver.payment();
    loseOne(driver);
    idleFor(driver, 3_600_000, before);
    assert.equal(outcomes(driver).at(-1), 'lost unresolved…');
  });

  it('nothing is proven once another device has answered a login, even when the first one is back', () => {
    const { driver, before } = paidBefore();
    loseOne(driver);
    driver.advance(1_000);
    driver.statusFailure('NotAllowed');
    driver.answer('Login', login('B'));
    driver.statusFailure('NotFound');
    idleFor(driver, 3_600_000, before);
    assert.deepEqual(outcomes(driver), ['lost unresolved…']);
    assert.equal(driver.rows.get('lost')?.baseline, undefined);
  });

  it('records of earlier versions count by their newest ServiceID only', () => {
    const { driver, before } = paidBefore();
    const sent = loseOne(driver);
    const row = structuredClone(driver.rows.get('lost')) as TransactionRecord;
    for (const [serviceIds, outcome] of [
      [[before.header.ServiceID ?? '', '55'], 'lost unresolved…'],
      [['55', before.header.ServiceID ?? ''], 'lost not_started'],
    ] as const) {
      const old: TransactionRecord = { ...structuredClone(row), baseline: { serviceIds: [...serviceIds] } };
      const again = new Driver({ config: { timeouts: SHORT }, restored: { unfinished: [old] } });
      assert.equal(old.serviceId, sent.header.ServiceID);
      idleFor(again, 300_000, before);
      assert.equal(outcomes(again).at(-1), outcome);
    }
  });
});

describe('a refusal', () => {
  it('of a copy is found out by the status: the payment runs', () => {
    const { driver } = paidBefore();
    driver.pay('A');
    const sent = driver.open('Payment');
    driver.payment({ Result: 'Failure', ErrorCondition: 'Busy' });
    assert.equal(driver.rows.get('A')?.state, 'sent');
    driver.statusFailure('Busy');
    driver.advance(1_000);
    driver.statusRepeats(sent);
    assert.deepEqual(outcomes(driver), ['A approved']);
  });

  it('that no status confirms is as good as no answer', () => {
    const { driver } = paidBefore();
    driver.pay('A');
    driver.payment({ Result: 'Failure', ErrorCondition: 'Busy' });
    driver.reply(driver.open('TransactionStatus'), LOST);
    driver.advance(1_000);
    driver.statusFailure('NotFound');
    assert.deepEqual(outcomes(driver), []);
    assert.equal(driver.rows.get('A')?.state, 'sent');
  });

  it('can be aborted before it is confirmed: the abort names that request', () => {
    const { driver } = paidBefore();
    driver.pay('A');
    const { ServiceID } = driver.open('Payment').header;
    driver.payment({ Result: 'Failure', ErrorCondition: 'Busy' });
    driver.event({ type: 'abort', ref: 'x' });
    assert.equal(driver.open('Abort').request.AbortRequest?.MessageReference.ServiceID, ServiceID);
    driver.statusFailure('NotFound');
    assert.deepEqual(outcomes(driver), ['A aborted']);
  });

  it('through a relay is confirmed by two statuses, at least five seconds apart', () => {
    const { driver } = paidBefore({ relayed: true });
    driver.pay('A');
    driver.payment({ Result: 'Failure', ErrorCondition: 'Busy' });
    driver.statusFailure('NotFound');
    driver.advance(4_999);
    assert.equal(driver.sent.filter((sent) => sent.open).length, 0);
    driver.advance(1);
    driver.statusFailure('NotFound');
    driver.advance(500);
    assert.equal(driver.categories().at(-1), 'Payment');
  });

  it('of a reversal is no outcome where the status says that it was done', () => {
    const { driver } = paidBefore();
    driver.event({ type: 'reverse', ref: 'r', transactionId: 'before', reason: 'MerchantCancel', node: 'n' });
    const sent = driver.open('Reversal');
    driver.reversal('Failure', 'NotFound');
    driver.statusRepeatsReversal(sent);
    assert.deepEqual(outcomes(driver), ['before reversed']);
  });

  it('or silence about a reversal proves nothing where the status knows no reversals', () => {
    const answers = { ...swedbankPay.answers, statusKnowsReversals: false };
    const { driver, before } = paidBefore({ profile: { ...swedbankPay, answers } });
    driver.event({ type: 'reverse', ref: 'r', transactionId: 'before', reason: 'MerchantCancel', node: 'n' });
    driver.reply(driver.open('Reversal'), LOST);
    idleFor(driver, 3_600_000, before);
    assert.deepEqual(outcomes(driver), ['before unresolved…']);
  });
});

describe('a status as other terminals give it', () => {
  for (const ErrorCondition of ['InProgress', 'Busy']) {
    it(`that repeats ${ErrorCondition} means still running`, () => {
      const { driver } = paidBefore();
      const sent = loseOne(driver);
      driver.advance(1_000);
      driver.statusRepeats(sent, { Result: 'Failure', ErrorCondition });
      assert.deepEqual(outcomes(driver), []);
      driver.advance(2_000);
      driver.statusRepeats(sent);
      assert.deepEqual(outcomes(driver), ['lost approved']);
    });
  }

  it('with a Result in other letters counts when it came twice; any other word never does', () => {
    const { driver } = paidBefore();
    driver.pay('A');
    const sent = driver.open('Payment');
    driver.payment({ Result: 'success' });
    assert.deepEqual(outcomes(driver), []);
    driver.advance(1_000);
    driver.statusRepeats(sent, { Result: 'success' });
    assert.deepEqual(outcomes(driver), ['A approved']);
    const lost = loseOne(driver, 'B');
    for (const pause of [1_000, 2_000, 3_000]) {
      driver.advance(pause);
      driver.statusRepeats(lost, { Result: 'OK' });
    }
    assert.deepEqual(outcomes(driver), ['A approved']);
  });

  it('NotAllowed while logged in: one login a round, and none while the connection is open', () => {
    const { driver } = paidBefore({ timeouts: defaultTimeouts });
    driver.pay('A');
    driver.sent.length = 0;
    driver.advance(120_000);
    driver.statusFailure('NotAllowed');
    assert.deepEqual(driver.categories(), ['TransactionStatus']);
    const { driver: lost } = paidBefore();
    loseOne(lost);
    lost.sent.length = 0;
    for (const end = lost.ms + 60_000; lost.ms < end; lost.advance(100)) {
      const open = lost.sent.find((sent) => sent.open);
      if (open?.header.MessageCategory === 'Login') lost.answer('Login', login('A'));
      else if (open) lost.statusFailure('NotAllowed');
    }
    assert.ok(lost.sent.length <= 3 * 15, `${lost.sent.length} messages in a minute`);
  });

  it('NotAllowed after a pause, in a later attempt: one login more, and the refusal counts', () => {
    const { driver } = paidBefore();
    driver.pay('A');
    driver.payment({ Result: 'Failure', ErrorCondition: 'NotAllowed' });
    driver.statusFailure('NotAllowed');
    driver.answer('Login', login('A'));
    driver.statusFailure('NotFound');
    driver.refused('Busy');
    driver.advance(500);
    driver.payment({ Result: 'Failure', ErrorCondition: 'NotAllowed' });
    driver.statusFailure('NotAllowed');
    driver.answer('Login', login('B'));
    driver.statusFailure('NotFound');
    driver.statusFailure('NotFound');
    assert.deepEqual(outcomes(driver), ['A not_started']);
  });

  it('may leave out the currency where the vendor says so: then it is the requested one', () => {
    const profile = { ...swedbankPay, answers: standardAnswers };
    for (const [config, expected] of [
      [{ profile }, ['A approved']],
      [{}, []],
    ] as const) {
      const { driver } = paidBefore(config);
      driver.pay('A');
      const { request, header } = driver.open('Payment');
      const SaleData = { SaleTransactionID: request.PaymentRequest?.SaleData.SaleTransactionID };
      driver.answer('Payment', {
        PaymentResponse: {
          Response: { Result: 'Success' },
          SaleData,
          POIData: { POITransactionID: { TransactionID: header.ServiceID, TimeStamp: 'T' } },
          PaymentResult: { AmountsResp: { AuthorizedAmount: '89.00' } },
        } as never,
      });
      assert.deepEqual(outcomes(driver), expected);
    }
  });

  it('gives a reversal a number of its own where the vendor says so', () => {
    const { driver } = paidBefore({ profile: { ...swedbankPay, answers: standardAnswers } });
    driver.event({ type: 'reverse', ref: 'r', transactionId: 'before', reason: 'MerchantCancel', node: 'n' });
    const POIData = { POITransactionID: { TransactionID: 'own', TimeStamp: 'T' } };
    driver.answer('Reversal', { ReversalResponse: { Response: { Result: 'Success' }, POIData } });
    assert.deepEqual(outcomes(driver), ['before reversed']);
  });
});
