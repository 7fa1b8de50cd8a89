import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NexoError } from '../../lib/protocol/errors.ts';
import { decode, MAX_BYTES } from '../../lib/protocol/xml/decode.ts';
import { refusal } from '../support/refusal.ts';
import { sample, samples, sampleText } from '../support/wire.ts';

const APPROVED = 'payment-response-approved-contactless';
const text = sampleText(APPROVED);
const bare = text.replace(/<\?xml.*?\?>\s*/, '');

function utf16(of: string, mark: boolean): Buffer {
  return Buffer.from((mark ? '\ufeff' : '') + of, 'utf16le');
}

function swapped(bytes: Buffer): Buffer {
  return Buffer.from(bytes).swap16();
}

const refused: Record<string, [code: string, bytes: string | Buffer]> = {
  nothing: ['empty', ''],
  'only blanks': ['malformed_xml', ' \n '],
  'plain text': ['malformed_xml', 'Service unavailable'],
  'a page': ['doctype_refused', '<!DOCTYPE html><html><body>502</body></html>'],
  'a page without DOCTYPE': ['not_nexo', '<html><body>502</body></html>'],
  JSON: ['malformed_xml', '{"SaleToPOIResponse":{}}'],
  'a DOCTYPE': ['doctype_refused', `<!DOCTYPE SaleToPOIResponse>${bare}`],
  'an entity definition': ['doctype_refused', `<!DOCTYPE a [<!ENTITY b "c">]>${bare.replace('611506', '&b;')}`],
  'an external entity': ['doctype_refused', `<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>${bare}`],
  'a thousand laughs': [
    'doctype_refused',
    `<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "${'&a;'.repeat(1000)}">]>${bare.replace('611506', '&b;')}`,
  ],
  'an entity definition in the message': ['malformed_xml', bare.replace('<POIData>', '<!ENTITY b "c"><POIData>')],
  'an undefined entity': ['undefined_entity', bare.replace('611506', '&nbsp;')],
  'an undefined entity in an attribute': ['undefined_entity', bare.replace('611506', '').replace('"56"', '"&amount;"')],
  'a bare ampersand': ['undefined_entity', bare.replace('Mastercard Debit', 'A & B; C')],
  'a character reference to nothing': ['malformed_xml', bare.replace('611506', '&#0;')],
  'a reference to half a pair': ['malformed_xml', bare.replace('611506', '&#xD800;')],
  'an attribute twice': ['duplicate_attribute', bare.replace('Currency="SEK"', 'Currency="SEK" Currency="NOK"')],
  'an unknown attribute twice': ['duplicate_attribute', bare.replace('Currency="SEK"', 'a="1" a="2"')],
  'an attribute twice by prefix': [
    'duplicate_attribute',
    bare.replace('Currency="SEK"', 'Currency="SEK" n:Currency="NOK"'),
  ],
  'an unquoted attribute': ['malformed_xml', bare.replace('"SEK"', 'SEK')],
  'curly quotes': ['malformed_xml', bare.replace('"SEK"', '\u201cSEK\u201d')],
  'a bracket in an attribute': ['malformed_xml', bare.replace('"SEK"', '"<SEK>"')],
  'bad nesting': [
    'bad_nesting',
    bare.replace('</PaymentAcquirerData>\n  </PaymentResult>', '</PaymentResult></PaymentAcquirerData>'),
  ],
  'bad nesting in what is skipped': ['bad_nesting', bare.replace('<POIData>', '<Extra><a></b></Extra><POIData>')],
  'an end tag too many': ['bad_nesting', bare.replace('</PaymentResponse>', '</PaymentResponse></PaymentResponse>')],
  'half a message': ['bad_nesting', bare.slice(0, bare.length / 2)],
  'half a tag': ['bad_nesting', bare.slice(0, bare.lastIndexOf('>'))],
  'a second root': ['trailing_content', bare + bare],
  'another root': ['trailing_content', `${bare}<a/>`],
  'text after the root': ['trailing_content', `${bare}ok`],
  'base64 after a closed root': ['trailing_content', `<SaleToPOIResponse/>${'QUJD'.repeat(200)}<!-- -->`],
  'text before the root': ['malformed_xml', `ok${bare}`],
  'a blank before the declaration': ['malformed_xml', ` ${text}`],
  'a NUL': ['malformed_xml', bare.replace('611506', '\0')],
  'a control character': ['malformed_xml', bare.replace('611506', '\u0007')],
  'a noncharacter': ['malformed_xml', bare.replace('611506', '\uffff')],
  'invalid UTF-8': ['invalid_encoding', Buffer.from(bare.replace('611506', 'å'), 'latin1')],
  'half a UTF-8 character': ['invalid_encoding', Buffer.concat([Buffer.from(bare), Buffer.from([0xc3])])],
  'an overlong slash': ['invalid_encoding', Buffer.concat([Buffer.from('<a>'), Buffer.from([0xc0, 0xaf])])],
  'a declared other encoding': ['invalid_encoding', `<?xml version="1.0" encoding="ISO-8859-1"?>${bare}`],
  'US-ASCII that is not': [
    'invalid_encoding',
    `<?xml version="1.0" encoding="us-ascii"?>${bare.replace('611506', 'å')}`,
  ],
  'UTF-16 with its mark': ['invalid_encoding', utf16(bare, true)],
  'UTF-16 the other way round': ['invalid_encoding', swapped(utf16(bare, true))],
  'UTF-16 without a mark': ['invalid_encoding', utf16(bare, false)],
  'UTF-16 the other way round, without a mark': ['invalid_encoding', swapped(utf16(bare, false))],
  'over 1 MiB': ['too_large', bare + ' '.repeat(MAX_BYTES)],
  'nesting over 64': ['too_deep', '<SaleToPOIResponse>'.repeat(65)],
  'nesting over 64 in what is skipped': ['too_deep', bare.replace('<POIData>', `${'<a>'.repeat(63)}`)],
  'another root element': ['not_nexo', '<SaleToPOIMessage/>'],
  'a root by another name': ['not_nexo', '<__proto__/>'],
  'no header': ['missing', '<SaleToPOIResponse/>'],
  'no body': ['no_body', bare.replace(/<PaymentResponse>.*<\/PaymentResponse>/s, '')],
  'an unknown body': ['no_body', bare.replaceAll('PaymentResponse>', 'VendorReportResponse>')],
  'a body of the other root': ['no_body', bare.replaceAll('PaymentResponse>', 'PaymentRequest>')],
  'two bodies': [
    'several_bodies',
    bare.replace('</PaymentResponse>', '</PaymentResponse><AdminResponse><Response Result="Success"/></AdminResponse>'),
  ],
  'a body twice': ['several_bodies', bare.replace(/(<PaymentResponse>.*<\/PaymentResponse>)/s, '$1$1')],
  'a header for another body': ['wrong_header', bare.replace('"Payment"', '"Reversal"')],
  'a request header on a response': ['wrong_header', bare.replace('MessageType="Response"', 'MessageType="Request"')],
};

for (const [what, [code, bytes]] of Object.entries(refused)) {
  test(`${what}: ${code}`, () => {
    const error = refusal(() => decode(Buffer.from(bytes as string)));
    assert.equal(error.code, code, error.message);
    assert.ok(error.message.length < 300, 'the message repeats the input');
    // The parser that refused must not be used again.
    assert.equal(decode(sample(APPROVED)).body, 'PaymentResponse');
  });
}

for (const [what, bytes] of Object.entries({
  'a byte order mark': `\ufeff${text}`,
  'a leading blank': ` \r\n\t${bare}`,
  'trailing blanks and comments': `${bare} <!-- end --> \r`,
  'single quotes in the declaration': `<?xml version='1.0' encoding='utf-8'?>${bare}`,
  'declared US-ASCII': `<?xml version="1.0" encoding="US-ASCII"?>${bare}`,
  'declared XML 1.1': `<?xml version="1.1"?>${bare}`,
  'a processing instruction': `<?xml version="1.0"?><?style a?>${bare}`,
  'a comment with what looks like a DOCTYPE': `<!-- <!DOCTYPE a> -->${bare}`,
  '64 levels': bare.replace('<POIData>', `${'<a>'.repeat(62)}${'</a>'.repeat(62)}<POIData>`),
})) {
  test(`${what} is accepted`, () => {
    assert.deepEqual(decode(Buffer.from(bytes)).message, decode(sample(APPROVED)).message);
  });
}

test('__proto__, constructor and toString are names like any other', () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'];
  const elements = names.map((name) => `<${name} polluted="yes"><polluted>yes</polluted></${name}>`).join('');
  const attributes = names.map((name) => `${name}="yes"`).join(' ');
  const hostile = bare.replace('<POIData>', `${elements}<POIData ${attributes}>`);
  const { message, ignored } = decode(Buffer.from(hostile));
  assert.deepEqual(message, decode(sample(APPROVED)).message);
  assert.equal(ignored.length, names.length * 2);
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  for (const name of names) {
    assert.equal(refusal(() => decode(Buffer.from(bare.replaceAll('PaymentResponse>', `${name}>`)))).code, 'no_body');
  }
});

test('long base64 is text wherever it stands, and nowhere else', () => {
  const long = 'QUJD'.repeat(100);
  const approval = (content: string) => {
    const { message } = decode(Buffer.from(bare.replace('611506', content)));
    assert.ok('SaleToPOIResponse' in message);
    return message.SaleToPOIResponse.PaymentResponse?.PaymentResult?.PaymentAcquirerData?.ApprovalCode;
  };
  assert.equal(approval(long), long);
  assert.equal(approval(`<!-->-->${long}`), long);
  assert.equal(approval(`<!-- >${long}<x/>-->1`), '1');
  assert.equal(approval(`<![CDATA[>${long}]]>`), `>${long}`);
  assert.equal(approval(`<x a=">${long}"/>${long}`), long);
  assert.equal(approval(`<?x >${long}?>2`), '2');
  assert.equal(approval(`>${long}`), `>${long}`);
  assert.equal(refusal(() => approval(`<x a=">${long}<"/>`)).code, 'malformed_xml');
});

test('mutated messages are read or refused, never anything else', () => {
  const mutation = fc.record({
    sample: fc.constantFrom(...samples),
    edits: fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        remove: fc.nat({ max: 12 }),
        insert: fc.oneof(
          fc.uint8Array({ maxLength: 4 }),
          fc
            .constantFrom(
              '<',
              '>',
              '</',
              '/>',
              '&',
              '"',
              ']]>',
              '<![CDATA[',
              '<!--',
              '<?',
              '<!DOCTYPE',
              '&#x0;',
              ' a="',
              '<OutputText>',
            )
            .map((s) => Buffer.from(s)),
        ),
      }),
      { minLength: 1, maxLength: 6 },
    ),
  });
  fc.assert(
    fc.property(mutation, ({ sample: name, edits }) => {
      let bytes = sample(name);
      for (const { at, remove, insert } of edits) {
        const from = Math.floor(at * bytes.length);
        bytes = Buffer.concat([bytes.subarray(0, from), insert, bytes.subarray(from + remove)]);
      }
      try {
        decode(bytes);
      } catch (error) {
        assert.ok(error instanceof NexoError, error instanceof Error ? error.stack : String(error));
      }
    }),
    { numRuns: 3000 },
  );
});

test('any bytes at all are refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      assert.ok(refusal(() => decode(bytes)).code);
    }),
  );
});

for (const unit of [
  '<',
  '<a>',
  '<a/>',
  '&',
  '&amp;',
  '<a b="',
  ' a="1"',
  '<!',
  '<!--',
  '<![CDATA[',
  ']]',
  '<?a ',
  "<'>",
  `<${'a'.repeat(300)}`,
]) {
  for (const start of ['', '<SaleToPOIResponse>', '<SaleToPOIResponse ', '<SaleToPOIResponse><PaymentResponse>']) {
    // The work must grow with the length, not with its square: a mebibyte then takes well under a second.
    test(`a mebibyte of ${JSON.stringify(unit.slice(0, 12))} after ${JSON.stringify(start)} comes to an end`, {
      timeout: 20_000,
    }, () => {
      const bytes = Buffer.from(start + unit.repeat((MAX_BYTES - start.length) / unit.length));
      assert.ok(refusal(() => decode(bytes)).code);
    });
  }
}
