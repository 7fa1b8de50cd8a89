import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  booleanSetting,
  choiceSetting,
  contentSetting,
  currencySetting,
  hostSetting,
  jsonSetting,
  languageSetting,
  nameSetting,
  pathSetting,
  secondsSetting,
  textSetting,
  wholeSetting,
} from '../../lib/contract/settings.ts';
import { refusal } from '../support/refusal.ts';

/** As Node-RED leaves it where the variable is not set. */
const LEFT_OVER = ['$', '{POI_ID}'].join('');

/** The path and message of a setting that is refused. */
function wrong(read: () => unknown): [string | undefined, string] {
  const { code, path, message } = refusal(read);
  assert.equal(code, 'invalid_config');
  return [path, message];
}

describe('a setting', () => {
  it('may be a text, a number or a truth value, with blanks around it', () => {
    assert.deepEqual(
      [' a ', 7, true, undefined, null, ''].map((value) => textSetting(value, 'x')),
      [...['a', '7', 'true', '', '', '']],
    );
    for (const value of [{}, ['a'], Buffer.from('a')]) assert.equal(wrong(() => textSetting(value, 'x'))[0], 'x');
    assert.equal(contentSetting(' indented', 'text'), ' indented');
    assert.equal(jsonSetting({ a: 1 }, 'body'), '{"a":1}');
  });

  it('of a variable that is not set is refused, whatever it is for', () => {
    const readers: ((value: unknown) => unknown)[] = [
      (value) => textSetting(value, 'x'),
      (value) => contentSetting(value, 'x'),
      (value) => booleanSetting(value, 'x', true),
      (value) => wholeSetting(value, 'x', { least: 0, most: 9, fallback: 1 }),
      (value) => choiceSetting(value, 'x', ['a']),
      (value) => secondsSetting(value, 'x', 1),
      (value) => nameSetting(value, 'x', 'till id'),
      (value) => pathSetting(value, 'x', '/'),
      (value) => hostSetting(value),
      (value) => languageSetting(value),
      (value) => currencySetting(value),
    ];
    for (const read of readers) assert.match(wrong(() => read(LEFT_OVER))[1], /variable POI_ID .* is not set/);
  });

  it('that is true or false may be a text: "false" is not true', () => {
    for (const value of [true, 'true', 'TRUE', 1, '1', 'on', 'yes'])
      assert.equal(booleanSetting(value, 'x', false), true);
    for (const value of [false, 'false', 'False', 0, '0', 'off', 'no']) {
      assert.equal(booleanSetting(value, 'x', true), false);
    }
    for (const value of ['', undefined, null]) assert.equal(booleanSetting(value, 'x', true), true);
    for (const value of ['maybe', 2, {}]) assert.equal(wrong(() => booleanSetting(value, 'x', true))[0], 'x');
  });

  it('that is a number or a choice may be a text in any case', () => {
    const port = (value: unknown) => wholeSetting(value, 'port', { least: 1, most: 65535, fallback: 11000 });
    assert.deepEqual([port('11001'), port(80), port('')], [11001, 80, 11000]);
    for (const value of ['0', '65536', '80.5', 'http', true, {}]) assert.equal(wrong(() => port(value))[0], 'port');
    assert.equal(choiceSetting('REFUSE', 'x', ['wait', 'refuse']), 'refuse');
    assert.equal(choiceSetting(undefined, 'x', ['wait', 'refuse']), 'wait');
    assert.match(wrong(() => choiceSetting('later', 'x', ['wait', 'refuse']))[1], /wait, refuse/);
    assert.deepEqual([secondsSetting('2.5', 'x', 1), secondsSetting('', 'x', 300)], [2500, 300_000]);
    for (const value of ['0', '-1', 'soon', '1e9']) wrong(() => secondsSetting(value, 'x', 1));
  });

  it('names a terminal in at most 32 printable characters', () => {
    assert.equal(nameSetting(123456, 'poiId', 'terminal id'), '123456');
    assert.equal(nameSetting(' A1 ', 'poiId', 'terminal id'), 'A1');
    assert.match(wrong(() => nameSetting('x'.repeat(41), 'poiId', 'terminal id'))[1], /41 characters: at most 32/);
    for (const value of ['kassa ä', 'a\nb']) assert.equal(wrong(() => nameSetting(value, 'poiId', 'id'))[0], 'poiId');
  });

  it('of a language or a currency is the code that nexo has', () => {
    const codes = ['sv', 'sv-SE', 'SV_se', 'nb-NO', 'nn', 'en-GB', 'de', ''];
    assert.deepEqual(codes.map(languageSetting), ['sv', 'sv', 'sv', 'no', 'no', 'en', 'de', 'sv']);
    for (const value of ['swedish', 's', '1']) wrong(() => languageSetting(value));
    assert.deepEqual(['sek', ' EUR ', ''].map(currencySetting), ['SEK', 'EUR', 'SEK']);
    for (const value of ['kr', 'SEK ', 752].slice(0, 1)) wrong(() => currencySetting(value));
  });

  it('of an address says what to write instead of a URL', () => {
    for (const host of ['192.168.1.20', 'till-1.local', '[fd00::20]', 'fd00::20', '::1']) {
      assert.equal(hostSetting(` ${host} `), host);
    }
    const advice = (host: string) => wrong(() => hostSetting(host))[1];
    assert.match(advice('http://192.168.1.20:11000/EPASSaleToPOI/3.1'), /only 192\.168\.1\.20, put 11000 into.*path/);
    assert.match(advice('https://till.local'), /only till\.local.*HTTPS/);
    assert.match(advice('192.168.1.20:11000'), /only 192\.168\.1\.20, put 11000 into/);
    assert.match(advice('till.local/EPASSaleToPOI/3.1'), /only till\.local.*path/);
    for (const host of ['', '300.1.1.1', '1.2.3', 'a b', '..', 'user@host']) advice(host);
  });

  it('of a path may lack its slash', () => {
    const path = (value: unknown) => pathSetting(value, 'path', '/EPASSaleToPOI/3.1');
    assert.deepEqual(
      [path(''), path('EPASSaleToPOI/3.1'), path('/x')],
      [...['/EPASSaleToPOI/3.1', '/EPASSaleToPOI/3.1', '/x']],
    );
    for (const value of ['http://x/y', '/a b', '/a?b', '/a#b']) assert.equal(wrong(() => path(value))[0], 'path');
  });
});
