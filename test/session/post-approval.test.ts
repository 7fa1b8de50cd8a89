import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TransactionRecord } from '../../lib/session/record.ts';
import { Driver } from '../support/session-driver.ts';

function outcomes(driver: Driver): string[] {
  return driver.outcomes.map(({ record, final }) => `${record.transactionId} ${record.outcome}${final ? '' : '…'}`);
}

function failure(driver: Driver): string | undefined {
  const last = driver.done.at(-1);
  return last?.type === 'failed' ? last.error.code : undefined;
}

/** A vending machine: approved, and waiting for the goods. */
function held(options: ConstructorParameters<typeof Driver>[0] = {}): Driver {
  const driver = new Driver({ loggedIn: true, ...options });
  driver.pay('A', '89.00', { awaitFulfilment: true });
  driver.payment();
  return driver;
}

const fulfil = (driver: Driver, delivered: boolean, transactionId = 'A') =>
  driver.event({ type: 'fulfil', ref: 'f', transactionId, delivered, node: 'fulfil1' });

/** The record as a restart finds it. */
function kept(driver: Driver, id = 'A'): TransactionRecord {
  const record = driver.rows.get(id);
  assert.ok(record);
  return structuredClone(record);
}

describe('goods that may fail to come out', () => {
  it('hold the terminal after the approval was told, until they are delivered', () => {
    const driver = held();
    assert.deepEqual(outcomes(driver), ['A approved']);
    assert.equal(kept(driver).state, 'held');
    driver.pay('B');
    assert.deepEqual(driver.categories(), ['Payment']);
    fulfil(driver, true);
    assert.deepEqual(outcomes(driver), ['A approved', 'A approved']);
    assert.deepEqual(driver.outcomes[1]?.refs, ['f']);
    assert.equal(kept(driver).fulfilled, true);
    assert.equal(kept(driver).state, 'closed');
    assert.deepEqual(driver.categories(), ['Payment', 'Payment']);
  });

  it('that did not come out are reversed, while the sale is still the last one', () => {
    const driver = held();
    fulfil(driver, false);
    const { OriginalPOITransaction, ReversalReason } = driver.open('Reversal').request.ReversalRequest ?? {};
    assert.equal(ReversalReason, 'Malfunction');
    assert.equal(OriginalPOITransaction?.POITransactionID?.TransactionID, `poi-${kept(driver).serviceId}`);
    driver.reversal();
    assert.deepEqual(outcomes(driver), ['A approved', 'A reversed']);
    assert.equal(kept(driver).outcome, 'reversed');
  });

  it('the reversal is on disk before it is sent, and its end before it is told', () => {
    const driver = held();
    driver.holdWrites = true;
    fulfil(driver, false);
    assert.equal(driver.pendingWrites[0]?.record.state, 'reverse');
    driver.store();
    assert.deepEqual(driver.categories(), ['Payment']);
    assert.equal(driver.pendingWrites[0]?.record.state, 'reversing');
    driver.store();
    assert.deepEqual(driver.categories(), ['Payment', 'Reversal']);
    driver.reversal();
    assert.equal(driver.outcomes.length, 1);
    driver.store();
    assert.deepEqual(outcomes(driver), ['A approved', 'A reversed']);
  });

  it('a disk that refuses the mark of a reversal: nothing is sent, and it is tried again', () => {
    const driver = held();
    driver.holdWrites = true;
    fulfil(driver, false);
    driver.store();
    driver.failWrites = 'full';
    driver.store();
    assert.deepEqual(driver.categories(), ['Payment']);
    driver.holdWrites = false;
    driver.failWrites = undefined;
    driver.advance(60_000);
    driver.reversal();
    assert.deepEqual(driver.categories(), ['Payment', 'Reversal']);
    assert.deepEqual(outcomes(driver).slice(-1), ['A reversed']);
  });

  it('a power cut while held: the approval is told again, and still waits', () => {
    const restarted = new Driver({ restored: { unfinished: [kept(held())] } });
    assert.deepEqual(outcomes(restarted), ['A approved']);
    assert.equal(restarted.outcomes[0]?.record.recovered, true);
    assert.equal(restarted.outcomes[0]?.record.node, 'node1');
    fulfil(restarted, true);
    assert.equal(kept(restarted).state, 'closed');
    assert.deepEqual(restarted.categories(), []);
  });

  it('a power cut before the reversal left: it is sent after the restart', () => {
    const driver = held();
    driver.holdWrites = true;
    fulfil(driver, false);
    driver.store();
    const restarted = new Driver({ restored: { unfinished: [kept(driver)] } });
    restarted.answer('Login', { LoginResponse: { Response: { Result: 'Success' } } });
    restarted.statusFailure('NotFound');
    restarted.reversal();
    assert.deepEqual(outcomes(restarted), ['A reversed']);
    assert.equal(restarted.outcomes[0]?.record.node, 'fulfil1');
  });

  it('a power cut during the reversal: its outcome is asked for, before any Login, never sent again unproven', () => {
    const driver = held();
    fulfil(driver, false);
    const sent = driver.open('Reversal');
    const restarted = new Driver({ restored: { unfinished: [kept(driver)] } });
    restarted.advance(0);
    const about = restarted.open('TransactionStatus').request.TransactionStatusRequest?.MessageReference;
    assert.equal(about?.MessageCategory, 'Reversal');
    assert.equal(about?.ServiceID, sent.header.ServiceID);
    restarted.statusRepeatsReversal(sent);
    assert.deepEqual(outcomes(restarted), ['A reversed']);
  });

  it('a reversal that cannot be started is tried again until it can, and reported meanwhile', () => {
    const driver = held();
    fulfil(driver, false);
    for (let i = 0; i < 3; i++) {
      driver.reply(driver.open('Reversal'), { type: 'unreachable', reason: 'off' });
      driver.advance(30_000);
    }
    assert.deepEqual(outcomes(driver), ['A approved']);
    driver.reply(driver.open('Reversal'), { type: 'unreachable', reason: 'off' });
    driver.advance(60_000);
    assert.deepEqual(outcomes(driver), ['A approved', 'A unresolved…']);
    driver.reversal();
    assert.deepEqual(outcomes(driver).slice(-1), ['A reversed']);
  });

  it('a reversal that the terminal refuses leaves the payment approved, and says so', () => {
    const driver = held();
    fulfil(driver, false);
    driver.reversal('Failure', 'NotFound');
    driver.statusFailure('NotFound');
    assert.deepEqual(outcomes(driver), ['A approved', 'A approved']);
    assert.equal(kept(driver).reversal?.outcome, 'declined');
    assert.equal(kept(driver).fulfilled, undefined);
  });

  it('cannot be confirmed for a transaction that is unknown, closed, or confirmed already', () => {
    const driver = held();
    fulfil(driver, true, 'B');
    assert.equal(failure(driver), 'not_awaiting');
    fulfil(driver, true);
    fulfil(driver, false);
    assert.equal(failure(driver), 'not_awaiting');
    assert.deepEqual(driver.categories(), ['Payment']);
  });

  it('a declined payment waits for nothing', () => {
    const driver = new Driver({ loggedIn: true });
    driver.pay('A', '89.00', { awaitFulfilment: true });
    driver.payment({ Result: 'Failure', ErrorCondition: 'Refusal' });
    assert.deepEqual(outcomes(driver), ['A declined']);
    fulfil(driver, true);
    assert.equal(failure(driver), 'not_awaiting');
  });
});

describe('a reversal that a flow wants', () => {
  const paid = () => {
    const driver = new Driver({ loggedIn: true });
    driver.pay('A');
    driver.payment();
    return driver;
  };
  const reverse = (driver: Driver, transactionId?: string) =>
    driver.event({
      type: 'reverse',
      ref: 'r',
      ...(transactionId && { transactionId }),
      reason: 'MerchantCancel',
      node: 'reverse1',
    });

  it('takes the last payment back', () => {
    const driver = paid();
    reverse(driver);
    driver.reversal();
    assert.deepEqual(outcomes(driver), ['A approved', 'A reversed']);
    assert.deepEqual(driver.outcomes[1]?.refs, ['r']);
  });

  it('is refused for what is not the last, not approved, or reversed already: nothing is sent', () => {
    const driver = paid();
    driver.pay('B');
    driver.payment({ Result: 'Failure', ErrorCondition: 'Refusal' });
    reverse(driver, 'A');
    assert.equal(failure(driver), 'not_last');
    reverse(driver, 'B');
    assert.equal(failure(driver), 'not_reversible');
    driver.pay('C');
    driver.payment();
    reverse(driver, 'C');
    driver.reversal();
    reverse(driver, 'C');
    assert.equal(failure(driver), 'not_reversible');
    assert.deepEqual(driver.categories(), ['Payment', 'Payment', 'Payment', 'Reversal']);
  });

  it('comes too late where another payment went first in line', () => {
    const driver = paid();
    driver.pay('B');
    reverse(driver, 'A');
    driver.payment();
    assert.deepEqual(driver.categories(), ['Payment', 'Payment']);
    assert.equal(kept(driver, 'A').outcome, 'approved');
    assert.equal(kept(driver, 'A').reversal?.error?.condition, 'NotLast');
  });

  it('of which the answer is lost is found by its ServiceID, or proven not started', () => {
    const driver = paid();
    reverse(driver);
    const sent = driver.open('Reversal');
    driver.reply(sent, { type: 'lost', reason: 'reset' });
    driver.advance(1000);
    driver.statusRepeatsReversal(sent);
    assert.deepEqual(outcomes(driver), ['A approved', 'A reversed']);
  });

  it('still works for the last payment of before a restart', () => {
    const before = paid();
    const restarted = new Driver({ loggedIn: true, restored: { last: kept(before) } });
    reverse(restarted, 'A');
    restarted.reversal();
    assert.deepEqual(outcomes(restarted), ['A reversed']);
  });

  it('a repeat of the reversed transactionId is no second charge', () => {
    const driver = paid();
    reverse(driver);
    driver.reversal();
    driver.pay('A');
    assert.deepEqual(outcomes(driver).slice(-1), ['A reversed']);
    assert.deepEqual(driver.categories(), ['Payment', 'Reversal']);
  });
});

describe('an approval that won against an abort', () => {
  const aborted = (approvedAfterAbort: 'keep' | 'reverse') => {
    const driver = new Driver({ loggedIn: true, config: { approvedAfterAbort } });
    driver.pay('A');
    driver.event({ type: 'abort', ref: 'x' });
    driver.reply(driver.open('Abort'), { type: 'empty' });
    driver.payment();
    return driver;
  };

  it('is kept, and told as what it is', () => assert.deepEqual(outcomes(aborted('keep')), ['A approved']));

  it('is reversed where the terminal is set to', () => {
    const driver = aborted('reverse');
    assert.deepEqual(outcomes(driver), []);
    driver.reversal();
    assert.deepEqual(outcomes(driver), ['A reversed']);
  });

  it('is told as approved where the reversal is refused', () => {
    const driver = aborted('reverse');
    driver.reversal('Failure', 'Refusal');
    assert.deepEqual(outcomes(driver), ['A approved']);
    assert.equal(kept(driver).reversal?.outcome, 'declined');
  });
});

describe('a ruling on an unresolved payment', () => {
  const unresolved = () => {
    const driver = new Driver({ config: { autoLogin: false } });
    driver.pay('A');
    driver.noCardHeld();
    const sent = driver.open('Payment');
    driver.reply(sent, { type: 'lost', reason: 'reset' });
    for (let i = 0; i < 1300; i++, driver.advance(100)) {
      while (driver.sent.some((one) => one.open && one.header.MessageCategory === 'TransactionStatus')) {
        driver.statusFailure('NotFound');
      }
    }
    assert.deepEqual(outcomes(driver), ['A unresolved…']);
    return { driver, sent };
  };
  const rule = (driver: Driver, outcome: 'approved' | 'declined') =>
    driver.event({ type: 'rule', ref: 'x', transactionId: 'A', outcome, by: 'Eva' });
  const nextStatus = (driver: Driver) => {
    for (let i = 0; i < 400; i++, driver.advance(100)) {
      if (driver.sent.some((one) => one.open && one.header.MessageCategory === 'TransactionStatus')) return;
    }
    assert.fail('never asked again');
  };

  it('ends it, is recorded with its name, and frees the terminal', () => {
    const { driver } = unresolved();
    rule(driver, 'declined');
    assert.deepEqual(outcomes(driver), ['A unresolved…', 'A declined']);
    assert.equal(kept(driver).ruling?.by, 'Eva');
    assert.equal(kept(driver).state, 'ruled');
    driver.pay('B');
    assert.equal(driver.open('Payment').open, true);
  });

  it('is contradicted by later evidence: an alarm', () => {
    const { driver, sent } = unresolved();
    rule(driver, 'declined');
    nextStatus(driver);
    driver.statusRepeats(sent);
    const [alarm] = driver.notifications;
    assert.ok(alarm?.type === 'alarm');
    assert.match(alarm.reason.message, /approved.*Eva/);
    assert.equal(kept(driver).outcome, 'declined');
    assert.equal(kept(driver).state, 'closed');
  });

  it('is confirmed by later evidence: no alarm', () => {
    const { driver, sent } = unresolved();
    rule(driver, 'approved');
    nextStatus(driver);
    driver.statusRepeats(sent);
    assert.deepEqual(driver.notifications, []);
    assert.equal(kept(driver).state, 'closed');
  });

  it('goes on listening after a restart', () => {
    const { driver, sent } = unresolved();
    rule(driver, 'declined');
    const restarted = new Driver({ restored: { unfinished: [kept(driver)] } });
    nextStatus(restarted);
    restarted.statusRepeats(sent);
    assert.equal(restarted.notifications[0]?.type, 'alarm');
  });

  it('is refused for what is not unresolved', () => {
    const driver = new Driver({ loggedIn: true });
    driver.pay('A');
    rule(driver, 'declined');
    assert.equal(failure(driver), 'not_unresolved');
  });
});

describe('a signature that somebody has to check', () => {
  const SIGNED = Buffer.from(
    '{"Merchant":{"Mandatory":{"Payment":{"SignatureBlock":true}},"Optional":{"ReceiptString":[]}}}',
  );
  const signing = () => {
    const driver = new Driver({ loggedIn: true, config: { signature: 'listener' } });
    driver.event({ type: 'listeners', count: 1 });
    driver.pay('A');
    const { header, request } = driver.open('Payment');
    const SaleTransactionID = request.PaymentRequest?.SaleData.SaleTransactionID;
    assert.ok(SaleTransactionID);
    driver.answer('Payment', {
      PaymentResponse: {
        Response: { Result: 'Success' },
        SaleData: { SaleTransactionID },
        POIData: { POITransactionID: { TransactionID: `poi-${header.ServiceID}`, TimeStamp: 'T' } },
        PaymentResult: { AmountsResp: { Currency: 'SEK', AuthorizedAmount: '89.00' } },
        PaymentReceipt: [
          {
            DocumentQualifier: 'CashierReceipt',
            OutputContent: { OutputFormat: 'Text', OutputText: [{ Text: SIGNED.toString('base64') }] },
          },
        ],
      },
    });
    return driver;
  };
  const question = (driver: Driver) =>
    driver.notifications.find((one) => one.type === 'notification' && one.replyId !== undefined);
  const sign = (driver: Driver, accepted: boolean) => {
    const asked = question(driver);
    assert.ok(asked?.type === 'notification' && asked.replyId !== undefined);
    driver.event({ type: 'answerQuestion', ref: 's', replyId: asked.replyId, value: accepted });
  };

  it('holds the outcome back until it was checked', () => {
    const driver = signing();
    assert.ok(question(driver));
    assert.deepEqual(outcomes(driver), []);
    sign(driver, true);
    assert.deepEqual(outcomes(driver), ['A approved']);
  });

  it('that is refused becomes a reversal', () => {
    const driver = signing();
    sign(driver, false);
    driver.reversal();
    assert.deepEqual(outcomes(driver), ['A reversed']);
  });

  it('is asked about again after a restart', () => {
    const restarted = new Driver({ config: { signature: 'listener' }, restored: { unfinished: [kept(signing())] } });
    restarted.event({ type: 'listeners', count: 1 });
    assert.ok(question(restarted));
    sign(restarted, true);
    assert.deepEqual(outcomes(restarted), ['A approved']);
  });

  it('in settings that ask for none any more: the flow gets the approval, and checks the signature', () => {
    const restarted = new Driver({ config: { signature: 'report' }, restored: { unfinished: [kept(signing())] } });
    assert.deepEqual(outcomes(restarted), ['A approved']);
    assert.deepEqual([kept(restarted).state, kept(restarted).hold], ['closed', undefined]);
    restarted.pay('B');
    restarted.answer('Login', { LoginResponse: { Response: { Result: 'Success' } } });
    restarted.statusFailure('NotFound');
    assert.ok(restarted.open('Payment'));
  });

  it('in settings that ask for none any more: goods are still waited for', () => {
    const record = { ...kept(signing()), awaitFulfilment: true as const };
    const restarted = new Driver({ config: { signature: 'report' }, restored: { unfinished: [record] } });
    assert.deepEqual(outcomes(restarted), ['A approved']);
    assert.deepEqual([kept(restarted).state, kept(restarted).hold], ['held', 'fulfilment']);
  });
});

describe('an approval that is held', () => {
  const reverse = (driver: Driver, transactionId?: string) =>
    driver.event({
      ...{ type: 'reverse', ref: 'r', reason: 'MerchantCancel', node: 'reversal1' },
      ...(transactionId !== undefined && { transactionId }),
    });
  const rule = (driver: Driver, outcome: 'approved' | 'reversed') =>
    driver.event({ type: 'rule', ref: 'x', transactionId: 'A', outcome, by: 'Anna' });

  for (const named of ['A', undefined]) {
    it(`can be reversed, ${named === undefined ? 'as the last one' : 'by its name'}`, () => {
      const driver = held();
      reverse(driver, named);
      driver.reversal();
      assert.deepEqual(outcomes(driver), ['A approved', 'A reversed']);
      assert.deepEqual(driver.outcomes[1]?.refs, ['r']);
      assert.deepEqual([kept(driver).state, kept(driver).node], ['closed', 'reversal1']);
    });
  }

  it('can be ruled on: it stands, which its flow knows already, and the terminal is free', () => {
    const driver = held();
    rule(driver, 'approved');
    assert.deepEqual(outcomes(driver), ['A approved']);
    const { state, outcome, ruling, hold } = kept(driver);
    assert.deepEqual([state, outcome, ruling?.by, hold], ['closed', 'approved', 'Anna', undefined]);
    driver.pay('B');
    assert.ok(driver.open('Payment'));
    assert.equal(
      driver.timers.some((name) => name.startsWith('watch')),
      false,
    );
  });

  it('can be ruled on: its money went back, which its flow gets', () => {
    const driver = held();
    rule(driver, 'reversed');
    assert.deepEqual(outcomes(driver), ['A approved', 'A reversed']);
    assert.deepEqual([kept(driver).state, driver.outcomes[1]?.final], ['closed', true]);
  });
});

describe('what is unresolved', () => {
  const unresolved = () => {
    const driver = new Driver({ loggedIn: true });
    driver.pay('A');
    driver.reply(driver.open('Payment'), { type: 'lost', reason: 'reset' });
    driver.advance(130_000);
    assert.deepEqual(outcomes(driver), ['A unresolved…']);
    return driver;
  };

  it('is reported again after a restart', () => {
    const restarted = new Driver({ restored: { unfinished: [kept(unresolved())] } });
    assert.deepEqual(outcomes(restarted), ['A unresolved…']);
    const [{ record, refs } = { record: undefined, refs: undefined }] = restarted.outcomes;
    assert.deepEqual([record?.recovered, record?.node, refs], [true, 'node1', []]);
    assert.ok(record?.error);
    assert.equal(kept(restarted).outcome, undefined);
  });

  it('is reported again after a restart: a reversal', () => {
    const driver = held();
    fulfil(driver, false);
    driver.reply(driver.open('Reversal'), { type: 'lost', reason: 'reset' });
    driver.advance(130_000);
    assert.deepEqual(outcomes(driver), ['A approved', 'A unresolved…']);
    const restarted = new Driver({ restored: { unfinished: [kept(driver)] } });
    assert.deepEqual(outcomes(restarted), ['A unresolved…']);
  });

  it('is not reported where it was not before: the recovery time runs first', () => {
    const driver = new Driver({ loggedIn: true });
    driver.pay('A');
    const restarted = new Driver({ restored: { unfinished: [kept(driver)] } });
    assert.deepEqual(outcomes(restarted), []);
  });
});

describe('payments that the terminal took under other settings', () => {
  const blocked = () => {
    const driver = new Driver();
    driver.event({ type: 'start', blocked: true });
    driver.sent.length = 0;
    return driver;
  };

  it('keep it from any request, until they have ended', () => {
    const driver = blocked();
    assert.equal(driver.session.context.state, 'unresolved');
    driver.pay('A');
    driver.event({ type: 'login', ref: 'l' });
    driver.event({ type: 'logout', ref: 'o', maintenanceAllowed: false });
    driver.advance(1_000);
    assert.deepEqual(driver.categories(), []);
    assert.deepEqual(outcomes(driver), ['A not_started']);
    assert.equal(driver.outcomes[0]?.record.error?.condition, 'Unresolved');
    driver.event({ type: 'predecessorsEnded' });
    assert.deepEqual(driver.categories(), ['Login', 'Logout']);
  });

  it('then payments are taken', () => {
    const driver = blocked();
    driver.event({ type: 'predecessorsEnded' });
    assert.equal(driver.session.context.state, 'loggedOut');
    driver.pay('A');
    driver.answer('Login', { LoginResponse: { Response: { Result: 'Success' } } });
    driver.statusFailure('NotFound');
    driver.payment();
    assert.deepEqual(outcomes(driver), ['A approved']);
  });
});
