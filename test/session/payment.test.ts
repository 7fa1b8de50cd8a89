import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TransactionRecord } from '../../lib/session/record.ts';
import { Driver } from '../support/session-driver.ts';

const loggedIn = () => new Driver({ loggedIn: true });

function last(driver: Driver): { outcome?: string; final: boolean; record: TransactionRecord } {
  const effect = driver.outcomes.at(-1);
  assert.ok(effect, 'no outcome yet');
  return {
    ...(effect.record.outcome && { outcome: effect.record.outcome }),
    final: effect.final,
    record: effect.record,
  };
}

describe('a payment', () => {
  it('logs in first, learns what the last transaction was, then pays', () => {
    const driver = new Driver();
    driver.pay('A');
    assert.deepEqual(driver.categories(), ['Login']);
    driver.answer('Login', { LoginResponse: { Response: { Result: 'Success' } } });
    driver.statusFailure('NotFound');
    assert.deepEqual(driver.categories(), ['Login', 'TransactionStatus', 'Payment']);
    driver.payment();
    assert.equal(last(driver).outcome, 'approved');
    assert.equal(driver.outcomes.length, 1);
  });

  it('is sent only after its intent is durable, and told only after its outcome is', () => {
    const driver = loggedIn();
    driver.holdWrites = true;
    driver.pay('A');
    assert.deepEqual(driver.categories(), []);
    assert.equal(driver.pendingWrites[0]?.record.state, 'sent');
    driver.store();
    assert.deepEqual(driver.categories(), ['Payment']);
    driver.payment();
    assert.equal(driver.outcomes.length, 0);
    assert.equal(driver.pendingWrites[0]?.record.outcome, 'approved');
    driver.store();
    assert.equal(last(driver).outcome, 'approved');
  });

  it('maps the terminal’s conditions to outcomes', () => {
    const outcomes = {
      Cancel: 'aborted',
      Aborted: 'aborted',
      Refusal: 'declined',
      WrongPIN: 'declined',
      InvalidCard: 'declined',
      PaymentRestriction: 'declined',
    };
    for (const [ErrorCondition, outcome] of Object.entries(outcomes)) {
      const driver = loggedIn();
      driver.pay('A');
      driver.payment({ Result: 'Failure', ErrorCondition });
      assert.equal(last(driver).outcome, outcome, ErrorCondition);
      assert.equal(last(driver).record.error?.condition, ErrorCondition);
    }
  });

  it('asks about a failure that is not listed before it counts', () => {
    const driver = loggedIn();
    driver.pay('A');
    const sent = driver.open('Payment');
    driver.payment({ Result: 'Failure', ErrorCondition: 'DeviceOut' });
    assert.equal(driver.outcomes.length, 0);
    driver.advance(1000);
    driver.statusRepeats(sent, { Result: 'Failure', ErrorCondition: 'DeviceOut' });
    assert.equal(last(driver).outcome, 'declined');
  });

  it('is not started where the terminal cannot be reached, without asking', () => {
    const driver = loggedIn();
    driver.pay('A');
    driver.reply(driver.open('Payment'), { type: 'unreachable', reason: 'refused' });
    assert.equal(last(driver).outcome, 'not_started');
    assert.equal(last(driver).record.error?.condition, 'Unreachable');
    assert.deepEqual(driver.categories(), ['Payment']);
    assert.equal(driver.session.context.state, 'unreachable');
  });

  it('is tried again after Busy, with growing pauses and new ServiceIDs, then given up as not started', () => {
    const driver = loggedIn();
    driver.pay('A');
    const { busyPayment } = driver.session.context.config.timeouts;
    for (const pause of busyPayment) {
      driver.payment({ Result: 'Failure', ErrorCondition: 'Busy' });
      assert.equal(driver.rows.get('A')?.state, 'sent');
      driver.statusFailure('NotFound');
      assert.equal(driver.rows.get('A')?.state, 'intent');
      driver.advance(pause - 1);
      assert.equal(driver.sent.filter((sent) => sent.open).length, 0);
      driver.advance(1);
    }
    driver.refused('Busy');
    assert.equal(last(driver).outcome, 'not_started');
    const payments = driver.sent.filter(({ header }) => header.MessageCategory === 'Payment');
    const ids = payments.map((sent) => sent.header.ServiceID);
    assert.equal(new Set(ids).size, busyPayment.length + 1);
  });

  it('logs in again, once, where the terminal has lost the login session', () => {
    const driver = loggedIn();
    driver.pay('A');
    driver.payment({ Result: 'Failure', ErrorCondition: 'NotAllowed' });
    driver.statusFailure('NotAllowed');
    driver.answer('Login', { LoginResponse: { Response: { Result: 'Success' } } });
    driver.statusFailure('NotFound');
    driver.refused('NotAllowed');
    const status = 'TransactionStatus';
    assert.deepEqual(driver.categories(), ['Payment', status, 'Login', status, 'Payment', status]);
    assert.equal(last(driver).outcome, 'not_started');
  });

  it('is not started when the login fails, and says why', () => {
    const driver = new Driver();
    driver.pay('A');
    driver.reply(driver.open('Login'), { type: 'unreachable', reason: 'refused' });
    assert.equal(last(driver).outcome, 'not_started');
    assert.equal(last(driver).record.error?.condition, 'Unreachable');
    assert.equal(driver.session.context.state, 'unreachable');
  });

  it('waits out a terminal that is busy after power-up before the login', () => {
    const driver = new Driver();
    driver.pay('A');
    const busy = { LoginResponse: { Response: { Result: 'Failure', ErrorCondition: 'Busy' } } };
    driver.answer('Login', busy);
    driver.advance(999);
    assert.equal(driver.sent.length, 1);
    driver.advance(1);
    driver.answer('Login', { LoginResponse: { Response: { Result: 'Success' } } });
    driver.statusFailure('NotFound');
    driver.payment();
    assert.equal(last(driver).outcome, 'approved');
  });

  it('without autoLogin sends no login, and says that one is missing', () => {
    const driver = new Driver({ config: { autoLogin: false } });
    driver.pay('A');
    driver.noCardHeld();
    driver.payment({ Result: 'Failure', ErrorCondition: 'NotAllowed' });
    driver.statusFailure('NotAllowed');
    assert.deepEqual(driver.categories(), ['EnableService', 'Payment', 'TransactionStatus']);
    assert.equal(last(driver).record.error?.condition, 'NotAllowed');
  });
});

describe('the amount of an approval', () => {
  const approve = (result: Parameters<Driver['payment']>[0]) => {
    const driver = loggedIn();
    driver.pay('A', '89.00');
    driver.payment(result);
    return driver;
  };

  it('may be written with fewer decimals', () =>
    assert.equal(last(approve({ AuthorizedAmount: '89' })).outcome, 'approved'));
  it('may hold a tip', () =>
    assert.equal(last(approve({ AuthorizedAmount: '99.00', TipAmount: '10.00' })).outcome, 'approved'));
  it('is partial where it is less', () =>
    assert.equal(last(approve({ AuthorizedAmount: '50.00' })).outcome, 'partial'));

  for (const [what, result] of Object.entries({
    'is not trusted where it is more, unexplained': { AuthorizedAmount: '90.00' },
    'is not trusted in another currency': { Currency: 'EUR' },
    'is not trusted for another transaction': { TransactionID: 'B' },
    'is not trusted as nothing': { AuthorizedAmount: '0.00' },
    'is not trusted with a result that nobody knows': { Result: 'Maybe' },
  })) {
    it(what, () => {
      const driver = approve(result);
      assert.equal(driver.outcomes.length, 0);
      driver.advance(1000);
      assert.equal(driver.open('TransactionStatus').header.MessageCategory, 'TransactionStatus');
    });
  }
});

describe('an answer that is not the payment’s own', () => {
  const replies = {
    empty: { type: 'empty' },
    unusable: { type: 'unusable', reason: 'HTTP 500' },
    lost: { type: 'lost', reason: 'reset' },
  } as const;
  for (const [name, reply] of Object.entries(replies)) {
    it(`(${name}) decides nothing: the terminal is asked`, () => {
      const driver = loggedIn();
      driver.pay('A');
      const sent = driver.open('Payment');
      driver.reply(sent, reply);
      assert.equal(driver.outcomes.length, 0);
      driver.advance(1000);
      const about = driver.open('TransactionStatus').request.TransactionStatusRequest?.MessageReference;
      assert.deepEqual(about, {
        MessageCategory: 'Payment',
        ServiceID: sent.header.ServiceID,
        SaleID: '1',
        POIID: 'T1',
      });
      driver.statusRepeats(sent);
      assert.equal(last(driver).outcome, 'approved');
    });
  }

  for (const header of [{ ServiceID: '1' }, { POIID: 'T2' }, { SaleID: '2' }, { MessageCategory: 'Login' }]) {
    it(`(${Object.keys(header)}) decides nothing either`, () => {
      const driver = loggedIn();
      driver.pay('A');
      const sent = driver.open('Payment');
      driver.payment({}, header);
      assert.equal(driver.outcomes.length, 0);
      driver.advance(1000);
      driver.statusRepeats(sent, { Result: 'Failure', ErrorCondition: 'Refusal' });
      assert.equal(last(driver).outcome, 'declined');
    });
  }
});

describe('one at a time', () => {
  it('lets a second payment wait in line, and journals it meanwhile', () => {
    const driver = loggedIn();
    driver.pay('A');
    driver.pay('B');
    assert.deepEqual(driver.categories(), ['Payment']);
    assert.equal(driver.rows.get('B')?.state, 'intent');
    driver.payment();
    assert.deepEqual(driver.categories(), ['Payment', 'Payment']);
    driver.payment();
    assert.deepEqual(
      driver.outcomes.map((effect) => effect.record.transactionId),
      ['A', 'B'],
    );
  });

  it('turns the second away where it is set to', () => {
    const driver = new Driver({ loggedIn: true, config: { whenBusy: 'refuse' } });
    driver.pay('A');
    driver.pay('B');
    assert.equal(last(driver).outcome, 'not_started');
    assert.equal(last(driver).record.error?.condition, 'Busy');
    driver.payment();
    assert.equal(last(driver).record.transactionId, 'A');
  });

  it('turns away who waits too long', () => {
    const driver = loggedIn();
    driver.pay('A');
    driver.pay('B');
    driver.advance(60_000);
    assert.equal(last(driver).record.transactionId, 'B');
    assert.equal(last(driver).outcome, 'not_started');
    driver.payment();
    assert.equal(driver.outcomes.length, 2);
  });

  it('logs out only when nothing is in progress', () => {
    const driver = loggedIn();
    driver.pay('A');
    driver.event({ type: 'logout', ref: 'x', maintenanceAllowed: true });
    driver.payment();
    assert.deepEqual(driver.categories(), ['Payment', 'Logout']);
    driver.answer('Logout', { LogoutResponse: { Response: { Result: 'Success' } } });
    assert.equal(driver.session.context.state, 'loggedOut');
    assert.equal(driver.done.at(-1)?.type, 'done');
  });
});

describe('a repeated transactionId', () => {
  it('joins the payment in progress', () => {
    const driver = loggedIn();
    driver.pay('A');
    driver.pay('A');
    driver.payment();
    assert.equal(driver.outcomes.length, 1);
    assert.equal(driver.outcomes[0]?.refs.length, 2);
    assert.deepEqual(driver.categories(), ['Payment']);
  });

  it('learns at once that the payment it joins is unresolved, then how it ended', () => {
    const driver = loggedIn();
    driver.pay('A');
    driver.reply(driver.open('Payment'), { type: 'lost', reason: 'reset' });
    driver.advance(130_000);
    const before = driver.outcomes.length;
    driver.pay('A');
    const [unresolved] = driver.outcomes.slice(before);
    assert.deepEqual([unresolved?.refs, unresolved?.final], [['A#2'], false]);
    assert.equal(unresolved?.record.outcome, 'unresolved');
    assert.deepEqual(driver.categories().filter((category) => category === 'Payment').length, 1);
  });

  it('is marked for those who repeat it, in progress or done, and for no other', () => {
    const driver = loggedIn();
    driver.pay('A');
    driver.pay('A');
    driver.payment();
    assert.deepEqual(
      driver.outcomes.flatMap(({ repeats = [] }) => repeats),
      ['A#2'],
    );
    driver.pay('A');
    assert.equal(last(driver).record.repeated, true);
    assert.equal(driver.outcomes[0]?.record.repeated, undefined);
  });

  it('gets the first result back, even where the terminal is busy', () => {
    const driver = new Driver({ loggedIn: true, config: { whenBusy: 'refuse' } });
    driver.pay('A');
    driver.payment({ Result: 'Failure', ErrorCondition: 'Refusal' });
    driver.pay('A');
    assert.equal(last(driver).outcome, 'declined');
    driver.pay('B');
    driver.pay('A');
    assert.equal(last(driver).outcome, 'declined');
    assert.deepEqual(driver.categories(), ['Payment', 'Payment']);
  });

  it('is refused with another amount, in progress or done', () => {
    const driver = loggedIn();
    driver.pay('A', '89.00');
    driver.pay('A', '90.00');
    driver.payment();
    driver.pay('A', '90.00');
    assert.deepEqual(
      driver.done.map((effect) => effect.type === 'failed' && effect.error.code),
      ['transaction_mismatch', 'transaction_mismatch'],
    );
    assert.equal(driver.outcomes.length, 1);
  });

  it('is refused where another terminal used it', () => {
    const driver = loggedIn();
    driver.pay('A');
    driver.payment();
    const row = driver.rows.get('A');
    assert.ok(row);
    driver.rows.set('A', { ...row, terminal: '1/T2' });
    driver.pay('A');
    const failed = driver.done.at(-1);
    assert.equal(failed?.type === 'failed' && failed.error.code, 'transaction_elsewhere');
  });

  it('may be tried again after not_started, as the same transaction with a new ServiceID', () => {
    const driver = loggedIn();
    driver.pay('A');
    driver.reply(driver.open('Payment'), { type: 'unreachable', reason: 'refused' });
    driver.advance(60_000);
    driver.pay('A');
    const [first, second] = driver.sent.filter((sent) => sent.header.MessageCategory === 'Payment');
    assert.deepEqual(first?.request.PaymentRequest, second?.request.PaymentRequest);
    assert.notEqual(first?.header.ServiceID, second?.header.ServiceID);
    driver.payment();
    assert.equal(last(driver).outcome, 'approved');
  });
});

describe('abort', () => {
  it('names the payment’s own ServiceID, and an approval can win', () => {
    const driver = loggedIn();
    driver.pay('A');
    driver.event({ type: 'abort', ref: 'x' });
    const { MessageReference } = driver.open('Abort').request.AbortRequest ?? {};
    assert.equal(MessageReference?.ServiceID, driver.open('Payment').header.ServiceID);
    assert.equal(driver.open('Abort').overtake, true);
    driver.reply(driver.open('Abort'), { type: 'empty' });
    const done = driver.done.at(-1);
    assert.ok(done?.type === 'done' && done.result.type === 'abort' && done.result.sent);
    driver.payment();
    assert.equal(last(driver).outcome, 'approved');
  });

  it('ends a payment that was not sent yet without sending it', () => {
    const driver = new Driver();
    driver.pay('A');
    driver.event({ type: 'abort', ref: 'x' });
    assert.equal(last(driver).outcome, 'aborted');
    driver.answer('Login', { LoginResponse: { Response: { Result: 'Success' } } });
    driver.statusFailure('NotFound');
    assert.deepEqual(driver.categories(), ['Login', 'TransactionStatus']);
  });

  it('ends a payment whose intent is being written', () => {
    const driver = loggedIn();
    driver.holdWrites = true;
    driver.pay('A');
    driver.event({ type: 'abort', ref: 'x' });
    driver.store();
    driver.store();
    assert.equal(last(driver).outcome, 'aborted');
    assert.deepEqual(driver.categories(), []);
  });

  it('that the terminal did not take is an error of the abort, not of the payment', () => {
    const driver = loggedIn();
    driver.pay('A');
    driver.event({ type: 'abort', ref: 'x' });
    driver.reply(driver.open('Abort'), { type: 'lost', reason: 'reset' });
    const failed = driver.done.at(-1);
    assert.equal(failed?.type === 'failed' && failed.error.code, 'abort_not_taken');
    assert.equal(driver.outcomes.length, 0);
  });

  it('with nothing in progress sends nothing', () => {
    const driver = loggedIn();
    driver.event({ type: 'abort', ref: 'x' });
    const done = driver.done.at(-1);
    assert.ok(done?.type === 'done' && done.result.type === 'abort' && !done.result.sent);
    assert.deepEqual(driver.categories(), []);
  });
});

describe('a journal that fails', () => {
  it('starts no payment, and says so', () => {
    const driver = loggedIn();
    driver.failWrites = 'disk full';
    driver.pay('A');
    assert.equal(last(driver).outcome, 'not_started');
    assert.equal(last(driver).record.error?.message, 'disk full');
    assert.deepEqual(driver.categories(), []);
    driver.failWrites = undefined;
    driver.pay('B');
    driver.payment();
    assert.equal(last(driver).outcome, 'approved');
  });

  it('holds an outcome back until it is written', () => {
    const driver = loggedIn();
    driver.pay('A');
    driver.failWrites = 'disk full';
    driver.payment();
    assert.equal(driver.outcomes.length, 0);
    driver.pay('B');
    driver.advance(30_000);
    assert.equal(driver.outcomes.filter((effect) => effect.record.transactionId === 'A').length, 0);
    driver.failWrites = undefined;
    driver.advance(30_000);
    assert.equal(last(driver).outcome, 'approved');
  });
});
