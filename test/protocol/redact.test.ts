import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decode } from '../../lib/protocol/decode.ts';
import { redact } from '../../lib/protocol/redact.ts';
import { bodyNames, messageOf } from '../support/arbitrary.ts';
import { sample, samples } from '../support/wire.ts';

/** Marks that stand nowhere else, so that finding one means a leak. */
const MARKS = { pan: '7700770077007700', track: 'TRACK;7711=2401', expiry: 'EXPIRES-7722', password: 'hunter2secret' };

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
  StoredValueAccountID: fc.constant({
    StoredValueAccountType: 'GiftCard',
    EntryMode: [],
    IdentificationType: 'PAN',
    ExpiryDate: MARKS.expiry,
    Text: MARKS.pan,
  }),
  RejectedMessage: fc.constant(Buffer.from(MARKS.pan).toString('base64')),
  APDUData: fc.constant(Buffer.from(MARKS.track).toString('base64')),
  Message: fc.constant(Buffer.from(MARKS.track).toString('base64')),
  AdditionalResponse: fc.constant(`Card 4111 1111 1111 1111 refused, was 4111111111111111`),
};

const GONE =
  /"(PAN|CardSeqNumb|ExpiryDate|TrackData|SensitiveCardData|ProtectedCardData|CheckCardNumber|Password|APDUData|RejectedMessage|SensitiveMobileData)":/;

function assertClean(text: string): void {
  for (const mark of Object.values(MARKS)) {
    for (const form of [mark, Buffer.from(mark).toString('base64')])
      assert.ok(!text.includes(form), `${form} in ${text}`);
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

test('the secrets are really generated', () => {
  const wishes = { overrides: secrets, full: true };
  const texts = fc.sample(messageOf('PaymentRequest', wishes), 3).map((made) => JSON.stringify(made));
  for (const mark of [MARKS.pan, MARKS.track, MARKS.expiry])
    assert.ok(
      texts.every((text) => text.includes(mark)),
      mark,
    );
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
