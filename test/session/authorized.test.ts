/** What was authorised is kept in minor units, for the journal to add up. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { payloadOf } from '../../lib/contract/payment-output.ts';
import { swedbankPay } from '../../lib/protocol/profiles/swedbank-pay.ts';
import { Driver, type PaymentAnswer } from '../support/session-driver.ts';

function kept(driver: Driver) {
  const record = driver.rows.get('A');
  assert.ok(record);
  return record;
}

function paid(result: Partial<PaymentAnswer>): Driver {
  const driver = new Driver({ loggedIn: true });
  driver.pay('A', '89.00');
  driver.payment(result);
  return driver;
}

/** A payment, or its reversal, that stays unresolved until the flow gets that result. */
function unresolved(category: 'Payment' | 'Reversal'): Driver {
  const driver = new Driver({ loggedIn: true, config: { autoLogin: false } });
  driver.pay('A', '89.00');
  if (category === 'Reversal') {
    driver.payment({ AuthorizedAmount: '50.00' });
    driver.event({ type: 'reverse', ref: 'r', transactionId: 'A', reason: 'MerchantCancel', node: 'reversal' });
  }
  driver.reply(driver.open(category), { type: 'lost', reason: 'reset' });
  const openStatus = () => driver.sent.find((sent) => sent.open && sent.header.MessageCategory === 'TransactionStatus');
  for (let i = 0; i < 1300; i++, driver.advance(100)) {
    for (let sent = openStatus(); sent; sent = openStatus()) driver.reply(sent, { type: 'lost', reason: 'reset' });
  }
  assert.equal(driver.outcomes.at(-1)?.final, false);
  return driver;
}

function rule(driver: Driver, outcome: 'approved' | 'partial' | 'declined' | 'reversed'): void {
  driver.event({ type: 'rule', ref: 'x', transactionId: 'A', outcome, by: 'Eva' });
  const answer = driver.done.at(-1);
  assert.equal(answer?.type === 'done' ? answer.result.type : answer?.type, 'rule');
}

describe('what was authorised', () => {
  it('is the amount, a tip included, or less', () => {
    assert.equal(kept(paid({})).authorized, 8900);
    assert.equal(kept(paid({ AuthorizedAmount: '99.00', TipAmount: '10.00' })).authorized, 9900);
    assert.equal(kept(paid({ AuthorizedAmount: '50.00' })).authorized, 5000);
  });

  it('is not known of what was not approved', () => {
    assert.equal(kept(paid({ Result: 'Failure', ErrorCondition: 'Refusal' })).authorized, undefined);
  });

  it('stays when it is taken back', () => {
    const driver = paid({});
    driver.event({ type: 'reverse', ref: 'r', reason: 'MerchantCancel', node: 'reversal' });
    driver.reversal();
    assert.deepEqual([kept(driver).outcome, kept(driver).authorized], ['reversed', 8900]);
  });

  it('is what was asked for where a person ruled that the money moved', () => {
    const driver = unresolved('Payment');
    rule(driver, 'approved');
    assert.equal(kept(driver).authorized, 8900);
    assert.equal(payloadOf(kept(driver), swedbankPay).amount, '89.00');
    const other = unresolved('Payment');
    rule(other, 'declined');
    assert.equal(kept(other).authorized, undefined);
    assert.equal(payloadOf(kept(other), swedbankPay).amount, '0.00');
  });

  it('is what the terminal said, whatever a person rules on its reversal', () => {
    const driver = unresolved('Reversal');
    rule(driver, 'partial');
    assert.deepEqual([kept(driver).outcome, kept(driver).authorized], ['partial', 5000]);
  });
});

describe('a ruling on a reversal', () => {
  /** Rules, then lets the terminal tell that the reversal was refused. */
  function contradicted(outcome: 'partial' | 'reversed'): boolean {
    const driver = unresolved('Reversal');
    rule(driver, outcome);
    const openStatus = () =>
      driver.sent.find((sent) => sent.open && sent.header.MessageCategory === 'TransactionStatus');
    for (let i = 0; i < 400 && !openStatus(); i++) driver.advance(100);
    const reversal = driver.sent.findLast(({ header }) => header.MessageCategory === 'Reversal');
    assert.ok(reversal);
    const ReversalResponse = { Response: { Result: 'Failure', ErrorCondition: 'Refusal' } };
    const MessageHeader = { ...reversal.header, MessageType: 'Response' as const };
    driver.answer('TransactionStatus', {
      TransactionStatusResponse: {
        Response: { Result: 'Success' },
        RepeatedMessageResponse: { MessageHeader, ReversalResponse },
      },
    });
    return driver.notifications.some(({ type }) => type === 'alarm');
  }

  it('is contradicted where the money went the other way, and only there', () => {
    assert.equal(contradicted('partial'), false, 'it stands, as ruled');
    assert.equal(contradicted('reversed'), true);
  });
});
