/** Every language of the editor has what en-US has. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { differences, type Texts } from './languages.ts';
import { read } from './sets.ts';

const folder = fileURLToPath(new URL('../../nodes/locales', import.meta.url));

function textsOf(language: string): Texts {
  const files = readdirSync(`${folder}/${language}`);
  return Object.fromEntries(files.map((file) => [file, read(`nodes/locales/${language}/${file}`)]));
}

for (const language of readdirSync(folder)) {
  test(`${language} is complete`, () => {
    assert.deepEqual(differences(textsOf('en-US'), textsOf(language)), []);
  });
}

test('what a language lacks is found', () => {
  const reference = textsOf('en-US');
  const payment = reference['payment.json'] ?? '';
  const found = (change: Texts) => differences(reference, { ...reference, ...change });
  const { 'payment.html': help = '', ...rest } = reference;
  assert.deepEqual(differences(reference, rest), ['payment.html is missing']);
  assert.deepEqual(found({ 'x.json': '{}' }), ['x.json has no counterpart']);
  assert.deepEqual(found({ 'payment.json': payment.replace('"paletteLabel"', '"palette"') }), [
    'payment.json: paletteLabel is missing',
    'payment.json: palette is unknown',
  ]);
  const statuses = (reference['terminal.json'] ?? '').replace('approved __amount__', 'godkänd __amunt__');
  assert.deepEqual(found({ 'terminal.json': statuses }), [
    'terminal.json: common.status.approved has other placeholders or code',
  ]);
  assert.deepEqual(found({ 'payment.html': help.replace('<code>', '<b>') }), [
    'payment.html has other code or another structure',
  ]);
  assert.deepEqual(found({ 'payment.html': help.replace('<p>', '<p>Översatt. ') }), []);
});
