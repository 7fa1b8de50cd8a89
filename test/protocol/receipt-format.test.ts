import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { NexoError } from '../../lib/protocol/errors.ts';
import { swedbankReceipt } from '../../lib/protocol/profiles/swedbank-receipt.ts';
import { formatReceipt, RECEIPT_COLUMNS, type ReceiptFormat } from '../../lib/protocol/receipts/receipt-format.ts';
import { type Language, receiptTexts } from '../../lib/protocol/receipts/receipt-texts.ts';
import { cells } from '../../lib/protocol/receipts/text-cells.ts';
import { sampleReceipt } from '../support/wire.ts';

const languages = Object.keys(receiptTexts) as Language[];
const english: ReceiptFormat = { columns: 24, header: false, language: 'en' };

interface Sample {
  Mandatory: Record<'Acquirer' | 'CardAcceptor' | 'CardDetails' | 'Outcome' | 'Payment', Record<string, unknown>>;
}

/** A published receipt with some fields changed; undefined takes one away. */
function receipt(name: string, changes: Partial<Record<keyof Sample['Mandatory'], Record<string, unknown>>> = {}) {
  const data = sampleReceipt(name) as Record<string, Sample>;
  for (const { Mandatory } of Object.values(data)) {
    for (const [group, fields] of Object.entries(changes)) {
      Object.assign(Mandatory[group as keyof Sample['Mandatory']], fields);
    }
  }
  return JSON.parse(JSON.stringify(data)) as unknown;
}

const customer = 'payment-contactless-56-customer';
const merchant = 'payment-contactless-56-cashier';
const has = (data: unknown, line: string, options: Partial<ReceiptFormat> = {}) =>
  formatReceipt(data, { ...english, ...options }, swedbankReceipt).some((one) => one.trim() === line);

describe('the published receipts and what they may become, in every language, width and with or without header', () => {
  const receipts: Record<string, [data: unknown, facts?: Partial<ReceiptFormat>]> = {
    purchase: [receipt(customer, { Payment: { PaymentAmount: '1234,50', TotalAmount: '1254,50' } }), { tip: '20.00' }],
    refund: [receipt(customer, { Payment: { TransactionType: '20', TransactionSource: 'C' } })],
    reversal: [receipt('reversal-89-customer')],
    declined: [
      receipt(customer, {
        Outcome: { ApprovalCode: undefined, AuthorisationResponseCode: '51', DebitStatus: '51' },
        Payment: { TransactionSource: 'C', CardholderVerificationMethod: 'a' },
      }),
    ],
    signature: [receipt(merchant, { Payment: { TransactionSource: 'D', SignatureBlock: true } })],
  };
  for (const [kind, [data, facts]] of Object.entries(receipts)) {
    test(kind, (t) => {
      const sheets = languages.flatMap((language) =>
        RECEIPT_COLUMNS.flatMap((columns) =>
          [true, false].map((header) => {
            const lines = formatReceipt(data, { ...facts, columns, header, language }, swedbankReceipt);
            for (const line of lines) assert.ok(cells(line) <= columns, line);
            return [`=== ${language} ${columns} ${header ? 'with' : 'without'} header`, ...lines, ''].join('\n');
          }),
        ),
      );
      const file = fileURLToPath(new URL(`../fixtures/receipts/${kind}.txt`, import.meta.url));
      t.assert.fileSnapshot(sheets.join('\n'), file, { serializers: [String] });
    });
  }
});

test('the published payment, without header, on narrow paper', () => {
  assert.deepEqual(formatReceipt(receipt(customer), { columns: 24, header: false, language: 'sv' }, swedbankReceipt), [
    'banky-bank',
    'Butiksnr        10020001',
    'Termid            877888',
    '2023-08-24         17:06',
    '',
    '          KÖP',
    '',
    'Totalt         56,00 SEK',
    '',
    'Mastercard',
    '************9659',
    'Kontaktlös',
    '',
    'K/1 3 00 SWE',
    'Ref.nr        8778880185',
    'Kontrollkod       611506',
    'AID       A0000000041010',
    'TVR           0000008001',
    'TSI                 0000',
    '',
    '        GODKÄNT',
    '',
    '     SPARA KVITTOT',
    '    KUNDENS EXEMPLAR',
  ]);
});

test('amounts in each language’s own form, with all digits of the currency, none rounded', () => {
  const total = (language: Language, TotalAmount: unknown, Currency: unknown = 'SEK') =>
    formatReceipt(
      receipt(customer, { Payment: { PaymentAmount: undefined, TotalAmount, Currency } }),
      {
        ...english,
        columns: 42,
        language,
      },
      swedbankReceipt,
    )
      .find((line) => line.startsWith(receiptTexts[language].words.total))
      ?.replace(/^.*? {2,}/, '');
  assert.deepEqual(
    languages.map((language) => total(language, '1234567,5')),
    ['1 234 567,50 SEK', '1 234 567,50 SEK', '1.234.567,50 SEK', '1 234 567,50 SEK', 'SEK 1,234,567.50'],
  );
  assert.equal(total('sv', '1000,00', 'JPY'), '1 000,00 JPY');
  assert.equal(total('sv', '1000', 'JPY'), '1 000 JPY');
  assert.equal(total('sv', '12,345', 'SEK'), '12,345 SEK');
  assert.equal(total('en', '-56.00'), 'SEK -56.00');
  assert.equal(total('en', 56), 'SEK 56.00');
  assert.equal(total('en', '56,00', null), '56.00');
  assert.equal(total('en', '56,00', 'kronor'), 'kronor 56.00');
  assert.equal(total('en', 'n/a'), 'SEK n/a');
});

test('how it ended: by the codes, or by what the payment says', () => {
  const outcome = (Outcome: Record<string, unknown>, said?: ReceiptFormat['outcome']) => {
    const lines = formatReceipt(receipt(customer, { Outcome }), { ...english, outcome: said }, swedbankReceipt);
    return lines.map((line) => line.trim()).filter((line) => /^(APPROVED|DECLINED|CANCELLED|REVERSAL)$/.test(line));
  };
  assert.deepEqual(outcome({}), ['APPROVED']);
  assert.deepEqual(outcome({ AuthorisationResponseCode: 'Y1' }), ['APPROVED']);
  assert.deepEqual(outcome({ AuthorisationResponseCode: undefined }), ['APPROVED']);
  assert.deepEqual(outcome({ AuthorisationResponseCode: 'Z3', DebitStatus: 'Z3' }), ['DECLINED']);
  assert.deepEqual(outcome({ AuthorisationResponseCode: undefined, DebitStatus: '05' }), ['DECLINED']);
  assert.deepEqual(outcome({ DebitStatus: '91' }), ['REVERSAL']);
  assert.deepEqual(outcome({ DebitStatus: '91' }, 'approved'), ['REVERSAL']);
  // No proof of what may not have happened: codes that contradict each other, an approval without its code.
  assert.deepEqual(outcome({ DebitStatus: '05' }), []);
  assert.deepEqual(outcome({ ApprovalCode: undefined }), []);
  assert.deepEqual(outcome({ AuthorisationResponseCode: undefined, DebitStatus: undefined }), []);
  // A signature was refused, or the customer went away, after the host had approved.
  assert.deepEqual(outcome({}, 'declined'), ['DECLINED']);
  assert.deepEqual(outcome({ ApprovalCode: undefined }, 'aborted'), ['CANCELLED']);
});

test('how the card was used', () => {
  const used = (TransactionSource: string, line: string) =>
    has(receipt(customer, { Payment: { TransactionSource } }), line);
  assert.ok(used('K', 'Contactless'));
  assert.ok(used('C', 'Chip'));
  assert.ok(used('D', 'Magnetic stripe'));
  assert.ok(used('T', 'Keyed'));
  assert.ok(used('?', '?/1 3 00 SWE'));
  assert.ok(has(receipt(customer, { Payment: { CardholderVerificationMethod: 'a' } }), 'PIN'));
  assert.ok(!has(receipt(customer), 'PIN'));
  assert.ok(has(receipt(customer, { Outcome: { AuthorisationResponseCode: 'Y3' } }), 'Offline'));
  assert.ok(!has(receipt(customer), 'Offline'));
});

test('the type of the transaction', () => {
  const type = (TransactionType: string, line: string) =>
    has(receipt(customer, { Payment: { TransactionType } }), line);
  assert.ok(type('00', 'PURCHASE'));
  assert.ok(type('01', 'CASH ADVANCE'));
  assert.ok(type('09', 'PURCHASE'));
  assert.ok(type('20', 'REFUND'));
  assert.ok(!type('99', 'PURCHASE'));
});

test('tip, cash-back, an alternative payment method and a duplicate are said', () => {
  const data = receipt(customer, {
    CardDetails: { CardSchemeName: undefined, PrimaryAccountNumber: undefined },
    Payment: { PaymentAmount: '50,00', TotalAmount: '56,00' },
  });
  const apm = { type: 'Swish', reference: '3558174609679520' };
  const lines = formatReceipt(
    data,
    { ...english, tip: '6.00', cashBack: '20.00', apm, duplicate: true },
    swedbankReceipt,
  );
  for (const line of [
    'Amount         SEK 50.00',
    'Tip             SEK 6.00',
    'Total          SEK 56.00',
    'Of which cash  SEK 20.00',
    'Swish',
    'Receipt no.   8778880185',
    'Ref. no.',
    '        3558174609679520',
    '       DUPLICATE',
  ]) {
    assert.ok(lines.includes(line), `${line} is not in:\n${lines.join('\n')}`);
  }
  const none = formatReceipt(
    data,
    {
      ...english,
      tip: '0.00',
      cashBack: '0',
      apm: { type: undefined, reference: undefined },
    },
    swedbankReceipt,
  );
  assert.ok(!none.some((line) => /^(Tip|Of which|Receipt no)/.test(line)));
});

test('only the merchant’s copy is signed, and only where the terminal asks for it', () => {
  const line = '_'.repeat(24);
  assert.ok(has(receipt(merchant, { Payment: { SignatureBlock: true } }), line));
  assert.ok(!has(receipt(customer, { Payment: { SignatureBlock: true } }), line));
  assert.ok(!has(receipt(merchant), line));
  assert.ok(!has(receipt(merchant, { Payment: { SignatureBlock: 'true' } }), line));
});

test('a card number that came unmasked is masked', () => {
  for (const pan of ['5168150000009659', '5168 1500 0000 9659', '5168-1500-0000-9659']) {
    const text = formatReceipt(
      receipt(customer, { CardDetails: { PrimaryAccountNumber: pan } }),
      english,
      swedbankReceipt,
    ).join('\n');
    assert.match(text, /\*{8,}9659/);
    assert.doesNotMatch(text, /5168/);
  }
});

test('long words are broken, wide and joined characters are counted, control characters are blanks', () => {
  const name = `Äpple\u0007 e\u0301🎉 ${'漢'.repeat(20)} \ud800${'x'.repeat(50)}\u202e`;
  const lines = formatReceipt(
    receipt(customer, { CardAcceptor: { Name: name } }),
    { ...english, header: true },
    swedbankReceipt,
  );
  assert.deepEqual(lines.slice(0, 6), [
    '       Äpple é🎉',
    '漢'.repeat(12),
    `    ${'漢'.repeat(8)}`,
    'x'.repeat(24),
    'x'.repeat(24),
    '           xx',
  ]);
});

test('what is missing leaves its line out; no receipt at all says so', () => {
  assert.deepEqual(
    formatReceipt({ Merchant: { Mandatory: { Payment: {} } } }, { ...english, header: true }, swedbankReceipt),
    ['     MERCHANT COPY'],
  );
  for (const data of [undefined, null, 'x', 1, [], {}, { Merchant: null }, { Cardholder: { Mandatory: {} } }]) {
    assert.throws(
      () => formatReceipt(data, english, swedbankReceipt),
      (error) => error instanceof NexoError && error.code === 'no_receipt_data',
    );
  }
});

test('any data is set within its width, or refused', () => {
  const value = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 80 }),
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.constantFrom('00', '91', 'a', 'K', 'D', '1234567,89', 'SEK', '５１６８', ''),
    fc.double(),
    fc.boolean(),
    fc.constantFrom(null, undefined, [], {}),
  );
  const known = receipt(merchant) as Record<string, Sample>;
  const groups = Object.fromEntries(
    Object.entries(known.Merchant?.Mandatory ?? {}).map(([group, fields]) => [
      group,
      fc.oneof(
        {
          weight: 6,
          arbitrary: fc.record(Object.fromEntries(Object.keys(fields).map((key) => [key, value])), {
            requiredKeys: [],
          }),
        },
        value,
      ),
    ]),
  );
  const data = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ Mandatory: fc.record(groups, { requiredKeys: [] }), Optional: fc.anything() }),
    },
    fc.anything(),
  );
  fc.assert(
    fc.property(
      fc.constantFrom('Merchant', 'Cardholder'),
      data,
      fc.record({
        columns: fc.constantFrom(...RECEIPT_COLUMNS),
        header: fc.boolean(),
        language: fc.constantFrom(...languages),
        tip: fc.option(fc.string(), { nil: undefined }),
        outcome: fc.constantFrom(undefined, 'approved', 'declined', 'aborted'),
      }),
      (copy, content, options) => {
        let lines: string[];
        try {
          lines = formatReceipt({ [copy]: content }, options, swedbankReceipt);
        } catch (error) {
          assert.ok(error instanceof NexoError, String(error));
          return;
        }
        for (const line of lines) {
          assert.ok(cells(line) <= options.columns, JSON.stringify(line));
          assert.doesNotMatch(line, /undefined|NaN|\[object|\p{Cc}|\p{Surrogate}/u);
        }
      },
    ),
    { numRuns: 500 },
  );
});
