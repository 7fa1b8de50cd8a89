import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { payloadOf } from '../../lib/contract/payment-output.ts';
import { rowOf, totalsOf } from '../../lib/contract/transaction-rows.ts';
import type { TransactionRecord } from '../../lib/session/record.ts';
import { TEST_ENVIRONMENT } from '../../lib/transport/cloud/cloud-settings.ts';
import { scenarioByDecimals, scenarios } from '../../lib/virtual/terminal/scenarios.ts';
import { newNode, read, sets } from './sets.ts';

/** The saved flow's format: names and defaults must not change without a migration. */
const saved: Record<string, Record<string, unknown>> = {
  'nexo-terminal': {
    name: '',
    connection: 'virtual',
    host: '',
    port: 11000,
    path: '/EPASSaleToPOI/3.1',
    secure: false,
    tls: '',
    poiId: '',
    saleId: '1',
    currency: 'SEK',
    language: 'sv',
    endpoint: '',
    journal: '',
    autoLogin: true,
    responseTimeout: 300,
    recoveryTimeout: 120,
    probeAfter: 120,
    maintenanceHour: '',
    followAddress: true,
    whenBusy: 'wait',
    approvedAfterAbort: 'keep',
    environment: 'test',
    ...TEST_ENVIRONMENT,
    events: 'off',
    nexoPath: '',
    eventsPath: '',
    pairingPath: '',
    pairingBody: '',
    notRelayed: '',
    pool: [],
    version: 1,
  },
  'nexo-journal': { name: '', store: 'sqlite', file: '', retentionDays: 550, version: 1 },
  'nexo-endpoint': {
    name: '',
    address: '127.0.0.1',
    port: 11000,
    allow: '',
    mount: false,
    secure: false,
    tls: '',
    version: 1,
  },
  'nexo-login': { name: '', terminal: '', version: 1 },
  'nexo-logout': { name: '', terminal: '', maintenanceAllowed: false, version: 1 },
  'nexo-payment': { name: '', terminal: '', paymentType: 'Normal', awaitFulfilment: false, version: 1 },
  'nexo-abort': { name: '', terminal: '', version: 1 },
  'nexo-status': { name: '', terminal: '', version: 1 },
  'nexo-reversal': { name: '', terminal: '', reason: 'MerchantCancel', version: 1 },
  'nexo-fulfil': { name: '', terminal: '', version: 1 },
  'nexo-listener': { name: '', terminal: '', version: 1 },
  'nexo-reply': { name: '', version: 1 },
  'nexo-display': { name: '', terminal: '', text: '', version: 1 },
  'nexo-input': {
    name: '',
    terminal: '',
    command: 'GetConfirmation',
    text: '',
    minLength: '',
    maxLength: '',
    timeout: '',
    version: 1,
  },
  'nexo-print': { name: '', terminal: '', text: '', feed: true, version: 1 },
  'nexo-receipt': {
    name: '',
    copy: 'customer',
    format: 'text',
    columns: 42,
    header: true,
    language: 'terminal',
    version: 1,
  },
  'nexo-card': { name: '', terminal: '', action: 'read', paymentType: 'Normal', version: 1 },
  'nexo-request': { name: '', terminal: '', message: 'DiagnosisRequest', body: '{}', version: 1 },
  'nexo-transactions': {
    name: '',
    terminal: '',
    query: 'unresolved',
    scope: 'terminal',
    limit: 100,
    version: 1,
  },
};

/** Kept in the flow, not shown: the format's version. */
const hidden = new Set(['version']);

/** Names that Node-RED drops without a word. */
const dropped =
  /^([a-z]|changed|dirty|id|inputLabels|outputLabels|moved|selected|type|users|valid|validationErrors|wires)$/;

/** What each node's runtime puts in its status: these texts, and no others. `approved` and `partial` carry an amount. */
const outcomes = ['approved', 'partial', 'declined', 'aborted', 'not_started', 'unresolved'];
const problems = ['noTerminal', 'disabled', 'error'];
const phases = ['queued', 'loggingIn', 'waitingForCard', 'busy', 'aborting', 'recovering', 'reversing'];
const later = phases.filter((phase) => phase !== 'waitingForCard' && phase !== 'aborting');
const session = ['loggingIn', 'loggedIn', 'loggedOut', 'unreachable'];
const statusKeys: Record<string, string[]> = {
  'nexo-terminal': [
    ...[
      'loggedOut',
      'loggingIn',
      'ready',
      'maintenance',
      'held',
      'cardRead',
      'recovering',
      'unresolvedBlocks',
      'unreachable',
    ],
    'error',
  ],
  'nexo-journal': [],
  'nexo-endpoint': ['listening', 'notListening', 'error'],
  'nexo-login': [...session, ...problems],
  'nexo-logout': [...session, ...problems],
  'nexo-payment': [...phases, ...outcomes, ...problems],
  'nexo-abort': ['aborting', 'sent', 'nothing', ...problems],
  'nexo-status': ['recovering', ...outcomes, ...problems],
  'nexo-reversal': [...later, 'reversed', 'delivered', 'notReversed', 'unresolved', ...problems],
  'nexo-fulfil': [...later, 'reversed', 'delivered', 'stillCharged', 'unresolved', ...problems],
  'nexo-transactions': ['rows', ...problems],
  'nexo-listener': ['listening', 'disabled'],
  'nexo-reply': ['answered', 'error'],
  'nexo-display': ['sending', 'displayed', ...problems],
  'nexo-input': ['asking', 'answered', 'noAnswer', ...problems],
  'nexo-print': ['printing', 'printed', ...problems],
  'nexo-receipt': ['made', 'error'],
  'nexo-card': [
    ...['waitingForCard', 'continuing', 'aborting', 'cardRead', 'continued', 'noCard', 'aborted'],
    ...problems,
  ],
  'nexo-request': ['sending', 'done', 'refused', ...problems],
};

const root = fileURLToPath(new URL('../../', import.meta.url));

/** An approved payment by card, as the journal keeps it. */
const record: TransactionRecord = {
  transactionId: 'order-1042',
  terminal: '1/A-POIID',
  kind: 'payment',
  state: 'closed',
  outcome: 'approved',
  serviceId: '17',
  attempts: 1,
  paymentType: 'Normal',
  amount: 8900,
  currency: 'SEK',
  cashBack: 0,
  saleTimestamp: '2023-08-24T17:03:37+02:00',
  node: 'payment',
  createdAt: 0,
  updatedAt: 0,
  response: {
    MessageHeader: {
      MessageClass: 'Service',
      MessageCategory: 'Payment',
      MessageType: 'Response',
      SaleID: '1',
      POIID: 'A',
    },
    PaymentResponse: {
      Response: { Result: 'Success' },
      SaleData: { SaleTransactionID: { TransactionID: 'order-1042', TimeStamp: '2023-08-24T17:03:37+02:00' } },
      POIData: { POITransactionID: { TransactionID: '1003', TimeStamp: '2023-08-24T15:03:40Z' } },
      PaymentResult: { PaymentInstrumentData: { PaymentInstrumentType: 'Card', CardData: { PaymentBrand: 'Visa' } } },
    },
  },
};

const plain = (html: string): string =>
  html
    .replace(/<[^>]*>/g, '')
    .replace(/\s+/g, ' ')
    .trim();

for (const set of sets) {
  const { definition, help, html, name, template, texts, type } = set;
  const config = definition.category === 'config';
  const prefix = config ? 'node-config-input-' : 'node-input-';

  describe(type, () => {
    it('saves the agreed properties', () => {
      const values = Object.fromEntries(Object.entries(definition.defaults).map(([key, { value }]) => [key, value]));
      // Lists among them are of the editor's own realm.
      assert.deepEqual(JSON.parse(JSON.stringify(values)), saved[type]);
      for (const key of Object.keys(values)) assert.doesNotMatch(key, dropped);
    });

    it('shows every property with a label, or hides it on purpose', () => {
      for (const key of Object.keys(definition.defaults)) {
        const shown = template.includes(`id="${prefix}${key}"`);
        assert.equal(shown, !hidden.has(key), key);
        if (shown) assert.match(template, new RegExp(`<label[^>]* for="${prefix}${key}"`), `${key} has no label`);
      }
    });

    it('explains every property in its help', () => {
      for (const key of Object.keys(definition.defaults)) {
        if (hidden.has(key) || key === 'name' || key === 'terminal') continue;
        const label = texts.get(`label.${key}`) ?? key;
        assert.ok(plain(help).includes(label) || new RegExp(`\\b${key}\\b`).test(help), `${key} is not in the help`);
      }
    });

    it('gives reasons: every validator takes both parameters', () => {
      for (const [key, { validate }] of Object.entries(definition.defaults)) {
        if (validate !== undefined) assert.equal(validate.length, 2, key);
      }
    });

    it('has a text for every key it uses, and uses every text', () => {
      const used = new Set<string>();
      for (const [, keys] of html.matchAll(/data-i18n="([^"]*)"/g)) {
        for (const key of (keys ?? '').split(';')) used.add(key.replace(/^\[\w+\]/, ''));
      }
      for (const [, key] of html.matchAll(
        /'((?:paletteLabel)|(?:label|option|placeholder|scenario|tip|invalid|port)\.\w+)'/g,
      )) {
        used.add(key ?? '');
      }
      for (const key of used) assert.ok(texts.get(key), `${key} is not in the catalogue`);
      for (const key of texts.keys()) {
        if (!key.startsWith('status.')) assert.ok(used.has(key), `${key} is in the catalogue, and not used`);
      }
    });

    it('says its states in a few words', () => {
      const states = [...texts].filter(([key]) => key.startsWith('status.'));
      const expected = (statusKeys[type] ?? []).map((key) => `status.${key}`);
      assert.deepEqual(states.map(([key]) => key).sort(), expected.sort());
      for (const [, key] of read(`nodes/${name}.ts`).matchAll(/show\(RED, '\w+', '\w+', '(\w+)'/g)) {
        assert.ok(texts.has(`status.${key}`), `status.${key}, which the runtime shows, is missing`);
      }
      for (const [key, text] of states) {
        assert.ok(text.replace(/__\w+__/g, '').length <= 20, `${key}: ${text}`);
        if (/^status\.(approved|partial|delivered|reversed)$/.test(key)) assert.match(text, /__amount__ __currency__/);
      }
    });

    it('has help: a sentence for the palette, and what never happens', () => {
      assert.match(help, new RegExp(`^<script type="text/html" data-help-name="${type}">\n<p>`));
      const sentence = plain(/<p>([\s\S]*?)<\/p>/.exec(help)?.[1] ?? '');
      assert.match(sentence, /^[A-Z].*\.$/);
      assert.ok(sentence.length <= 120, sentence);
      assert.match(plain(help), / never /);
      assert.doesNotMatch(help, /> \[!/);
    });

    it('takes its colours from the theme', () => {
      const style = /<style>([\s\S]*?)<\/style>/.exec(html)?.[1] ?? '';
      assert.doesNotMatch(
        `${style}${template}`,
        /(?:color|background|border)[\w-]*:[^;"]*(?:#[0-9a-f]{3,8}\b|rgb|hsl)/i,
      );
    });

    it('is called something without a name', () => {
      const node = newNode(set);
      assert.match(String(definition.label.call(node)), /^[a-z ]+$/);
      assert.match(String(definition.paletteLabel.call(node)), /^[a-z ]+$/);
    });

    if (config) return;

    it('labels its ports', () => {
      const node = newNode(set);
      assert.equal(definition.inputs, type === 'nexo-listener' ? 0 : 1);
      if (definition.inputs) assert.match(String(definition.inputLabels?.call(node, 0)), /^[a-z ]+$/);
      const count = definition.outputs ?? 0;
      const labels = Array.from({ length: count }, (_, index) => definition.outputLabels?.call(node, index));
      for (const label of labels) assert.match(String(label), /^[a-z ()]+$/);
      assert.equal(new Set(labels).size, count);
    });

    it('has an icon of its own, white on transparent, 2:3', () => {
      assert.equal(definition.icon, `${type}.svg`);
      const icon = read(`icons/${type}.svg`);
      assert.match(icon, /^<svg width="40" height="60" viewBox="0 0 40 60" xmlns="http:\/\/www\.w3\.org\/2000\/svg">/);
      assert.deepEqual([...new Set(icon.match(/(?:fill|stroke)="[^"]*"/g))], ['fill="#fff"']);
    });

    it('can be read in both themes: labels stay dark', () => {
      assert.equal(definition.category, 'payment terminal');
      assert.ok(contrast(definition.color ?? '', '#333333') >= 4.5);
    });

    if (type === 'nexo-reply' || type === 'nexo-receipt') return;

    it('requires a terminal, and says so', () => {
      const { validate } = definition.defaults.terminal ?? {};
      const empty = validate?.call(newNode(set), '', {});
      if (type === 'nexo-listener') assert.equal(empty, true, 'empty: all of them');
      else assert.match(String(empty), /No terminal chosen/);
      assert.equal(definition.defaults.terminal?.type, 'nexo-terminal');
    });
  });
}

describe('the virtual terminal in the help and the dialog', () => {
  const terminal = sets.find(({ name }) => name === 'terminal');
  assert.ok(terminal);

  it('the help lists every amount, in the words of the scenarios', () => {
    const rows = [
      ...terminal.help.matchAll(/<dt>\.(\d\d) <span class="property-type">(\w+)<\/span><\/dt>\s*<dd>([^<]*)<\/dd>/g),
    ];
    const listed = rows.map(([, decimals, scenario, description]) => [decimals, scenario, description]);
    const actual = Object.entries(scenarioByDecimals)
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([decimals, scenario]) => [decimals, scenario, scenarios[scenario].description]);
    assert.deepEqual(listed, actual);
  });

  it('the dialog lists some of them', () => {
    const rows = [...terminal.html.matchAll(/\['89\.(\d\d)', 'scenario\.(\w+)'\]/g)];
    assert.ok(rows.length >= 5);
    for (const [, decimals, scenario] of rows) assert.equal(scenario, scenarioByDecimals[decimals ?? ''] ?? 'approved');
  });
});

describe('what the help says of messages', () => {
  it('is what the payment node sends', () => {
    const payment = sets.find(({ name }) => name === 'payment');
    const example = /<pre><code>([\s\S]*?)<\/code><\/pre>/.exec(payment?.help ?? '')?.[1] ?? '';
    const described: Record<string, unknown> = JSON.parse(example);
    const sent: Record<string, unknown> = { ...payloadOf(record) };
    assert.deepEqual(Object.keys(described), Object.keys(sent));
    for (const key of ['card', 'poiTransaction']) {
      assert.deepEqual(Object.keys(Object(described[key])), Object.keys(Object(sent[key])), key);
    }
  });

  it('is what the transactions node lists', () => {
    const help = sets.find(({ name }) => name === 'transactions')?.help ?? '';
    const [row, totals] = [...help.matchAll(/<pre><code>([\s\S]*?)<\/code><\/pre>/g)].map(([, json]) =>
      Object.keys(JSON.parse(json ?? '')),
    );
    const payment = new Set(Object.keys(payloadOf(record)));
    assert.deepEqual(
      Object.keys(rowOf(record)).filter((key) => !payment.has(key)),
      row,
    );
    const sum = { day: 20_000, terminal: 'A', kind: 'payment', currency: 'SEK', state: 'closed', count: 1 };
    assert.deepEqual(Object.keys(totalsOf([{ ...sum, amount: 1, authorized: 1 }])[0] ?? {}), totals);
  });

  it('names no error code that does not exist', () => {
    const sources = ['lib', 'nodes']
      .flatMap((folder) =>
        readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`),
      )
      .filter((file) => file.endsWith('.ts'))
      .map(read)
      .join('\n');
    for (const { help, type } of sets) {
      for (const [, code] of help.matchAll(/<code>([a-z]+(?:_[a-z]+)+)<\/code>/g)) {
        assert.ok(sources.includes(`'${code}'`), `${code} in the help of ${type}`);
      }
    }
  });
});

/** WCAG contrast of two colours, `#rrggbb`. */
function contrast(a: string, b: string): number {
  const luminance = (colour: string): number => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
      const channel = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
      return channel <= 0.03928 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}
