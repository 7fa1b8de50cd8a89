/** The documents: their links lead somewhere, the files they name are there, the drawings show the code as it is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as layers from '../../scripts/draw-layers.ts';
import * as payment from '../../scripts/draw-payment.ts';
import { anchorsOf, exportsSymbol, isThere, italicsIn, linksIn, pathsIn } from './documents.ts';
import { read, tracked } from './repository.ts';

const files = tracked();
const pages = files
  .filter((path) => path.endsWith('.md') && !path.startsWith('test/'))
  .map((path) => ({ path, text: read(path) }));
const architecture = read('docs/architecture.md');

test('every link leads to a file, and to a heading in it', () => {
  assert.ok(pages.length > 10);
  const broken = pages.flatMap(({ path, text }) =>
    linksIn(path, text)
      .filter(({ target, anchor }) => {
        if (!isThere(target, files)) return true;
        return anchor !== undefined && !anchorsOf(read(target)).includes(anchor);
      })
      .map(({ target, anchor }) => `${path}: ${target}${anchor === undefined ? '' : `#${anchor}`}`),
  );
  assert.deepEqual(broken, []);
});

test('every file that a document names is there', () => {
  const named = pages.flatMap(({ path, text }) => pathsIn(text).map((file) => ({ path, file })));
  assert.ok(named.length > 60);
  assert.deepEqual(
    named.filter(({ file }) => !isThere(file, files)).map(({ path, file }) => `${path}: ${file}`),
    [],
  );
});

test('every symbol that docs/architecture.md names with a file is exported there', () => {
  const rows = [...architecture.matchAll(/^\|.*?`([\w/.-]+\.ts)`.*$/gm)];
  assert.ok(rows.length > 30);
  const wrong = rows.flatMap(([row, file = '']) =>
    [...row.matchAll(/`(\w+(?:\.\w+)?)\(?\)?`/g)]
      .map(([, symbol = '']) => symbol)
      .filter((symbol) => /[A-Z]/.test(symbol) || row.includes(`\`${symbol}()\``))
      .filter((symbol) => !exportsSymbol(read(file), symbol))
      .map((symbol) => `${file}: ${symbol}`),
  );
  assert.deepEqual(wrong, []);
});

test('the drawing of the layers is up to date', () => {
  assert.equal(read('docs/layers.svg'), layers.drawing(), 'run: node scripts/draw-layers.ts');
});

test('the drawing of a payment is up to date, and every step is in the code', () => {
  assert.equal(read('docs/payment-sequence.svg'), payment.drawing(), 'run: node scripts/draw-payment.ts');
  assert.ok(architecture.includes(payment.table()), 'run: node scripts/draw-payment.ts');
  assert.deepEqual(
    payment.steps
      .filter(({ file, symbol }) => !files.includes(file) || !exportsSymbol(read(file), symbol))
      .map(({ file, symbol }) => `${file}: ${symbol}`),
    [],
  );
});

test('every event and effect that the drawing and its page name is there', () => {
  const texts = [...payment.steps.map(({ about }) => about), architecture].join('\n');
  const named = [...texts.matchAll(/\b(event|effect) `?(\w+)`?/g)].map(([, sort = '', name = '']) => ({ sort, name }));
  assert.ok(named.length > 8);
  assert.deepEqual(
    named.filter(({ sort, name }) => !read(`lib/session/${sort}s.ts`).includes(`'${name}'`)),
    [],
  );
});

/** What README and the guides print in italics and is no text of a form. */
const NO_LABELS = new Set(['Manage palette → Install', 'Import → Examples', 'Pay 89.00 SEK']);

test('documents name labels and options as the forms do', () => {
  const texts = files
    .filter((path) => /^nodes\/locales\/en-US\/\w+\.json$/.test(path))
    .flatMap((path) => textsIn(read(path)));
  const guides = ['README.md', 'CHANGELOG.md', 'docs/money.md', 'docs/cloud.md'];
  const named = guides.flatMap((path) => italicsIn(read(path)).map((label) => ({ path, label })));
  assert.ok(named.length > 25);
  assert.deepEqual(
    named.filter(
      ({ label }) => !NO_LABELS.has(label) && !texts.some((text) => text === label || /^[:(]/.test(rest(text, label))),
    ),
    [],
  );
});

/** What follows the label in a text that begins with it; else nothing. */
function rest(text: string, label: string): string {
  return text.startsWith(label) ? text.slice(label.length).trim() : '';
}

/** All texts of a catalogue. */
function textsIn(json: string): string[] {
  const texts: string[] = [];
  JSON.parse(json, (_, value: unknown) => {
    if (typeof value === 'string') texts.push(value);
    return value;
  });
  return texts;
}

test('every decision is listed, and fits a page', () => {
  const records = files.filter((path) => /^docs\/decisions\/\d/.test(path));
  const listed = linksIn('docs/decisions/README.md', read('docs/decisions/README.md')).map(({ target }) => target);
  assert.deepEqual(listed, records.sort());
  for (const [index, path] of records.entries()) {
    assert.ok(path.startsWith(`docs/decisions/${String(index + 1).padStart(4, '0')}-`), path);
    assert.ok(read(path).split('\n').length <= 60, `${path} is longer than a page`);
  }
});

test('what is missing is found', () => {
  assert.deepEqual(linksIn('docs/a.md', '[x](../lib/y.ts) [z](#z) [h](https://h/) [c](b.md#b-c)'), [
    { target: 'lib/y.ts', anchor: undefined },
    { target: 'docs/a.md', anchor: 'z' },
    { target: 'docs/b.md', anchor: 'b-c' },
  ]);
  assert.deepEqual(anchorsOf('# What is not here\n## Node.js, `npm` & git\n```\n# no\n```'), [
    'what-is-not-here',
    'nodejs-npm--git',
  ]);
  assert.deepEqual(pathsIn('`lib/a.ts` and `nodes/<name>.ts`, not lib/b.ts\n```sh\nnode scripts/c.ts lib/x/\n```'), [
    'lib/a.ts',
    'scripts/c.ts',
    'lib/x/',
  ]);
  assert.deepEqual(italicsIn('_One\ntwo_, `_three_`, four_five_six and __seven__'), ['One two']);
  const some = ['lib/a/b.ts', 'lib/a/c.test.ts'];
  for (const path of ['lib/a', 'lib/a/', 'lib/a/b.ts', 'lib/a/*.ts', 'lib/*/b.ts'])
    assert.ok(isThere(path, some), path);
  for (const path of ['lib/b', 'lib/a/b', 'lib/a/d.ts', 'lib/*.ts']) assert.ok(!isThere(path, some), path);
  const text = 'export class A {\n  async b(): void {}\n  #c(): void {}\n}\nexport const d = 1;\n';
  for (const symbol of ['A', 'A.b', 'd']) assert.ok(exportsSymbol(text, symbol), symbol);
  for (const symbol of ['B', 'A.c', 'A.d', 'e']) assert.ok(!exportsSymbol(text, symbol), symbol);
});
