import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../../lib/protocol/types.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';
import { encode } from '../../lib/protocol/xml/encode.ts';
import { refusal } from '../support/refusal.ts';
import { sample, sampleReceipt, samples, sampleText } from '../support/wire.ts';

const LAYOUT = 'transaction-status-response-layout';

/** What comes back after encoding: the same, and 3.1 in a request that named no version. */
function versioned(message: Message): Message {
  if (!('SaleToPOIRequest' in message)) return message;
  const { MessageHeader, ...rest } = message.SaleToPOIRequest;
  return { SaleToPOIRequest: { MessageHeader: { ProtocolVersion: '3.1', ...MessageHeader }, ...rest } };
}

for (const name of samples.filter((each) => each !== LAYOUT)) {
  test(`${name} decodes, and survives decode, encode, decode`, () => {
    const { message, header, body, ignored } = decode(sample(name));
    assert.deepEqual(ignored, []);
    assert.equal(
      body,
      header.MessageType === 'Notification' ? 'EventNotification' : header.MessageCategory + header.MessageType,
    );
    assert.deepEqual(decode(encode(message)).message, versioned(message));
  });
}

test('the layout sample, whose repeated message is prose, is refused', () => {
  const { code, path } = refusal(() => decode(sample(LAYOUT)));
  assert.equal(code, 'missing');
  assert.equal(path, 'SaleToPOIResponse.TransactionStatusResponse.RepeatedMessageResponse.MessageHeader.MessageClass');
});

test('a payment request reads as nexo names it', () => {
  assert.deepEqual(decode(sample('payment-request-purchase')).message, {
    SaleToPOIRequest: {
      MessageHeader: {
        ProtocolVersion: '3.1',
        MessageClass: 'Service',
        MessageCategory: 'Payment',
        MessageType: 'Request',
        ServiceID: '1524253497',
        SaleID: 'ECR1',
        POIID: 'A-POIID',
      },
      PaymentRequest: {
        SaleData: {
          TokenRequestedType: 'Customer',
          SaleTransactionID: { TransactionID: '1524253496', TimeStamp: '2023-09-08T16:17:32.9834651+02:00' },
        },
        PaymentTransaction: { AmountsReq: { Currency: 'SEK', RequestedAmount: '38', CashBackAmount: '0' } },
        PaymentData: { PaymentType: 'Normal' },
      },
    },
  });
});

test('lists, booleans, integers and text are of their types', () => {
  const login = decode(sample('login-response-success')).message;
  assert.ok('SaleToPOIResponse' in login);
  const system = login.SaleToPOIResponse.LoginResponse?.POISystemData;
  assert.deepEqual(system?.POITerminalData?.POICapabilities, [
    'CustomerDisplay',
    'CustomerError',
    'CustomerInput',
    'MagStripe',
    'ICC',
    'EMVContactless',
  ]);
  assert.equal(system?.POIStatus?.SecurityOKFlag, true);
  assert.equal(system?.POISoftware.ApplicationName, 'axept® PRO');

  const print = decode(sample('print-request-formatted')).message;
  assert.ok('SaleToPOIRequest' in print);
  const lines = print.SaleToPOIRequest.PrintRequest?.PrintOutput.OutputContent.OutputText;
  assert.deepEqual(lines?.at(-1), { StartRow: 224, Text: '' });
  assert.equal(lines?.[2]?.Text, /Justified.*?>([^<]*)</.exec(sampleText('print-request-formatted'))?.[1]);
});

test('the address notice in a Transmit request is what its fixture says', () => {
  const { message, header } = decode(sample('transmit-request-terminal-address'));
  assert.ok('SaleToPOIRequest' in message);
  const notice = message.SaleToPOIRequest.TransmitRequest?.Message ?? '';
  assert.deepEqual(JSON.parse(Buffer.from(notice, 'base64').toString()), sampleReceipt('transmit-terminal-address'));
  assert.equal(header.SaleID, '');
});

test('the loyalty fragment reads inside a payment response', () => {
  const response = sampleText('payment-response-approved-contactless').replace(
    '</PaymentResult>',
    `</PaymentResult>${sampleText('fragments/loyalty-result-brand')}`,
  );
  const { message } = decode(Buffer.from(response));
  assert.ok('SaleToPOIResponse' in message);
  assert.deepEqual(message.SaleToPOIResponse.PaymentResponse?.LoyaltyResult, [
    {
      LoyaltyAccount: [
        {
          LoyaltyBrand: 'EXAMPLE_LOYALTY',
          LoyaltyAccountID: {
            EntryMode: ['File'],
            IdentificationSupport: 'LinkedCard',
            IdentificationType: 'AccountNumber',
            Text: '86dd8f2e005be7c4512d7af9dae89dd228689365',
          },
        },
      ],
    },
  ]);
});

test('a loyalty result with several accounts, or none, costs nobody an approval', () => {
  const one = sampleText('fragments/loyalty-result-brand');
  const account = /<LoyaltyAccount [\s\S]*<\/LoyaltyAccount>/.exec(one)?.[0] ?? assert.fail('no account in the sample');
  for (const [result, accounts] of [
    [one.replace(account, account + account), 2],
    ['<LoyaltyResult/>', 0],
  ] as const) {
    const sample = sampleText('payment-response-approved-contactless');
    const { message } = decode(Buffer.from(sample.replace('</PaymentResult>', `</PaymentResult>${result}`)));
    assert.ok('SaleToPOIResponse' in message);
    assert.equal(message.SaleToPOIResponse.PaymentResponse?.Response.Result, 'Success');
    assert.equal(message.SaleToPOIResponse.PaymentResponse?.LoyaltyResult?.[0]?.LoyaltyAccount?.length ?? 0, accounts);
  }
});

test('an input that failed has an empty ConfirmedFlag: nobody said yes or no', () => {
  const sample = sampleText('input-response-confirmation-true');
  const failed = sample.replace(/<ConfirmedFlag>.*<\/ConfirmedFlag>/, '<ConfirmedFlag/>');
  assert.notEqual(failed, sample);
  const { message } = decode(Buffer.from(failed));
  assert.ok('SaleToPOIResponse' in message);
  assert.equal(message.SaleToPOIResponse.InputResponse?.InputResult?.Input?.ConfirmedFlag, undefined);
});
