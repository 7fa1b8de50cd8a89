import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { redact } from '../../lib/protocol/redact.ts';
import type { BodyName, Message } from '../../lib/protocol/types.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';
import { bodyNames, messageOf } from '../support/arbitrary.ts';
import { sample, samples } from '../support/wire.ts';

/** Marks that stand nowhere else, so that finding one means a leak. */
const MARKS = {
  pan: '7700770077007700',
  track: 'TRACK;7711=2401',
  expiry: 'EXPIRES-7722',
  password: 'hunter2secret',
  pin: 'PIN-BLOCK-7733',
};

const secrets = {
  PAN: fc.constant(MARKS.pan),
  ExpiryDate: fc.constant(MARKS.expiry),
  CardSeqNumb: fc.constant('SEQUENCE-773'),
  CheckCardNumber: fc.constant(MARKS.pan),
  MaskedPAN: fc.constant(MARKS.pan),
  TrackData: fc.constant([{ TrackNumb: 2, Text: MARKS.track }]),
  SensitiveMobileData: fc.constant({ MSISDN: 'PHONE-46770077' }),
  ProtectedCardData: fc.constant({ ContentType: 'id-data', EnvelopedData: MARKS.track }),
  Password: fc.constant({ ContentType: 'id-data', EnvelopedData: MARKS.password }),
  InputCommand: fc.constant('Password'),
  TextInput: fc.constant(MARKS.password),
  DigitInput: fc.constant(MARKS.pan),
  DefaultInputString: fc.constant(MARKS.password),
  LoyaltyAccountID: fc
    .constantFrom('PAN', 'ISOTrack2')
    .map((type) => ({ EntryMode: ['MagStripe'], IdentificationType: type, Text: MARKS.pan })),
  // A gift card's number spends it, whatever it is called. A terminal may leave its kind out.
  StoredValueAccountID: fc.constantFrom('PAN', 'AccountNumber', 'BarCode', undefined).map((type) => ({
    ...(type && { StoredValueAccountType: 'GiftCard', IdentificationType: type }),
    EntryMode: [],
    ExpiryDate: MARKS.expiry,
    Text: MARKS.pan,
  })),
  RejectedMessage: fc.constant(base64(MARKS.pan)),
  APDUData: fc.constant(base64(MARKS.track)),
  Message: fc.constant(base64(MARKS.track)),
  SaleToAcquirerData: fc.constant(base64(`{"loyaltyPan":"${MARKS.pan}"}`)),
  EncrPINBlock: fc.constant({ ContentType: 'id-data', EnvelopedData: MARKS.pin }),
  AdditionalInput: fc.constant(MARKS.pan),
  ATRValue: fc.constant(base64(MARKS.track)),
  AdditionalResponse: fc.constant(`Card 4111 1111 1111 1111 refused, was 4111111111111111`),
};

const GONE =
  /"(PAN|CardSeqNumb|ExpiryDate|TrackData|SensitiveCardData|ProtectedCardData|CheckCardNumber|Password|APDUData|RejectedMessage|SensitiveMobileData|SaleToAcquirerData|CardholderPIN|AdditionalInput|ICCResetData)":/;

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function assertClean(text: string): void {
  for (const mark of Object.values(MARKS)) {
    for (const form of [mark, base64(mark)]) assert.ok(!text.includes(form), `${form} in ${text}`);
  }
  assert.doesNotMatch(text, GONE);
  assert.doesNotMatch(text, /4111 ?1111 ?1111 ?1111|PHONE-|SEQUENCE-/);
}

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
