import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { payloadOf } from '../../lib/contract/payment-output.ts';
import { rowOf, totalsOf } from '../../lib/contract/transaction-rows.ts';
import type { TransactionRecord } from '../../lib/session/record.ts';
import { TEST_ENVIRONMENT } from '../../lib/transport/cloud/cloud-settings.ts';
import { scenarioByDecimals, scenarios } from '../../lib/virtual/terminal/scenarios.ts';
import {
  COMMON,
  commonTexts,
  newNode,
  outputLabels,
  paletteSets,
  read,
  SHARED_SCRIPT,
  scriptsOf,
  sets,
  textOf,
} from './sets.ts';

/** Kept in the flow, not shown: the format's version. */
const hidden = new Set(['version']);

/** Names that Node-RED drops without a word. */
const dropped =
  /^([a-z]|changed|dirty|id|inputLabels|outputLabels|moved|selected|type|users|valid|validationErrors|wires)$/;

/** The statuses of a payment on its way, and the outcomes. */
const OUTCOMES = ['approved', 'partial', 'declined', 'aborted', 'not_started', 'unresolved', 'reversed'];
const PHASES = ['queued', 'behindCard', 'loggingIn', 'waitingForCard', 'busy', 'aborting', 'recovering', 'reversing'];
/** Statuses that carry an amount. */
const WITH_AMOUNT = new Set(['approved', 'partial', 'delivered', 'reversed']);

/** A colour that does not change with the theme. */
const FIXED_COLOUR = /(?:color|background|border)[\w-]*:[^;"]*(?:#[0-9a-f]{3,8}\b|rgb|hsl)/i;

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

/** Every string in a source file. */
const stringsIn = (source: string) => new Set([...source.matchAll(/'([^'\n]*)'/g)].map(([, text]) => text ?? ''));

/** The keys that a form or a script looks up; common ones with what comes before them. */
function keysIn(source: string): string[] {
  const inForms = [...source.matchAll(/data-i18n="([^"]*)"/g)].flatMap(([, keys = '']) => keys.split(';'));
  const inScripts = source.matchAll(
    /'((?:paletteLabel)|(?:label|group|option|placeholder|scenario|tip|invalid|port)\.\w+)'/g,
  );
  return [...inForms.map((key) => key.replace(/^\[\w+\]/, '')), ...[...inScripts].map(([, key]) => key ?? '')];
}

const keysOf = ({ html, template, scripts }: (typeof sets)[number]) =>
  // Of the shared script's labels, these are used by all.
  new Set([...keysIn(`${template}\n${html}\n${scripts}`), 'paletteLabel']);

const sharedScript = read(`resources/${SHARED_SCRIPT}`);
const styles = read('resources/nexo-editor.css');
const sharedSources = readdirSync(`${root}nodes/shared`).map((file) => read(`nodes/shared/${file}`));

for (const set of sets) {
  const { config, definition, help, html, name, template, texts, type } = set;
  const prefix = config ? 'node-config-input-' : 'node-input-';

  describe(type, () => {
    it('saves nothing under a name that Node-RED drops', () => {
      for (const key of Object.keys(definition.defaults)) assert.doesNotMatch(key, dropped);
      assert.equal(definition.defaults.version?.value, 1, 'the format of what it saves');
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
      const used = keysOf(set);
      for (const key of used) assert.ok(textOf(set, key), `${key} is in no catalogue`);
      for (const key of texts.keys()) {
        if (!key.startsWith('status.')) assert.ok(used.has(key), `${key} is in the catalogue, and not used`);
      }
    });

    it('has a text for every status it shows, and shows every status text', () => {
      const runtime = read(`nodes/${name}.ts`);
      for (const [, key = ''] of runtime.matchAll(/show\(\s*RED,\s*'\w+',\s*'\w+',\s*'(\w+)'/g)) {
        assert.ok(texts.has(`status.${key}`) || commonTexts.has(`status.${key}`), `${key} has no text`);
      }
      const shown = stringsIn(runtime);
      for (const key of texts.keys()) {
        if (!key.startsWith('status.')) continue;
        assert.ok(shown.has(key.slice('status.'.length)), `${key} is in the catalogue, and not shown`);
        assert.ok(!commonTexts.has(key), `${key} is a common text`);
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
      for (const source of [style, template]) assert.doesNotMatch(source, FIXED_COLOUR);
    });

    it('is called something without a name', () => {
      const node = newNode(set);
      assert.match(String(definition.label.call(node)), /^[a-z ]+$/);
      assert.match(String(definition.paletteLabel.call(node)), /^[a-z ]+$/);
    });

    it('loads what it shares, and registers an object that the scorecard of Node-RED can read', () => {
      assert.ok(scriptsOf(html).includes(SHARED_SCRIPT));
      const script = /<script type="text\/javascript">([\s\S]*?)<\/script>/.exec(html)?.[1] ?? '';
      assert.ok(script.includes(`RED.nodes.registerType('${type}', {`));
      // node-red-dev stops at a spread.
      assert.doesNotMatch(script, /\.\.\.\w*[.(]/);
    });

    if (config) return;

    it('labels its ports', () => {
      const node = newNode(set);
      if (definition.inputs) assert.match(String(definition.inputLabels?.call(node, 0)), /^[a-z ]+$/);
      const labels = outputLabels(set);
      for (const label of labels) assert.match(label, /^[a-z ()]+$/);
      assert.equal(new Set(labels).size, definition.outputs);
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

    const { terminal } = definition.defaults;
    if (terminal === undefined) return;

    it('requires a terminal, and says so, unless it may do without', () => {
      assert.equal(terminal.type, 'nexo-terminal');
      const empty = terminal.validate?.call(newNode(set), '', {});
      if (terminal.required === false) assert.equal(empty, true, 'empty: all of them');
      else assert.match(String(empty), /No terminal chosen/);
    });
  });
}

describe('what nodes share', () => {
  it('is loaded by every node, and looks the same in each', () => {
    assert.ok(paletteSets.length > 10);
    assert.equal(new Set(paletteSets.map(({ definition }) => definition.color)).size, 1);
    assert.deepEqual(
      sets.filter(({ definition }) => definition.inputs === 0).map(({ type }) => type),
      ['nexo-listener'],
    );
    assert.deepEqual(
      sets.filter(({ definition }) => definition.defaults.terminal?.required === false).map(({ type }) => type),
      ['nexo-listener'],
    );
  });

  it('has a text for every common key, and uses every common text', () => {
    const inScript = [...sharedScript.matchAll(/common\('([\w.]+)'\)/g)].map(([, key]) => key ?? '');
    for (const key of inScript) assert.ok(commonTexts.get(key), `${COMMON}${key}`);
    const inRuntime = new Set(sharedSources.flatMap((source) => [...stringsIn(source)]));
    for (const key of commonTexts.keys()) {
      const status = key.startsWith('status.') ? key.slice('status.'.length) : undefined;
      const shown = status !== undefined && (inRuntime.has(status) || [...OUTCOMES, ...PHASES].includes(status));
      assert.ok(shown || inScript.includes(key), `${key} is in the catalogue, and not used`);
    }
  });

  it('has a text for every phase and outcome of a payment', () => {
    for (const key of [...OUTCOMES, ...PHASES]) assert.ok(commonTexts.has(`status.${key}`), key);
  });

  it('says states in a few words', () => {
    const all = [...sets.flatMap(({ texts }) => [...texts]), ...commonTexts];
    for (const [key, text] of all) {
      if (!key.startsWith('status.')) continue;
      assert.ok(text.replace(/__\w+__/g, '').length <= 20, `${key}: ${text}`);
      if (WITH_AMOUNT.has(key.slice('status.'.length))) assert.match(text, /__amount__ __currency__/);
    }
  });

  it('takes its colours from the theme', () => assert.doesNotMatch(styles, FIXED_COLOUR));
});

describe('what a new terminal is set to', () => {
  it('is the test environment of the cloud', () => {
    const defaults = sets.find(({ name }) => name === 'terminal')?.definition.defaults;
    for (const [key, value] of Object.entries(TEST_ENVIRONMENT)) assert.equal(defaults?.[key]?.value, value);
  });
});

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
    const rows = [...terminal.scripts.matchAll(/\['89\.(\d\d)', 'scenario\.(\w+)'\]/g)];
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
