import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { POI, Till } from '../support/card-till.ts';
import { Driver } from '../support/session-driver.ts';

describe('a card before the amount', () => {
  it('opens the service, reads the card, and holds the terminal', () => {
    const till = new Till().held('A');
    assert.deepEqual(till.actions, ['StartTransaction', 'CardAcquisition']);
    const acquisition = till.sent[1]?.request.CardAcquisitionRequest;
    assert.equal(acquisition?.SaleData.SaleTransactionID.TransactionID, 'A');
    assert.equal(acquisition?.SaleData.TokenRequestedType, 'Customer');
    assert.equal(acquisition?.CardAcquisitionTransaction.TotalAmount, '0');
    assert.equal(till.cards[0]?.error, undefined);
    assert.equal(till.session.context.state, 'cardRead');
  });

  it('reads several cards in one service', () => {
    const till = new Till().held('A');
    till.ask('A');
    till.card();
    assert.deepEqual(till.actions, ['StartTransaction', 'CardAcquisition', 'CardAcquisition']);
    assert.equal(till.cards.length, 2);
  });

  it('is followed by its own payment, with no message in between', () => {
    const till = new Till().held('A');
    till.pay('A');
    assert.deepEqual(till.actions.slice(2), ['Payment']);
    till.payment();
    assert.equal(till.outcomes.at(-1)?.record.outcome, 'approved');
    assert.equal(till.session.context.state, 'ready');
  });

  it('is charged for its own payment only: another one waits, and finds the service closed', () => {
    const till = new Till().held('A');
    till.pay('B');
    assert.equal(till.actions.includes('Payment'), false);
    till.ask('A', 'abort');
    assert.equal(till.actions.at(-1), 'AbortTransaction');
    till.enabled();
    assert.equal(till.actions.at(-1), 'Payment');
    assert.equal(till.open('Payment').request.PaymentRequest?.SaleData.SaleTransactionID.TransactionID, 'B');
  });

  it('overtakes what waits in line with its own payment', () => {
    const till = new Till().held('A');
    till.pay('B');
    till.pay('A');
    assert.equal(till.open('Payment').request.PaymentRequest?.SaleData.SaleTransactionID.TransactionID, 'A');
    till.payment();
    assert.equal(till.open('Payment').request.PaymentRequest?.SaleData.SaleTransactionID.TransactionID, 'B');
    assert.equal(till.actions.includes('AbortTransaction'), false);
  });

  it('is not charged where its payment is a repeat: that gets its first result', () => {
    const till = new Till();
    till.pay('A');
    till.payment();
    till.sent.length = 0;
    till.held('A').pay('A');
    assert.equal(till.outcomes.length, 2);
    till.pay('B');
    assert.equal(till.actions.includes('Payment'), false, 'the card of A is still held');
    assert.equal(till.actions.at(-1), 'AbortTransaction');
    till.enabled();
    assert.equal(till.actions.at(-1), 'Payment');
  });

  it('closes the service when its payment could not be written down', () => {
    const till = new Till().held('A');
    till.failWrites = 'disk full';
    till.pay('A');
    assert.equal(till.outcomes.at(-1)?.record.outcome, 'not_started');
    assert.equal(till.actions.at(-1), 'AbortTransaction');
  });

  it('resets the terminal by a login where it does not take AbortTransaction', () => {
    const till = new Till().held('A');
    till.pay('B');
    till.ask('A', 'abort');
    till.enabled('Failure', 'Refusal');
    assert.equal(till.actions.at(-1), 'Login');
    till.answer('Login', { LoginResponse: { Response: { Result: 'Success' } } });
    assert.equal(till.actions.at(-1), 'Payment');
  });

  it('takes NotAllowed for "nothing to end", but not once the terminal has gone on to the PIN', () => {
    const till = new Till().held('A');
    till.pay('B');
    till.ask('A', 'abort');
    till.enabled('Failure', 'NotAllowed');
    assert.equal(till.actions.at(-1), 'Payment');
    const gone = new Till().held('A');
    gone.ask('A', 'continue');
    gone.reply(gone.open('Display'), { type: 'empty' });
    gone.pay('B');
    gone.ask('A', 'abort');
    gone.enabled('Failure', 'NotAllowed');
    assert.equal(gone.actions.at(-1), 'Login');
  });

  it('is let go after a while, if no payment comes', () => {
    const till = new Till().held('A');
    till.advance(600_000);
    assert.equal(till.actions.at(-1), 'AbortTransaction');
    till.enabled();
    assert.equal(till.session.context.state, 'ready');
  });

  it('goes on with the PIN dialog when told so', () => {
    const till = new Till().held('A');
    till.ask('A', 'continue');
    const shown = till.open('Display').request.DisplayRequest?.DisplayOutput[0]?.OutputContent.OutputText;
    assert.deepEqual(shown, [{ Text: 'continue_processing' }]);
    till.reply(till.open('Display'), { type: 'empty' });
    assert.equal(till.cards.at(-1)?.error, undefined);
    till.pay('A');
    assert.equal(till.actions.at(-1), 'Payment');
  });

  it('shows and asks in between, and pays after the answer', () => {
    const till = new Till().held('A');
    const DisplayOutput = {
      Device: 'CustomerDisplay',
      InfoQualify: 'Display',
      OutputContent: { OutputFormat: 'Text' },
    };
    till.event({ type: 'device', ref: 'd', body: { DisplayRequest: { DisplayOutput: [DisplayOutput] } } });
    till.pay('A');
    assert.equal(till.actions.at(-1), 'Display');
    till.reply(till.open('Display'), { type: 'empty' });
    assert.equal(till.actions.at(-1), 'Payment');
  });

  it('counts as the terminal’s last transaction: a payment that never arrived is proven not started', () => {
    const till = new Till().held('A');
    const acquisition = till.sent[1];
    till.pay('A');
    till.reply(till.open('Payment'), { type: 'lost', reason: 'reset' });
    for (let round = 0; round < 200 && till.outcomes.at(-1)?.final !== true; round++) {
      till.advance(5_000);
      const status = till.sent.findLast(({ open, header }) => open && header.MessageCategory === 'TransactionStatus');
      if (status === undefined) continue;
      if (status.request.TransactionStatusRequest?.MessageReference) till.statusFailure('NotFound');
      else
        till.answer('TransactionStatus', {
          TransactionStatusResponse: {
            Response: { Result: 'Success' },
            RepeatedMessageResponse: {
              MessageHeader: { ...acquisition?.header, MessageType: 'Response' } as never,
              CardAcquisitionResponse: { Response: { Result: 'Success' }, SaleData: undefined as never, POIData: POI },
            },
          },
        });
    }
    assert.equal(till.outcomes.at(-1)?.record.outcome, 'not_started');
  });
});

describe('an abort', () => {
  it('while a card is awaited names that request, and leaves nothing open', () => {
    const till = new Till();
    till.ask('A');
    till.enabled();
    till.event({ type: 'abort', ref: 'stop' });
    const reference = till.open('Abort').request.AbortRequest?.MessageReference;
    assert.equal(reference?.MessageCategory, 'CardAcquisition');
    assert.equal(reference?.ServiceID, till.open('CardAcquisition').header.ServiceID);
    till.reply(till.open('Abort'), { type: 'empty' });
    till.card('Aborted');
    assert.equal(till.cards[0]?.error?.condition, 'Aborted');
    assert.equal(till.actions.at(-1), 'AbortTransaction');
    till.enabled('Failure', 'NotAllowed');
    assert.equal(till.session.context.state, 'ready');
  });

  it('that a card came before ends all the same: nobody is told of the card', () => {
    const till = new Till();
    till.ask('A');
    till.enabled();
    till.event({ type: 'abort', ref: 'stop' });
    till.reply(till.open('Abort'), { type: 'empty' });
    till.card();
    assert.equal(till.cards[0]?.error?.condition, 'Aborted');
    assert.equal(till.actions.at(-1), 'AbortTransaction');
  });

  it('that a card overtook closes the service once it is answered', () => {
    const till = new Till();
    till.ask('A');
    till.enabled();
    till.event({ type: 'abort', ref: 'stop' });
    till.card();
    till.reply(till.open('Abort'), { type: 'empty' });
    assert.equal(till.actions.at(-1), 'AbortTransaction');
  });

  it('after a card was read is an AbortTransaction', () => {
    const till = new Till().held('A');
    till.event({ type: 'abort', ref: 'stop' });
    assert.equal(till.actions.at(-1), 'AbortTransaction');
    assert.equal(till.actions.includes('Abort'), false);
  });

  it('of a read that waits in line sends nothing', () => {
    const till = new Till();
    till.pay('B');
    till.ask('A');
    till.ask('A', 'abort');
    assert.equal(till.cards[0]?.error?.condition, 'Aborted');
    till.payment();
    assert.deepEqual(till.actions, ['Payment']);
  });
});

describe('no card', () => {
  it('where the terminal says no: its reason is told', () => {
    const till = new Till();
    till.ask('A');
    till.enabled('Failure', 'UnavailableService');
    assert.equal(till.cards[0]?.error?.condition, 'UnavailableService');
    assert.deepEqual(till.actions, ['StartTransaction']);
    till.pay('A');
    assert.equal(till.actions.at(-1), 'Payment');
  });

  it('where its answer is lost: the service is closed', () => {
    const till = new Till();
    till.ask('A');
    till.enabled();
    till.reply(till.open('CardAcquisition'), { type: 'lost', reason: 'reset' });
    assert.equal(till.cards[0]?.error?.condition, 'NoAnswer');
    assert.equal(till.actions.at(-1), 'AbortTransaction');
  });

  it('where the terminal is busy for too long', () => {
    const till = new Till();
    till.pay('B');
    till.ask('A');
    till.advance(60_000);
    assert.equal(till.cards[0]?.error?.condition, 'Busy');
  });

  it('where nothing was read, to go on with or to abort', () => {
    const till = new Till();
    till.ask('A', 'continue');
    till.ask('A', 'abort');
    assert.deepEqual(
      till.cards.map(({ error }) => error?.condition),
      ['NotAllowed', 'NotAllowed'],
    );
    assert.deepEqual(till.actions, []);
  });

  it('where its payment is on its way already', () => {
    const till = new Till();
    till.pay('A');
    till.ask('A');
    assert.equal(till.cards[0]?.error?.condition, 'Busy');
  });

  it('is read for a terminal that is turned busy callers away from', () => {
    const till = new Till({ config: { whenBusy: 'refuse' } });
    till.held('A');
    till.ask('B');
    assert.equal(till.cards.at(-1)?.error?.condition, 'Busy');
    till.pay('B');
    assert.equal(till.outcomes.at(-1)?.record.outcome, 'not_started');
    till.pay('A');
    assert.equal(till.actions.at(-1), 'Payment');
  });
});

describe('a request of any kind', () => {
  it('takes its turn, and its answer comes back', () => {
    const driver = new Driver({ loggedIn: true });
    driver.event({
      type: 'request',
      ref: 'r',
      name: 'AdminRequest',
      body: { AdminRequest: { ServiceIdentification: 'UpdateTerminal' } },
    });
    driver.answer('Admin', { AdminResponse: { Response: { Result: 'Success' } } });
    const [done] = driver.done;
    assert.ok(done?.type === 'done' && done.result.type === 'request');
    assert.equal(done.result.response?.AdminResponse?.Response.Result, 'Success');
    driver.pay('A');
    assert.equal(driver.categories().at(-1), 'Payment');
  });

  it('is refused where it is wrong, with its path, or has rules of its own: nothing is sent', () => {
    const driver = new Driver({ loggedIn: true });
    const wrong = (body: object) => {
      const [name = ''] = Object.keys(body);
      driver.event({ type: 'request', ref: 'r', name: name as 'AdminRequest', body });
      const failed = driver.done.at(-1);
      assert.ok(failed?.type === 'failed');
      return [failed.error.code, failed.error.path];
    };
    assert.deepEqual(wrong({ PaymentRequest: {} }), ['own_node', 'payload.PaymentRequest']);
    assert.deepEqual(wrong({ StoredValueRequest: {} }), ['moves_money', 'payload.StoredValueRequest']);
    assert.deepEqual(wrong({ NoSuchRequest: {} }), ['own_node', 'payload.NoSuchRequest']);
    const header = 'SaleToPOIRequest.DiagnosisRequest';
    assert.deepEqual(wrong({ AdminRequest: {}, DiagnosisRequest: {} }), ['several_bodies', header]);
    assert.deepEqual(wrong({ DiagnosisRequest: { Nonsense: 1 } }), [
      'unknown_field',
      'SaleToPOIRequest.DiagnosisRequest.Nonsense',
    ]);
    assert.deepEqual(driver.sent, []);
  });

  it('is sent again, once, after a login where the terminal has lost the login session', () => {
    for (const ErrorCondition of ['NotAllowed', 'LoggedOut']) {
      const driver = new Driver({ loggedIn: true });
      driver.event({ type: 'request', ref: 'r', name: 'AdminRequest', body: { AdminRequest: {} } });
      const refuse = () =>
        driver.answer('Admin', { AdminResponse: { Response: { Result: 'Failure', ErrorCondition } } });
      refuse();
      driver.answer('Login', { LoginResponse: { Response: { Result: 'Success' } } });
      refuse();
      assert.deepEqual(driver.categories(), ['Admin', 'Login', 'Admin']);
      const [done] = driver.done;
      assert.ok(done?.type === 'done' && done.result.type === 'request');
      assert.equal(done.result.response?.AdminResponse?.Response.ErrorCondition, ErrorCondition);
    }
  });

  it('that was not answered may have been done: the error says so', () => {
    const driver = new Driver({ loggedIn: true });
    driver.event({ type: 'request', ref: 'r', name: 'AdminRequest', body: { AdminRequest: {} } });
    driver.reply(driver.open('Admin'), { type: 'lost', reason: 'reset' });
    const [failed] = driver.done;
    assert.equal(failed?.type === 'failed' && failed.error.code, 'no_answer');
  });
});

/** The message that freed the terminal of the card of A, before B was sent; undefined while B waits. */
function freedBy(till: Till): string | undefined {
  const paid = till.sent.findIndex(
    ({ request }) => request.PaymentRequest?.SaleData.SaleTransactionID.TransactionID === 'B',
  );
  const read = till.actions.lastIndexOf('CardAcquisition');
  return till.actions.slice(read + 1, Math.max(paid, 0)).find((one) => one === 'AbortTransaction' || one === 'Login');
}

describe('a payment that the terminal did not take leaves the card held: it is let go before the next one', () => {
  it('where the terminal was unreachable for a moment', () => {
    const till = new Till().held('A');
    till.pay('A');
    till.reply(till.open('Payment'), { type: 'unreachable', reason: 'ECONNREFUSED' });
    assert.equal(till.outcomes.at(-1)?.record.outcome, 'not_started');
    till.enabled();
    till.pay('B');
    assert.equal(freedBy(till), 'AbortTransaction');
  });

  it('where it was busy, and the payment aborted before the next try', () => {
    const till = new Till().held('A');
    till.pay('A');
    till.payment({ Result: 'Failure', ErrorCondition: 'Busy' });
    till.event({ type: 'abort', ref: 'x' });
    assert.equal(till.outcomes.at(-1)?.record.outcome, 'aborted');
    till.enabled();
    till.pay('B');
    assert.equal(freedBy(till), 'AbortTransaction');
  });

  it('where it was refused: whether the card was let go of is not known', () => {
    const till = new Till().held('A');
    till.pay('A');
    const SaleData = till.open('Payment').request.PaymentRequest?.SaleData as never;
    const Response = { Result: 'Failure', ErrorCondition: 'Refusal' };
    till.answer('Payment', { PaymentResponse: { Response, SaleData, POIData: POI } });
    assert.equal(till.outcomes.at(-1)?.record.outcome, 'declined');
    till.enabled();
    till.pay('B');
    assert.equal(freedBy(till), 'AbortTransaction');
  });

  it('where a login was answered that the terminal took before the card', () => {
    const till = new Till();
    till.ask('A');
    till.event({ type: 'login', ref: 'l' });
    till.enabled();
    till.answer('Login', { LoginResponse: { Response: { Result: 'Success' } } });
    till.card();
    till.ask('A', 'abort');
    till.enabled();
    till.pay('B');
    assert.equal(freedBy(till), 'AbortTransaction');
  });

  it('and while that fails, the next one is not started', () => {
    const till = new Till().held('A');
    till.pay('B');
    till.ask('A', 'abort');
    till.reply(till.open('EnableService'), { type: 'unreachable', reason: 'ECONNREFUSED' });
    assert.equal(till.outcomes.at(-1)?.record.error?.condition, 'Unreachable');
    assert.equal(till.actions.includes('Payment'), false);
    till.pay('C');
    assert.equal(till.actions.at(-1), 'AbortTransaction');
  });

  it('and a card of a session that a login has ended is not referred to', () => {
    const till = new Till().held('A');
    till.event({ type: 'login', ref: 'l' });
    till.pay('A');
    till.answer('Login', { LoginResponse: { Response: { Result: 'Success' } } });
    const { PaymentData } = till.open('Payment').request.PaymentRequest ?? {};
    assert.deepEqual(PaymentData, { PaymentType: 'Normal' });
  });
});

describe('what waits in line and moves no money', () => {
  it('is turned away after a while, and beyond a bound', () => {
    const till = new Till();
    till.pay('A');
    const body = { DisplayRequest: { DisplayOutput: [] } };
    for (let i = 0; i < 150; i++) till.event({ type: 'device', ref: `d${i}`, body });
    assert.equal(till.done.length, 50);
    till.advance(60_000);
    assert.equal(till.done.length, 150);
    assert.ok(till.done.every((answer) => answer.type === 'failed' && answer.error.code === 'dialog_failed'));
  });
});

describe('a login while a payment is written down', () => {
  it('goes first: arriving after the payment, it would reset the terminal', () => {
    const till = new Till();
    till.holdWrites = true;
    till.pay('A');
    till.event({ type: 'login', ref: 'l' });
    till.store();
    assert.deepEqual(till.actions, ['Login']);
    till.answer('Login', { LoginResponse: { Response: { Result: 'Success' } } });
    assert.deepEqual(till.actions, ['Login', 'Payment']);
  });
});

describe('after a restart', () => {
  const restarted = (autoLogin: boolean) => new Till({ loggedIn: false, config: { autoLogin } });

  it('a card of before is never charged: the first payment comes after a login, or after an AbortTransaction', () => {
    const withLogin = restarted(true);
    withLogin.pay('B');
    assert.deepEqual(withLogin.actions, ['Login']);
    const without = restarted(false);
    without.pay('B');
    assert.deepEqual(without.actions, ['AbortTransaction']);
    without.enabled('Failure', 'NotAllowed');
    assert.deepEqual(without.actions, ['AbortTransaction', 'Payment']);
  });

  it('a card that was read before it is known to be the terminal’s last transaction', () => {
    const before = new Till();
    before.pay('A');
    before.payment();
    const [row] = before.rows.values();
    assert.ok(row);
    const till = new Till({ loggedIn: false, restored: { last: row } });
    till.pay('B');
    till.answer('Login', { LoginResponse: { Response: { Result: 'Success' } } });
    const MessageHeader = { ...till.open('TransactionStatus').header, ServiceID: 'card1', MessageType: 'Response' };
    till.answer('TransactionStatus', {
      TransactionStatusResponse: {
        Response: { Result: 'Success' },
        RepeatedMessageResponse: {
          MessageHeader,
          CardAcquisitionResponse: { Response: { Result: 'Success' }, SaleData: undefined as never, POIData: POI },
        },
      },
    });
    assert.deepEqual(till.rows.get('B')?.baseline?.serviceIds.at(-1), 'card1');
    assert.equal(till.rows.get('B')?.baseline?.poiTransaction, 'poi-card T');
  });

  it('where that is not known to have worked, nothing is charged', () => {
    const unreachable = restarted(false);
    unreachable.pay('B');
    unreachable.reply(unreachable.open('EnableService'), { type: 'unreachable', reason: 'ECONNREFUSED' });
    assert.equal(unreachable.outcomes.at(-1)?.record.outcome, 'not_started');
    const busy = restarted(false);
    busy.pay('B');
    busy.enabled('Failure', 'Busy');
    assert.deepEqual(busy.actions, ['AbortTransaction', 'Login']);
  });

  it('nothing of the kind is sent where a payment is open: its outcome is asked for first', () => {
    const before = new Till();
    before.pay('A');
    const [row] = before.rows.values();
    assert.ok(row);
    const till = new Till({ loggedIn: false, config: { autoLogin: false }, restored: { unfinished: [row] } });
    till.advance(1);
    assert.deepEqual(till.actions, ['TransactionStatus']);
    till.statusRepeats(before.open('Payment'));
    till.pay('B');
    assert.deepEqual(till.actions, ['TransactionStatus', 'Payment']);
  });
});
