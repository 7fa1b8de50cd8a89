/** What flows ask of a card, and how the payment after it finds it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseCard, withCard } from '../../lib/contract/card-input.ts';
import { cardPayloadOf } from '../../lib/contract/card-output.ts';
import { transactionIdIn } from '../../lib/contract/fields.ts';
import { refusal } from '../support/refusal.ts';

const defaults = { action: 'read', paymentType: 'Normal' } as const;
const card = { cardTransactionId: 'order-1' };

describe('a card is asked for', () => {
  it('by any message, as the node is set', () => {
    for (const payload of [undefined, null, 7, 'go', true, [], {}])
      assert.deepEqual(parseCard({ payload }, defaults), defaults);
  });

  it('as the message says, where it says something', () => {
    const payload = { action: 'continue', paymentType: 'Refund', totalAmount: 12.5, transactionId: 4711, amount: 'x' };
    assert.deepEqual(parseCard({ payload, nexo: card }, defaults), {
      action: 'continue',
      paymentType: 'Refund',
      totalAmount: '12.5',
      transactionId: '4711',
    });
    assert.equal(parseCard({ payload: { transactionId: '' }, nexo: card }, defaults).transactionId, 'order-1');
  });

  it('not by what makes no sense', () => {
    for (const [payload, code, path] of [
      [{ action: 'Read' }, 'invalid_action', 'payload.action'],
      [{ paymentType: 'normal' }, 'invalid_payment_type', 'payload.paymentType'],
      [{ totalAmount: -1 }, 'invalid_amount', 'payload.totalAmount'],
      [{ totalAmount: '1e3' }, 'invalid_amount', 'payload.totalAmount'],
      [{ totalAmount: true }, 'invalid_amount', 'payload.totalAmount'],
      [{ transactionId: ' ' }, 'invalid_transaction_id', 'payload.transactionId'],
    ] as const) {
      const error = refusal(() => parseCard({ payload }, defaults));
      assert.deepEqual([error.code, error.path], [code, path]);
    }
  });
});

describe('the payment after a card', () => {
  it('takes its transactionId, unless it has one', () => {
    assert.deepEqual(withCard({ payload: 89, nexo: card }), { amount: 89, transactionId: 'order-1' });
    assert.deepEqual(withCard({ payload: '89', nexo: card }), { amount: '89', transactionId: 'order-1' });
    assert.deepEqual(withCard({ payload: { amount: 1 }, nexo: card }), { amount: 1, transactionId: 'order-1' });
    const own = { amount: 1, transactionId: 'own' };
    assert.equal(withCard({ payload: own, nexo: card }), own);
    for (const payload of [null, true, undefined]) assert.equal(withCard({ payload, nexo: card }), payload);
  });

  it('is as it was without a card', () => {
    for (const nexo of [undefined, null, 'x', {}, { cardTransactionId: '' }, { cardTransactionId: 7 }]) {
      assert.equal(withCard({ payload: 89, nexo }), 89);
    }
    assert.equal(transactionIdIn(89), undefined);
    assert.equal(transactionIdIn({ transactionId: 'x' }), 'x');
    assert.equal(refusal(() => transactionIdIn({ transactionId: 'å' })).code, 'invalid_transaction_id');
  });
});

describe('the payload of a card', () => {
  /** As published (get-card-ahead), with a product that it pays for. */
  const response = {
    MessageHeader: {
      MessageClass: 'Service',
      MessageCategory: 'CardAcquisition',
      MessageType: 'Response',
      SaleID: '1',
      POIID: 'A-POIID',
    },
    CardAcquisitionResponse: {
      Response: { Result: 'Success' },
      SaleData: { SaleTransactionID: { TransactionID: '1212203', TimeStamp: '2023-10-18T12:12:20+02:00' } },
      POIData: { POITransactionID: { TransactionID: '8778880092', TimeStamp: '2023-10-18T10:12:26.625Z' } },
      PaymentInstrumentData: {
        PaymentInstrumentType: 'Card',
        CardData: {
          PaymentBrand: '01,Mastercard Debit',
          MaskedPAN: '516815******9659',
          EntryMode: ['Contactless'],
          AllowedProductCode: ['24601'],
          PaymentToken: { TokenRequestedType: 'Customer', TokenValue: '6FD955C2' },
        },
      },
      LoyaltyAccount: [
        {
          LoyaltyBrand: '01,Mastercard Debit',
          LoyaltyAccountID: { EntryMode: ['Contactless'], IdentificationType: 'ISOTrack2', Text: '' },
        },
      ],
    },
  };

  it('has the card, its tokens and memberships', () => {
    assert.deepEqual(cardPayloadOf({ type: 'card', transactionId: '1212203', response }), {
      transactionId: '1212203',
      card: {
        brand: 'Mastercard Debit',
        type: 'payment',
        maskedPan: '516815******9659',
        entryMode: 'Contactless',
        token: '6FD955C2',
        accountReference: null,
      },
      nonPaymentToken: null,
      loyalty: [],
      allowedProducts: ['24601'],
      poiTransaction: { id: '8778880092', timestamp: '2023-10-18T10:12:26.625Z' },
      error: null,
    });
  });

  it('has none where none was read', () => {
    const error = { condition: 'Cancel', message: 'No card was presented' };
    const none = { card: null, nonPaymentToken: null, loyalty: [], allowedProducts: [], poiTransaction: null };
    assert.deepEqual(cardPayloadOf({ type: 'card', transactionId: 'x', response, error }), {
      ...none,
      transactionId: 'x',
      error,
    });
    assert.deepEqual(cardPayloadOf({ type: 'card', transactionId: 'x' }), { ...none, transactionId: 'x', error: null });
  });
});
