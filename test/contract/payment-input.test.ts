import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseOrder } from '../../lib/contract/payment-input.ts';
import { payloadOf } from '../../lib/contract/payment-output.ts';
import { NexoError } from '../../lib/protocol/errors.ts';
import { swedbankPay } from '../../lib/protocol/profiles/swedbank-pay.ts';
import type { Nexo } from '../../lib/protocol/types.ts';
import { encode } from '../../lib/protocol/xml/encode.ts';
import type { Order } from '../../lib/session/payment/payment-order.ts';
import { newRecord, type TransactionRecord } from '../../lib/session/record.ts';
import { paymentRequest } from '../../lib/session/requests/requests.ts';
import { config, Driver } from '../support/session-driver.ts';

const NORMAL = { currency: 'SEK', paymentType: 'Normal' } as const;
const FUEL = [
  {
    productCode: '24601',
    itemAmount: '446.90',
    quantity: '20.5',
    unitOfMeasure: 'LITRE',
    unitPrice: '21.8',
    productLabel: 'Diesel',
    additionalProductInfo: '1541257424284',
  },
  { productCode: 1645, itemAmount: '68.00', quantity: 1, unitPrice: '68.00' },
];

function refused(payload: unknown): [string, string | undefined, string] {
  try {
    parseOrder(payload, NORMAL);
  } catch (error) {
    assert.ok(error instanceof NexoError);
    return [error.code, error.path, error.message];
  }
  assert.fail('it was taken');
}

function requestOf(order: Order): { request: Nexo<'PaymentRequest'>; xml: string } {
  const record = newRecord({ ...order, transactionId: 'A' }, 'T', 'n', { ms: 0, offset: 0 });
  const message = paymentRequest(config, { ...record, serviceId: '1' }, order.confidential);
  assert.ok('SaleToPOIRequest' in message && message.SaleToPOIRequest.PaymentRequest);
  return { request: message.SaleToPOIRequest.PaymentRequest, xml: encode(message).toString() };
}

describe('sale items', () => {
  it('go to the terminal as the page on fuel shows them', () => {
    const { request, xml } = requestOf(parseOrder({ amount: '514.90', saleItems: FUEL }, NORMAL));
    assert.deepEqual(request.PaymentTransaction.SaleItem, [
      {
        ItemID: 0,
        ProductCode: '24601',
        ItemAmount: '446.90',
        UnitOfMeasure: 'Litre',
        Quantity: '20.5',
        UnitPrice: '21.8',
        ProductLabel: 'Diesel',
        AdditionalProductInfo: '1541257424284',
      },
      { ItemID: 1, ProductCode: '1645', ItemAmount: '68.00', Quantity: '1', UnitPrice: '68.00' },
    ]);
    assert.match(xml, /<SaleItem ItemID="0" ProductCode="24601" ItemAmount="446.90"><UnitOfMeasure>Litre</);
  });

  it('add up to the amount without cash-back, or are refused with both sums', () => {
    assert.ok(parseOrder({ amount: '614.90', cashBack: '100.00', saleItems: FUEL }, NORMAL).saleItems);
    const [code, path, message] = refused({ amount: '500.00', saleItems: FUEL });
    assert.deepEqual([code, path], ['invalid_sale_items', 'payload.saleItems']);
    assert.match(message, /514\.90.*500\.00/);
  });

  it('are refused with the path of what is wrong', () => {
    const item = { productCode: '1', itemAmount: '5.00' };
    const wrong: [object, string][] = [
      [{ ...item, productCode: 'x' }, '.productCode'],
      [{ ...item, productCode: '1234567890123' }, '.productCode'],
      [{ productCode: '1' }, '.itemAmount'],
      [{ ...item, unitPrice: '5.00' }, '.unitPrice'],
      [{ ...item, unitOfMeasure: 'Litre' }, '.unitOfMeasure'],
      [{ ...item, quantity: '1', unitOfMeasure: 'Pint?' }, '.unitOfMeasure'],
      [{ ...item, quantity: '-1' }, '.quantity'],
      [{ ...item, quantity: '1e3' }, '.quantity'],
      [{ ...item, itemId: -1 }, '.itemId'],
      [{ ...item, productLabel: '' }, '.productLabel'],
      [{ ...item, product_label: 'Diesel' }, '.product_label'],
    ];
    for (const [bad, field] of wrong) {
      const [code, path] = refused({ amount: '5.00', saleItems: [bad] });
      assert.deepEqual([code, path], ['invalid_sale_items', `payload.saleItems[0]${field}`], JSON.stringify(bad));
    }
    for (const saleItems of [[], {}, 'x', [null], [[]]])
      assert.equal(refused({ amount: 5, saleItems })[0], 'invalid_sale_items');
    const twice = [
      { ...item, itemId: 3 },
      { ...item, itemId: 3 },
    ];
    assert.equal(refused({ amount: '10.00', saleItems: twice })[1], 'payload.saleItems[1].itemId');
  });

  it('have every unit that the pages name, as nexo spells it', () => {
    for (const unitOfMeasure of [
      'Litre',
      'Centilitre',
      'Kilometre',
      'Kilogram',
      'Gram',
      'Metre',
      'Centimetre',
      'Other',
    ]) {
      const saleItems = [{ productCode: '1', itemAmount: '5.00', quantity: '1', unitOfMeasure }];
      assert.ok(requestOf(parseOrder({ amount: '5.00', saleItems }, NORMAL)).xml.includes('<UnitOfMeasure>'));
    }
  });
});

it('a payment that is part of a sale says so', () => {
  const { request, xml } = requestOf(parseOrder({ amount: 5, splitPayment: true }, NORMAL));
  assert.equal(request.PaymentData?.SplitPaymentFlag, true);
  assert.match(xml, /<PaymentData [^>]*SplitPaymentFlag="true"/);
  assert.doesNotMatch(requestOf(parseOrder({ amount: 5, splitPayment: false }, NORMAL)).xml, /Split/);
  assert.deepEqual(refused({ amount: 5, splitPayment: 'yes' }).slice(0, 2), [
    'invalid_split_payment',
    'payload.splitPayment',
  ]);
});

describe('what only the terminal may see', () => {
  const keyed = { amount: '100.00', paymentInstrument: { pan: '9752000000000001', expiryDate: '2712' } };

  it('is in the request that leaves, and nowhere else', () => {
    const driver = new Driver({ loggedIn: true });
    const acquirerData = { loyaltyPan: '7025550001112223', purchaseOrderNumber: 'PO-1' };
    driver.pay('A', '100.00', parseOrder({ ...keyed, acquirerData }, NORMAL));
    const { request } = driver.open('Payment');
    const { PaymentData, SaleData } = request.PaymentRequest ?? {};
    assert.deepEqual(PaymentData?.PaymentInstrumentData, {
      PaymentInstrumentType: 'Card',
      CardData: { EntryMode: ['Keyed'], SensitiveCardData: { PAN: '9752000000000001', ExpiryDate: '2712' } },
    });
    assert.deepEqual(JSON.parse(Buffer.from(SaleData?.SaleToAcquirerData ?? '', 'base64').toString()), acquirerData);
    driver.payment();
    const kept = JSON.stringify([[...driver.rows.values()], driver.outcomes, driver.done]);
    for (const secret of ['9752000000000001', '7025550001112223', '2712', SaleData?.SaleToAcquirerData ?? '?']) {
      assert.ok(!kept.includes(secret), secret);
    }
    const record = driver.outcomes.at(-1)?.record as TransactionRecord;
    const shown = JSON.stringify(paymentRequest(config, record));
    assert.ok(shown.includes('Keyed') && !shown.includes('9752'));
  });

  it('goes along when the terminal was busy and the payment is tried again', () => {
    const driver = new Driver({ loggedIn: true });
    driver.pay('A', '100.00', parseOrder(keyed, NORMAL));
    driver.payment({ Result: 'Failure', ErrorCondition: 'Busy' });
    driver.statusFailure('NotFound');
    driver.advance(500);
    const again = driver.open('Payment').request.PaymentRequest?.PaymentData?.PaymentInstrumentData;
    assert.equal(again?.CardData?.SensitiveCardData?.PAN, '9752000000000001');
  });

  it('is never the number of a payment card: those are for the reader', () => {
    for (const pan of [
      '4111111111111111',
      '5555555555554444',
      '2223003122003222',
      '378282246310005',
      '6011111111111117',
    ]) {
      const [code, path, message] = refused({ amount: 1, paymentInstrument: { pan, expiryDate: '2712' } });
      assert.deepEqual([code, path], ['invalid_payment_instrument', 'payload.paymentInstrument.pan'], pan);
      assert.ok(!message.includes(pan));
    }
    for (const pan of ['6035700000000000019', '5045070000000012', '97520001']) {
      assert.ok(parseOrder({ amount: 1, paymentInstrument: { pan } }, NORMAL).confidential);
    }
  });

  it('is refused where it is wrong, without being repeated', () => {
    const wrong: [object, string][] = [
      [{ paymentInstrument: { pan: '1234' } }, 'payload.paymentInstrument.pan'],
      [{ paymentInstrument: { pan: 97520001 } }, 'payload.paymentInstrument.pan'],
      [{ paymentInstrument: { pan: '97520001', expiryDate: '1327' } }, 'payload.paymentInstrument.expiryDate'],
      [{ paymentInstrument: { pan: '97520001', 97520002: '' } }, 'payload.paymentInstrument'],
      [{ paymentInstrument: '97520001=2712' }, 'payload.paymentInstrument'],
      [{ acquirerData: {} }, 'payload.acquirerData'],
      [{ acquirerData: 'x' }, 'payload.acquirerData'],
      [{ acquirerData: { purchaseordernumber: '1' } }, 'payload.acquirerData'],
      [{ acquirerData: { loyaltyPan: '1\n2' } }, 'payload.acquirerData.loyaltyPan'],
    ];
    for (const [fields, expected] of wrong) {
      const [, path, message] = refused({ amount: 1, ...fields });
      assert.equal(path, expected, JSON.stringify(fields));
      assert.ok(!message.includes('9752000'), message);
    }
  });
});

describe('an alternative payment method', () => {
  const apm = (more: Partial<Nexo<'PaymentResult'>> = {}, receipt: string[] = []): TransactionRecord => {
    const text = Buffer.from(JSON.stringify({ Cardholder: { Optional: { ReceiptString: receipt } } })).toString(
      'base64',
    );
    const OutputContent = { OutputFormat: 'Text', OutputText: [{ Text: text }] };
    return {
      ...newRecord({ ...parseOrder('10.00', NORMAL), transactionId: 'A' }, 'T', 'n', { ms: 0, offset: 0 }),
      state: 'closed',
      outcome: 'approved',
      response: {
        MessageHeader: {} as Nexo<'MessageHeader'>,
        PaymentResponse: {
          Response: { Result: 'Success' },
          SaleData: { SaleTransactionID: { TransactionID: 'A', TimeStamp: 'T' } },
          POIData: {},
          PaymentResult: {
            PaymentInstrumentData: { PaymentInstrumentType: 'Mobile', CardData: { PaymentBrand: '04,Swish' } },
            AmountsResp: { AuthorizedAmount: '10.00' },
            ...more,
          },
          PaymentReceipt: [{ DocumentQualifier: 'CustomerReceipt', OutputContent }],
        } as Nexo<'PaymentResponse'>,
      },
    };
  };

  it('is told with its reference, and not as a card', () => {
    const PaymentAcquirerData = {
      MerchantID: '1',
      AcquirerPOIID: '2',
      AcquirerTransactionID: { TransactionID: '3558174609679520', TimeStamp: 'T' },
    };
    const { apm: told, card } = payloadOf(apm({ PaymentAcquirerData }), swedbankPay);
    assert.deepEqual([told, card], [{ type: 'Swish', reference: '3558174609679520' }, null]);
  });

  it('is told with the reference on the receipt where the message has none, and never with one made up', () => {
    assert.equal(
      payloadOf(apm({}, ['SWISH', 'Ref.nr: 3558174609679520']), swedbankPay).apm?.reference,
      '3558174609679520',
    );
    assert.equal(payloadOf(apm({}, ['SWISH', 'Kvittonr.: 020424']), swedbankPay).apm?.reference, null);
  });

  it('is refunded by its reference', () => {
    const { request } = requestOf(parseOrder({ amount: 5, paymentType: 'Refund', apmReference: '3558' }, NORMAL));
    assert.equal(request.PaymentTransaction.OriginalPOITransaction?.HostTransactionID?.TransactionID, '3558');
    assert.equal(request.PaymentData?.PaymentInstrumentData?.PaymentInstrumentType, 'Mobile');
  });

  it('has no reference where nothing is refunded, and no card beside it', () => {
    assert.equal(refused({ amount: 5, apmReference: '3558' })[0], 'invalid_apm_reference');
    const both = { amount: 5, paymentType: 'Refund', apmReference: '3558', paymentInstrument: { pan: '97520001' } };
    assert.equal(refused(both)[0], 'invalid_payment_instrument');
    assert.equal(refused({ amount: 5, paymentType: 'Refund', apmReference: '' })[0], 'invalid_apm_reference');
  });
});
