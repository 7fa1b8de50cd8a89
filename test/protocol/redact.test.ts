import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { redact, redactForLog } from '../../lib/protocol/redact.ts';
import type { BodyName, Message } from '../../lib/protocol/types.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';
import { bodyNames, messageOf } from '../support/arbitrary.ts';
import { assertClean, base64, MARKS, secrets } from '../support/card-secrets.ts';
import { sample, samples } from '../support/wire.ts';

for (const body of bodyNames) {
  test(`no secret of a ${body} is left`, () => {
    fc.assert(
      fc.property(messageOf(body, { overrides: secrets }), (message) => {
        const before = structuredClone(message);
        assertClean(JSON.stringify(redact(message)));
        assert.deepEqual(message, before, 'redact changed its input');
      }),
      { numRuns: 40 },
    );
  });
}

const generated: [body: BodyName, marks: string[]][] = [
  ['PaymentRequest', [MARKS.pan, MARKS.track, MARKS.expiry, '"SaleToAcquirerData"']],
  ['PINRequest', [MARKS.pan, MARKS.pin]],
  ['PINResponse', [MARKS.pan, MARKS.pin]],
  ['CardReaderInitResponse', [MARKS.track, base64(MARKS.track)]],
  ['CardReaderAPDURequest', [base64(MARKS.track)]],
  ['CardReaderAPDUResponse', [base64(MARKS.track)]],
  ['StoredValueRequest', [MARKS.pan, MARKS.expiry]],
  ['StoredValueResponse', [MARKS.pan, MARKS.expiry]],
];

for (const [body, marks] of generated) {
  test(`the secrets of a ${body} are really generated`, () => {
    const made = fc.sample(messageOf(body, { overrides: secrets, full: true }), 3);
    for (const text of made.map((message) => JSON.stringify(message)))
      for (const mark of marks) assert.ok(text.includes(mark), mark);
  });
}

test('of a gift card its number is left out, the rest stays', () => {
  const account = { StoredValueAccountType: 'GiftCard', StoredValueProvider: 'Giver', EntryMode: ['Scanned'] };
  const identification = { IdentificationType: 'BarCode', Text: '7319160001' };
  const message = {
    SaleToPOIRequest: {
      StoredValueRequest: { StoredValueData: [{ StoredValueAccountID: { ...account, ...identification } }] },
    },
  };
  assert.deepEqual(redact(message as unknown as Message), {
    SaleToPOIRequest: {
      StoredValueRequest: {
        StoredValueData: [{ StoredValueAccountID: { ...account, IdentificationType: 'BarCode', Text: '' } }],
      },
    },
  });
});

test('a keyed card leaves no trace, the rest stays', () => {
  const { message } = decode(sample('payment-request-keyed-card'));
  const redacted = redact(message);
  assert.doesNotMatch(JSON.stringify(redacted), /1234567890123456|2401/);
  assert.ok('SaleToPOIRequest' in redacted && 'SaleToPOIRequest' in message);
  assert.deepEqual(redacted.SaleToPOIRequest.PaymentRequest?.PaymentData, {
    PaymentType: 'Normal',
    PaymentInstrumentData: { PaymentInstrumentType: 'Card', CardData: { EntryMode: ['Keyed'] } },
  });
  assert.deepEqual(redacted.SaleToPOIRequest.MessageHeader, message.SaleToPOIRequest.MessageHeader);
});

test('samples without secrets come out as they were: masked PAN, token, receipts, ids', () => {
  for (const name of samples.filter((each) => !/keyed-card|layout|transmit/.test(each))) {
    const { message } = decode(sample(name));
    assert.deepEqual(redact(message), message, name);
  }
});

test('a redacted message is a copy', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...bodyNames).chain((body) => messageOf(body)),
      (message) => {
        assert.notEqual(redact(message), message);
        assert.deepEqual(redact(redact(message)), redact(message));
      },
    ),
    { numRuns: 60 },
  );
});

/** What identifies a person, or was keyed in by one. */
const personal = {
  TokenValue: fc.constant('TOKEN-7744'),
  PaymentAccountRef: fc.constant('PAR-7745'),
  TextInput: fc.constant('KEYED-7746'),
  DigitInput: fc.constant('77467746'),
  DefaultInputString: fc.constant('KEYED-7746'),
  LoyaltyAccountID: fc.constant({ EntryMode: ['Scanned'], IdentificationType: 'BarCode', Text: 'MEMBER-7747' }),
};

for (const body of bodyNames) {
  test(`a ${body} in a log has no secret, and nothing personal`, () => {
    fc.assert(
      fc.property(messageOf(body, { overrides: secrets }), messageOf(body, { overrides: personal }), (secret, own) => {
        assertClean(JSON.stringify(redactForLog(secret)));
        assert.doesNotMatch(JSON.stringify(redactForLog(own)), /TOKEN-|PAR-7745|KEYED-|77467746|MEMBER-/);
      }),
      { numRuns: 30 },
    );
  });
}

test('a log keeps ids as they are, masks other card numbers, and keeps the length of receipts alone', () => {
  const pan = '4111111111111111';
  const header = { POIID: pan, SaleID: '1', ServiceID: '17' };
  const output = { OutputFormat: 'Text', OutputText: [{ Text: `Card ${pan}` }] };
  const message = {
    SaleToPOIResponse: {
      MessageHeader: header,
      PaymentResponse: {
        POIData: { POITransactionID: { TransactionID: pan, TimeStamp: '2026-01-01T00:00:00Z' } },
        PaymentReceipt: [{ DocumentQualifier: 'CustomerReceipt', OutputContent: output }],
        Shown: output,
      },
    },
  };
  assert.deepEqual(redactForLog(message as unknown as Message), {
    SaleToPOIResponse: {
      MessageHeader: header,
      PaymentResponse: {
        POIData: message.SaleToPOIResponse.PaymentResponse.POIData,
        PaymentReceipt: [
          { DocumentQualifier: 'CustomerReceipt', OutputContent: `(${JSON.stringify(output).length} characters)` },
        ],
        Shown: { OutputFormat: 'Text', OutputText: [{ Text: 'Card 411111******1111' }] },
      },
    },
  });
});
