import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { transitions } from '../../lib/session/states.ts';
import { BUILT_IN_RETENTION_DAYS } from '../../nodes/shared/built-in-journal.ts';
import { drawing, FILE } from '../../scripts/draw-states.ts';
import { read, root } from './repository.ts';

const page = read('docs/money.md');

/** The first column of the table whose heading that is. */
function column(heading: string): string[] {
  const lines = page.split('\n');
  const from = lines.findIndex((line) => new RegExp(`^\\| ${heading} +\\|`).test(line));
  assert.ok(from > 0, `no table "${heading}"`);
  const rest = lines.slice(from + 2);
  const end = rest.findIndex((line) => !line.startsWith('|'));
  return rest.slice(0, end).map((line) => /^\| `(\w+)`/.exec(line)?.[1] ?? line);
}

/** The members of a union of texts, from the source: types do not exist at run time. */
function union(name: string): string[] {
  const type = new RegExp(`export type ${name} =([^;]*);`).exec(read('lib/session/record.ts'))?.[1] ?? '';
  return [...type.matchAll(/'(\w+)'/g)].map(([, member]) => member ?? '');
}

test('the page on money lists every state, in the journal and out of it, and every outcome', () => {
  assert.deepEqual(column('state'), Object.keys(transitions));
  assert.deepEqual(column('journal'), union('RecordState'));
  assert.deepEqual(column('`outcome`'), union('Outcome'));
});

test('the drawing shows every transition, and is up to date', () => {
  assert.equal(readFileSync(FILE, 'utf8'), drawing(), 'run: node scripts/draw-states.ts');
  for (const [from, to] of Object.entries(transitions)) {
    for (const one of to) assert.ok(drawing().includes(`<title>${from} → ${one}</title>`), `${from} → ${one}`);
  }
  assert.ok(page.includes('(payment-states.svg)'));
});

test('the page says how long the journal keeps what', () => {
  assert.ok(page.includes(`**For how long**: ${BUILT_IN_RETENTION_DAYS} days`));
});

test('what the documents point to is there', () => {
  for (const [file, folder] of [
    ['README.md', '.'],
    ['docs/money.md', 'docs'],
    ['docs/cloud.md', 'docs'],
    ['docs/coverage.md', 'docs'],
  ] as const) {
    for (const [, link] of read(file).matchAll(/\]\((?!https?:|#)([^)#]+)\)/g)) {
      assert.ok(existsSync(join(root, folder, link ?? '')), `${file}: ${link}`);
    }
  }
  for (const [, example] of page.matchAll(/`(\d\d-[\w-]+)`/g)) {
    assert.ok(existsSync(join(root, 'examples', `${example}.json`)), example);
  }
});
