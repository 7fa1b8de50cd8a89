/** Receipts as flows want them: which, in what form. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { printBody } from '../../lib/contract/print-input.ts';
import { chooseReceipts } from '../../lib/contract/receipt-input.ts';
import { renderReceipt } from '../../lib/contract/receipt-output.ts';
import { receiptSettings } from '../../lib/contract/receipt-settings.ts';
import { NexoError } from '../../lib/protocol/errors.ts';
import { swedbankReceipt } from '../../lib/protocol/profiles/swedbank-receipt.ts';
import { escposOf } from '../../lib/protocol/receipts/receipt-escpos.ts';
import { htmlOf } from '../../lib/protocol/receipts/receipt-html.ts';
import { decodeReceipt } from '../../lib/protocol/receipts/receipts.ts';
import { sampleReceipt } from '../support/wire.ts';

const sample = (name: string) =>
  decodeReceipt([Buffer.from(JSON.stringify(sampleReceipt(name))).toString('base64')], swedbankReceipt);
const customer = sample('payment-contactless-56-customer');
const merchant = sample('payment-contactless-56-cashier');
const payment = { outcome: 'approved', tip: '6.00', cashBack: '0.00', apm: null, receipts: { customer, merchant } };

const refused = (code: string, path?: string) => (error: unknown) =>
  error instanceof NexoError && error.code === code && (path === undefined || error.path === path);
const render = async (wanted: Record<string, unknown>, payload: unknown = payment) => {
  const settings = receiptSettings({}, wanted);
  const [first] = chooseReceipts(payload, settings.copy);
  assert.ok(first);
  return renderReceipt(first, settings, swedbankReceipt);
};

describe('settings', () => {
  test('the message’s win over the node’s, and these over the defaults; forms say numbers as text', () => {
    assert.deepEqual(receiptSettings({}, undefined), {
      format: 'text',
      copy: 'customer',
      columns: 42,
      header: true,
      language: 'terminal',
      duplicate: false,
    });
    const own = { format: 'html', columns: '32', header: false, language: '' };
    const { format, columns, header, language } = receiptSettings(own, { columns: 24, language: 'fi' });
    assert.deepEqual([format, columns, header, language], ['html', 24, false, 'fi']);
  });

  test('what is none is refused, with its path', () => {
    for (const [wanted, path] of [
      ['html', 'receipt'],
      [[], 'receipt'],
      [{ colums: 32 }, 'receipt'],
      [{ format: 'pdf' }, 'receipt.format'],
      [{ copy: 'mine' }, 'receipt.copy'],
      [{ columns: 40 }, 'receipt.columns'],
      [{ header: 'yes' }, 'receipt.header'],
      [{ language: 'de' }, 'receipt.language'],
      [{ format: 'formatted' }, 'receipt.language'],
    ] as const) {
      assert.throws(() => receiptSettings({}, wanted), refused('invalid_receipt', path), JSON.stringify(wanted));
    }
  });
});

describe('which receipts', () => {
  const copies = (payload: unknown, wanted: 'customer' | 'merchant' | 'both') =>
    chooseReceipts(payload, wanted).map(({ copy, receipt }) => [copy, receipt.data]);

  test('a payment’s copies, the customer’s first; of those that are there', () => {
    assert.deepEqual(copies(payment, 'merchant'), [['merchant', merchant.data]]);
    assert.deepEqual(copies(payment, 'both'), [
      ['customer', customer.data],
      ['merchant', merchant.data],
    ]);
    assert.deepEqual(copies({ receipts: { merchant } }, 'both'), [['merchant', merchant.data]]);
  });

  test('a receipt alone, and a listener’s, whichever copy it is', () => {
    assert.deepEqual(copies(merchant, 'customer'), [['merchant', merchant.data]]);
    const { text, lines } = merchant;
    const print = { kind: 'print', qualifier: 'CashierReceipt', lines, text };
    assert.deepEqual(copies({ ...print, receipt: merchant }, 'customer'), [['merchant', merchant.data]]);
    assert.deepEqual(copies({ ...print, receipt: null }, 'customer'), [['merchant', undefined]]);
    assert.deepEqual(copies({ text: 'a\nb' }, 'both'), [['customer', undefined]]);
  });

  test('none: a message says which', () => {
    for (const payload of [undefined, null, 'a', 1, [], {}, { lines: [1] }]) {
      assert.throws(() => chooseReceipts(payload, 'both'), refused('no_receipt', 'payload'));
    }
    assert.throws(() => chooseReceipts({ receipts: {} }, 'both'), refused('no_receipt', 'payload.receipts'));
    const onlyMerchant = { receipts: { merchant } };
    assert.throws(() => chooseReceipts(onlyMerchant, 'customer'), refused('no_receipt', 'payload.receipts.customer'));
  });
});

describe('forms', () => {
  test('the terminal’s text is not altered', async () => {
    assert.deepEqual(await render({ header: false, columns: 24, language: 'en' }), {
      text: customer.text,
      lines: customer.lines,
    });
  });

  test('set anew, with what the payment says', async () => {
    const made = await render({ format: 'formatted', language: 'en', columns: 24, header: false, duplicate: true });
    assert.ok(typeof made === 'object' && 'lines' in made);
    assert.ok(made.lines.includes('Tip             SEK 6.00'));
    assert.ok(made.lines.includes('       DUPLICATE'));
    assert.equal(made.text, made.lines.join('\n'));
    const declined = await render({ format: 'formatted', language: 'en' }, { ...payment, outcome: 'declined' });
    assert.match(JSON.stringify(declined), /DECLINED/);
  });

  test('plain text cannot be set anew, but goes as HTML and bytes', async () => {
    const plain = { text: 'KVITTO\n56,00', lines: ['KVITTO', '56,00'] };
    await assert.rejects(render({ format: 'html', language: 'sv' }, plain), refused('no_receipt_data'));
    assert.equal(await render({ format: 'html' }, plain), '<pre class="nexo-receipt">\nKVITTO\n56,00</pre>');
    assert.ok(Buffer.isBuffer(await render({ format: 'escpos' }, plain)));
  });

  test('a terminal prints either text as it is', async () => {
    for (const wanted of [{}, { format: 'formatted', language: 'da', columns: 24 }]) {
      const made = await render(wanted);
      assert.ok(typeof made === 'object' && 'lines' in made);
      const body = printBody(made, { feed: false });
      assert.ok('PrintRequest' in body);
      const printed = body.PrintRequest.PrintOutput.OutputContent.OutputText ?? [];
      assert.deepEqual(
        printed.map(({ Text }) => Text),
        made.lines,
      );
    }
  });
});

describe('HTML', () => {
  test('what a hostile shop is called is text', () => {
    const html = htmlOf(['</pre><script>alert("x")</script>', `' onload=x & <b>`, 'a\u0000\u202eb'], 'sv');
    assert.equal(
      html,
      '<pre class="nexo-receipt" lang="sv">\n' +
        '&lt;/pre&gt;&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;\n' +
        '&#39; onload=x &amp; &lt;b&gt;\n' +
        'a b</pre>',
    );
  });

  test('a language is an attribute’s value, and nothing more', () => {
    assert.ok(htmlOf([''], '"><x').startsWith('<pre class="nexo-receipt" lang="&quot;&gt;&lt;x">'));
  });
});

describe('ESC/POS', () => {
  const RESET = '\x1b@';
  const CP850 = '\x1bt\x02';
  const WINDOWS_1252 = '\x1bt\x10';
  const CUT = '\x1dV\x01';
  const bytes = async (lines: string[], columns = 42) => (await escposOf(lines, columns)).toString('latin1');

  test('a reset, the text in a code page that has it, paper past the cutter, a cut', async () => {
    const all = await bytes(['Hälleskåran', 'KØB æ é Ö', 'plain']);
    assert.ok(all.startsWith(RESET));
    const text = `${CP850}H\x84lleskåran`.replace('å', '\x86');
    assert.ok(all.includes(`${text}\n`), JSON.stringify(all));
    assert.ok(all.includes('K\x9dB \x91 \x82 \x99\n'), JSON.stringify(all));
    assert.match(all, /plain\n{5}/);
    assert.ok(all.trimEnd().endsWith(CUT), JSON.stringify(all));
  });

  test('letters that only the other code page has', async () => {
    assert.ok((await bytes(['Škoda €'])).includes(`${WINDOWS_1252}\x8akoda \x80\n`));
  });

  test('a shop’s name is never a command', async () => {
    const commands = (await bytes(['a\x1bp\x00\x19\xfa\x1dV\x00b\x10\x14'])).split('\x1b').length;
    assert.equal(commands, (await bytes(['a p b'])).split('\x1b').length);
    assert.ok(!(await bytes(['\x1dV\x00'])).includes('\x1dV\x00'));
  });

  test('lines keep their blanks, go on in the next where they are too long, and need no font', async () => {
    const all = await bytes(['KÖP:         56,00 SEK', '', `${'x'.repeat(24)}yz`, '☎ 漢'], 24);
    assert.ok(all.includes('P:         56,00 SEK\n\n'), JSON.stringify(all));
    assert.ok(all.includes(`${'x'.repeat(24)}\nyz\n`), JSON.stringify(all));
    assert.match(all, /Tel \?/);
  });

  test('without the library: what to install', async () => {
    const missing = () => Promise.reject(new Error('Cannot find package'));
    await assert.rejects(escposOf([''], 42, missing), (error) => {
      assert.ok(refused('escpos_unavailable')(error));
      return error instanceof Error && error.message.includes('@point-of-sale/receipt-printer-encoder');
    });
  });
});
