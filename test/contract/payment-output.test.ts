import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseOrder } from '../../lib/contract/payment-input.ts';
import { payloadOf, payloadOfAnswer } from '../../lib/contract/payment-output.ts';
import { swedbankPay } from '../../lib/protocol/profiles/swedbank-pay.ts';
import type { Nexo } from '../../lib/protocol/types.ts';
import { newRecord } from '../../lib/session/record.ts';

const order = parseOrder('10.00', { currency: 'SEK', paymentType: 'Normal' });
const answer = (more: Partial<Nexo<'PaymentResponse'>>, Result = 'Success') => ({
  MessageHeader: {} as Nexo<'MessageHeader'>,
  PaymentResponse: {
    Response: { Result },
    SaleData: { SaleTransactionID: { TransactionID: 'A', TimeStamp: 'T' } },
    POIData: {},
    ...more,
  } as Nexo<'PaymentResponse'>,
});
const payload = (more: Partial<Nexo<'PaymentResponse'>>, outcome: 'approved' | 'declined' = 'approved') =>
  payloadOf(
    {
      ...newRecord({ ...order, transactionId: 'A' }, 'T', 'n', { ms: 0, offset: 0 }),
      state: 'closed',
      outcome,
      response: answer(more, outcome === 'approved' ? 'Success' : 'Failure'),
    },
    swedbankPay,
  );
const account = (LoyaltyBrand: string, Text: string): Nexo<'LoyaltyAccount'> => ({
  LoyaltyBrand,
  LoyaltyAccountID: { EntryMode: ['File'], IdentificationType: 'AccountNumber', Text },
});
const AmountsResp = { Currency: 'SEK', AuthorizedAmount: '10.00' };

describe('the payload of a payment', () => {
  it('has the card’s alias, its account reference and the customer’s token apart', () => {
    const CardData = {
      PaymentBrand: '02,Club Mastercard',
      MaskedPAN: '516815******9659',
      PaymentAccountRef: 'par',
      EntryMode: ['ICC'],
      PaymentToken: { TokenRequestedType: 'Customer', TokenValue: 'cna' },
    };
    const { card, nonPaymentToken, loyalty } = payload({
      PaymentResult: { AmountsResp, PaymentInstrumentData: { PaymentInstrumentType: 'Card', CardData } },
      LoyaltyResult: [{ LoyaltyAccount: [account('nonPaymentToken', 'd9b5'), account('Club', '86dd')] }],
    });
    assert.deepEqual(card, {
      brand: 'Club Mastercard',
      type: 'combined',
      maskedPan: '516815******9659',
      entryMode: 'ICC',
      token: 'cna',
      accountReference: 'par',
    });
    assert.equal(nonPaymentToken, 'd9b5');
    assert.deepEqual(loyalty, [{ brand: 'Club', account: '86dd' }]);
  });

  it('has the products that a restricted card may pay for, in either form', () => {
    const CardData = {
      AllowedProductCode: ['24601'],
      AllowedProduct: [{ ProductCode: '1645' }, { ProductCode: '1', ProductLabel: 'card:cashback' }],
    };
    const PaymentInstrumentData = { PaymentInstrumentType: 'Card', CardData } as Nexo<'PaymentInstrumentData'>;
    const { allowedProducts, amount } = payload({ PaymentResult: { AmountsResp, PaymentInstrumentData } }, 'declined');
    assert.deepEqual(allowedProducts, ['24601', '1645']);
    assert.equal(amount, '0.00', 'what is declined moved no money, whatever amount stands in the answer');
  });

  it('takes the card from the receipt where the answer names none', () => {
    const receipt = (PrimaryAccountNumber: string): Nexo<'PaymentReceipt'>[] => {
      const CardDetails = { PrimaryAccountNumber, CardSchemeName: { ApplicationLabel: 'Mastercard' } };
      const data = { Merchant: { Mandatory: { CardDetails }, Optional: { ReceiptString: ['Test shop'] } } };
      const Text = Buffer.from(JSON.stringify(data)).toString('base64');
      return [{ DocumentQualifier: 'CashierReceipt', OutputContent: { OutputFormat: 'Text', OutputText: [{ Text }] } }];
    };
    const card = (pan: string) => payload({ PaymentResult: { AmountsResp }, PaymentReceipt: receipt(pan) }).card;
    const masked = card('516815******9659');
    assert.deepEqual([masked?.brand, masked?.maskedPan], ['Mastercard', '516815******9659']);
    assert.equal(card('5168150000009659'), null, 'a number that is not masked goes nowhere');
  });

  it('tells a refund from a payment', () => {
    assert.equal(payload({ PaymentResult: { AmountsResp } }).paymentType, 'Normal');
    const refund = answer({ PaymentResult: { PaymentType: 'Refund', AmountsResp } });
    assert.equal(payloadOfAnswer('1', refund, 'SEK', swedbankPay).paymentType, 'Refund');
  });
});
