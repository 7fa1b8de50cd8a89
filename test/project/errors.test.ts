import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { errorCodes, errorConditions } from '../../lib/protocol/error-codes.ts';
import { definitions } from '../../lib/protocol/schema.ts';
import { errorPage, FILE } from '../../scripts/write-errors.ts';
import { read, sources } from './repository.ts';

const CATALOGUE = 'lib/protocol/error-codes.ts';
const files = [...sources('lib'), ...sources('nodes')].filter((file) => file !== CATALOGUE);
const code = files.map(withoutComments).join('\n');
/** The virtual terminal sends conditions of its own, as a terminal does. */
const ourSide = files.filter((file) => !/^lib\/(virtual|endpoint)\//.test(file)).map(withoutComments);

function withoutComments(file: string): string {
  return read(file).replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
}

function all(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, found = '']) => found);
}

/** Texts in quotes, but for those that are compared with, are part of a type, or in a set to compare with. */
function made(text: string): Set<string> {
  const without = text.replace(/new Set(?:<[^>]*>)?\(\[[^\]]*\]\)/g, '');
  return new Set(all(without, /(?<!(?:===|!==|case|\|)\s*)'([A-Za-z]\w*)'/g));
}

/** Conditions that a file gives to a reason. */
function conditionsIn(text: string): string[] {
  const given = all(text, /\bcondition(?::| =) ([^,;}]*)/g).join(' ');
  return [...all(given, /'([A-Z]\w*)'/g), ...all(text, /\buntrusted\(\s*'(\w+)'/g)];
}

describe('the error catalogue', () => {
  test('has every code that is thrown', () => {
    const thrown = all(code, /\bnew (?:NexoError|JournalError)\(\s*'(\w+)'/g);
    assert.ok(thrown.length > 100, `only ${thrown.length} found`);
    assert.deepEqual(
      [...new Set(thrown)].filter((name) => !Object.hasOwn(errorCodes, name)),
      [],
    );
  });

  test('has no code that is never thrown', () => {
    const texts = made(code);
    assert.deepEqual(
      Object.keys(errorCodes).filter((name) => !texts.has(name)),
      [],
    );
  });

  test('has the conditions that this package gives, and no others', () => {
    const given = new Set(ourSide.flatMap(conditionsIn));
    assert.deepEqual([...given].sort(), Object.keys(errorConditions));
  });

  test('adds these conditions to nexo’s own', () => {
    const nexo: readonly string[] = definitions.ErrorCondition.enum;
    const own = Object.keys(errorConditions).filter((name) => !nexo.includes(name));
    assert.deepEqual(own, [
      'AmountMismatch',
      'ForeignTransaction',
      'Held',
      'Journal',
      'NoAnswer',
      'NotLast',
      'NotReversed',
      'Restart',
      'Reversed',
      'Ruled',
      'RulingContradicted',
      'Unreachable',
      'Unresolved',
      'Unspecified',
    ]);
  });

  test('is sorted, and says what happened and what to do in whole sentences', () => {
    for (const table of [errorCodes, errorConditions]) {
      assert.deepEqual(Object.keys(table), Object.keys(table).sort());
      for (const [name, { meaning, advice }] of Object.entries(table)) {
        for (const text of [meaning, advice]) {
          assert.match(text, /^\S.*\.$/, name);
          assert.doesNotMatch(text, /\b(nobody|whoever|somebody|told|heard|said)\b/, name);
        }
      }
    }
  });

  test('is what docs/errors.md shows', () => {
    assert.equal(readFileSync(FILE, 'utf8'), errorPage(), 'out of date, run: npm run docs:errors');
  });
});
