/** What the terminal hears and tells around a card that is read before the amount is known. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cardPayloadOf } from '../../lib/contract/card-output.ts';
import { parseOrder } from '../../lib/contract/payment-input.ts';
import { redact } from '../../lib/protocol/redact.ts';
import type { Nexo, SaleToPOIRequest } from '../../lib/protocol/types.ts';
import { Driver } from '../support/session-driver.ts';

const POITransactionID = { TransactionID: '024195', TimeStamp: '2023-03-20T08:01:56.357Z' };
const SUCCESS = { Response: { Result: 'Success' } };

function cardResponse(CardData: Partial<Nexo<'CardData'>>, more: Partial<Nexo<'CardAcquisitionResponse'>> = {}) {
  const PaymentInstrumentData = { PaymentInstrumentType: 'Card', CardData } as Nexo<'PaymentInstrumentData'>;
  const SaleData = { SaleTransactionID: { TransactionID: 'A', TimeStamp: 'T' } };
  return { ...SUCCESS, SaleData, POIData: { POITransactionID }, PaymentInstrumentData, ...more };
}

/** A till that a terminal calls, with a card read for A. */
function held(): Driver {
  const driver = new Driver({ loggedIn: true, config: { inbound: 'all' } });
  driver.event({ type: 'listeners', count: 1 });
  driver.event({ type: 'card', ref: 'card', transactionId: 'A', action: 'read' });
  driver.answer('EnableService', { EnableServiceResponse: SUCCESS });
  driver.answer('CardAcquisition', { CardAcquisitionResponse: cardResponse({ PaymentBrand: '01,Visa' }) });
  return driver;
}

describe('the payment after a card', () => {
  it('names that card by a copy of its id, to the letter, and its sale items go along', () => {
    const driver = held();
    const saleItems = [{ productCode: '24601', itemAmount: '89.00' }];
    const order = parseOrder({ amount: '89.00', saleItems }, { currency: 'SEK', paymentType: 'Normal' });
    driver.pay('A', '89.00', order);
    const { PaymentData, PaymentTransaction } = driver.open('Payment').request.PaymentRequest ?? {};
    assert.deepEqual(PaymentData?.CardAcquisitionReference, POITransactionID);
    assert.equal(PaymentTransaction?.SaleItem?.[0]?.ProductCode, '24601');
    driver.payment();
    driver.pay('B');
    const next = driver.open('Payment').request.PaymentRequest;
    assert.equal(next?.PaymentData?.CardAcquisitionReference, undefined, 'it is charged once');
  });

  it('is sent without continue_processing, which somebody has to ask for', () => {
    const driver = held();
    driver.pay('A');
    assert.equal(driver.categories().includes('Display'), false);
  });
});

describe('a card that is let go of', () => {
  it('may have a receipt to be printed: the listener gets it, and the terminal its answer', () => {
    const driver = held();
    driver.event({ type: 'card', ref: 'gone', transactionId: 'A', action: 'abort' });
    const { header } = driver.open('EnableService');
    const request: SaleToPOIRequest = {
      MessageHeader: { ...header, MessageClass: 'Device', MessageCategory: 'Print', DeviceID: '8' },
      PrintRequest: {
        PrintOutput: {
          DocumentQualifier: 'CustomerReceipt',
          ResponseMode: 'PrintEnd',
          OutputContent: { OutputFormat: 'Text', OutputText: [{ Text: 'Avbrutet' }] },
        },
      },
    };
    driver.event({ type: 'inbound', ref: 'print', request });
    const notification = driver.notifications.at(-1);
    assert.ok(notification?.type === 'notification' && notification.payload.kind === 'print');
    assert.deepEqual([notification.payload.qualifier, notification.payload.text], ['CustomerReceipt', 'Avbrutet']);
    driver.event({ type: 'answerQuestion', ref: 'printed', replyId: notification.replyId ?? '', value: true });
    const message = driver.responses.at(-1)?.message;
    assert.ok(message && 'SaleToPOIResponse' in message);
    assert.equal(message.SaleToPOIResponse.PrintResponse?.Response.Result, 'Success');
    driver.answer('EnableService', { EnableServiceResponse: SUCCESS });
    assert.equal(driver.session.context.state, 'ready');
  });
});

describe('the payload of a card', () => {
  const payload = (CardAcquisitionResponse: Nexo<'CardAcquisitionResponse'>) => {
    const response = { MessageHeader: {} as Nexo<'MessageHeader'>, CardAcquisitionResponse };
    return cardPayloadOf({ type: 'card', transactionId: 'A', response });
  };

  it('says which of the four types it is', () => {
    const typeOf = (PaymentBrand: string) => payload(cardResponse({ PaymentBrand })).card?.type;
    assert.deepEqual(['01,Visa', '02,Club Visa', '03,Club', '04,Staff', 'Visa'].map(typeOf), [
      'payment',
      'combined',
      'loyalty',
      'unspecified',
      null,
    ]);
  });

  it('has a member’s account, and the products that the card pays for; what else it can do is none of them', () => {
    const AllowedProduct = [
      { ProductCode: '1', ProductLabel: 'card:cashback', AdditionalProductInfo: 'maxAmount:100000' },
    ];
    const LoyaltyAccountID = {
      EntryMode: ['MagStripe'],
      IdentificationType: 'AccountNumber' as const,
      Text: '4711',
    };
    const CardData = { PaymentBrand: '03,Club', AllowedProductCode: ['24601'], AllowedProduct };
    const LoyaltyAccount = [{ LoyaltyBrand: '03,Club', LoyaltyAccountID }];
    const { loyalty, allowedProducts, card } = payload(cardResponse(CardData, { LoyaltyAccount }));
    assert.deepEqual(loyalty, [{ brand: 'Club', account: '4711' }]);
    assert.deepEqual(allowedProducts, ['24601']);
    assert.equal(card?.brand, 'Club');
    const MessageHeader = {} as Nexo<'MessageHeader'>;
    const shown = redact({ SaleToPOIResponse: { MessageHeader, CardAcquisitionResponse: cardResponse(CardData) } });
    assert.match(JSON.stringify(shown), /card:cashback.*maxAmount:100000/, 'as decoded, in msg.nexo');
  });
});
