/** Card secrets that can be found again, to show that none is left in a place. */
import assert from 'node:assert/strict';
import fc from 'fast-check';

/** Marks that stand nowhere else, so that finding one means a leak. */
export const MARKS = {
  pan: '7700770077007700',
  track: 'TRACK;7711=2401',
  expiry: 'EXPIRES-7722',
  password: 'hunter2secret',
  pin: 'PIN-BLOCK-7733',
};

/** Secrets for every field of the schema table that can hold one: for `messageOf`. */
export const secrets = {
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

export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** Fails where a secret of `secrets` is in the text. */
export function assertClean(text: string): void {
  for (const mark of Object.values(MARKS)) {
    for (const form of [mark, base64(mark)]) assert.ok(!text.includes(form), `${form} in ${text}`);
  }
  assert.doesNotMatch(text, GONE);
  assert.doesNotMatch(text, /4111 ?1111 ?1111 ?1111|PHONE-|SEQUENCE-/);
}
