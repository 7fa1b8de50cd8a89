/** The page that says which test shows what: every row names one, and it is there. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { manifest, read, root } from './repository.ts';

interface Row {
  line: number;
  cells: string[];
}

/** The rows of the page's tables, without headings. */
const rows: Row[] = read('docs/coverage.md')
  .split('\n')
  .map((text, index) => ({ text, line: index + 1 }))
  .filter(
    ({ text }, index, all) => text.startsWith('|') && !/^\| -/.test(text) && !/^\| -/.test(all[index + 1]?.text ?? ''),
  )
  .map(({ text, line }) => ({
    line,
    cells: text
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  }));
const shown = rows.filter(({ cells }) => cells.length === 3);

/** A test as the page cites it: file, and title; of a title with parts made at run time, a fixed part. */
const CITED = /`([\w/-]+) › ([^`]+)`/g;
const TITLE = /\b(?:test|it|describe)\(\s*(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`([^`]*)`)/g;

/** The titles in a test file; of a template, its fixed parts. */
function titlesIn(source: string): string[] {
  return [...source.matchAll(TITLE)].flatMap(([, single, double, template]) => {
    if (template !== undefined)
      return template.split(/\$\{[^}]*\}/).map((part) => part.replace(/^[\s:,"]+|[\s:,"]+$/g, ''));
    return (single ?? double ?? '').replace(/\\(.)/g, '$1');
  });
}

/** What is wrong with a row, in words. */
function wrongWith({ line, cells: [what = '', here = '', evidence = ''] }: Row): string[] {
  const at = `docs/coverage.md:${line}`;
  if ([what, here, evidence].some((cell) => cell === '' || cell === '?')) return [`${at}: an empty cell`];
  if (evidence === '–') return here === '[not here](#what-is-not-here)' ? [] : [`${at}: no test`];
  if (/^the same( as `\w+`)?$/.test(evidence)) return [];
  const cited = [...evidence.matchAll(CITED)];
  if (cited.length === 0) return [`${at}: no test in "${evidence}"`];
  return cited.flatMap(([, file = '', title = '']) => {
    const path = `test/${file}.test.ts`;
    if (!existsSync(join(root, path))) return [`${at}: there is no ${path}`];
    return titlesIn(read(path)).includes(title) ? [] : [`${at}: ${path} has no test "${title}"`];
  });
}

test('every row says what is here and which test shows it, and the test is there', () => {
  assert.ok(shown.length > 150);
  assert.deepEqual(shown.flatMap(wrongWith), []);
});

/** The simulated terminal shows nothing about this side. */
const SIMULATOR = /^virtual\//;
/** Tests in a real Node-RED, of nodes or of the editor. */
const OF_NODES = /^(nodes\/|editor\/|endpoint\/node$)/;
/** A cell that claims something about a node: it names one, its settings, or a property of its messages. */
const ABOUT_NODES = /\*\*\w+\*\*|^terminal\b|^endpoint\b|`payload\.|`(card|receipts|apm|msg)\./;

/** What is wrong with the tests that a row cites, in words. */
function wrongKind({ line, cells: [, here = '', evidence = ''] }: Row): string[] {
  const files = [...evidence.matchAll(CITED)].map(([, file = '']) => file);
  const simulated = files.filter((file) => SIMULATOR.test(file));
  const missing = files.length > 0 && ABOUT_NODES.test(here) && !files.some((file) => OF_NODES.test(file));
  return [
    ...simulated.map((file) => `docs/coverage.md:${line}: ${file} tests the simulator`),
    ...(missing ? [`docs/coverage.md:${line}: claims something about a node, and cites no test of one`] : []),
  ];
}

test('a row about a node cites a test of that node, and no row one of the simulated terminal', () => {
  assert.deepEqual(shown.flatMap(wrongKind), []);
  const row = (here: string, evidence: string) => wrongKind({ line: 1, cells: ['a', here, evidence] }).length;
  assert.equal(row('**card**', '`session/card › x`'), 1);
  assert.equal(row('**card**', '`virtual/card › x`'), 2);
  assert.equal(row('**card**', '`session/card › x`; `nodes/card › x`'), 0);
  assert.equal(row('asked again', '`session/card › x`'), 0);
});

test('every row of what is not here has its reason', () => {
  const absent = rows.filter(({ cells }) => cells.length === 2);
  assert.ok(absent.length > 5);
  assert.deepEqual(
    absent.filter(({ cells }) => cells.some((cell) => cell === '' || cell === '?')),
    [],
  );
  assert.equal(rows.length, shown.length + absent.length, 'a table of another form');
});

test('the nodes it names are in the palette', () => {
  const named = shown.flatMap(({ cells: [, here = ''] }) =>
    [...here.matchAll(/\*\*(\w+)\*\*/g)].map(([, name]) => name),
  );
  const sets = Object.keys(manifest['node-red'].nodes);
  assert.deepEqual(
    named.filter((name) => !sets.includes(name ?? '')),
    [],
  );
});

test('a row without evidence is found', () => {
  const row = (...cells: string[]) => wrongWith({ line: 1, cells });
  const own = '`project/coverage › a row without evidence is found`';
  assert.deepEqual(row('a', 'b', own), []);
  assert.deepEqual(row('a', 'b', 'the same'), []);
  for (const evidence of ['?', '', '–', 'tests', '`project/coverage › no such test`', `${own}; \`project/none › x\``]) {
    assert.equal(row('a', 'b', evidence).length, 1, evidence);
  }
  assert.equal(row('a', '', own).length, 1);
});
