import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allowList, mayBeAt, plainAddress } from '../../lib/endpoint/allow-list.ts';
import { refusal } from '../support/refusal.ts';

const cases: [allow: string[], address: string, allowed: boolean][] = [
  [[], '203.0.113.9', true],
  [['192.168.1.20'], '192.168.1.20', true],
  [['192.168.1.20'], '192.168.1.21', false],
  [['192.168.1.0/24'], '192.168.1.255', true],
  [['192.168.1.0/24'], '192.168.2.1', false],
  [['10.0.0.0/8', '192.168.1.20'], '10.9.8.7', true],
  [['::ffff:192.168.1.20'], '192.168.1.20', true],
  [['0.0.0.0/0'], '203.0.113.9', true],
  [['0.0.0.0/0'], '2001:db8::1', false],
  [['fd00::/8'], 'fd12::1', true],
  [['fd00::/8'], '2001:db8::1', false],
  [['FD00::20'], 'fd00::20', true],
  [[' 192.168.1.20 '], '192.168.1.20', true],
  [['192.168.1.20'], '', false],
  [['192.168.1.20'], 'till-1.local', false],
];

for (const [allow, address, allowed] of cases) {
  test(`${address || '(none)'} ${allowed ? 'may' : 'may not'} call where ${allow.join(', ') || 'nothing'} is listed`, () => {
    const list = allowList(allow);
    assert.equal(list(address), allowed);
    assert.equal(list(address), allowed, 'also when asked again');
  });
}

for (const entry of [
  'till-1.local',
  '192.168.1',
  '192.168.1.0/33',
  '192.168.1.0/',
  'fd00::/129',
  '10.0.0.0/8/8',
  '',
  '::ffff:10.0.0.0/8',
  '1.2.3.4/x',
]) {
  test(`"${entry}" is no address`, () => {
    const refused = refusal(() => allowList(['10.0.0.1', entry]));
    assert.deepEqual([refused.code, refused.path], ['endpoint_allow', 'allow']);
  });
}

test('an IPv4 address that came through IPv6 is itself', () => {
  assert.equal(plainAddress('::ffff:192.168.1.20'), '192.168.1.20');
  assert.equal(plainAddress('::ffff:0:1'), '::ffff:0:1');
  assert.equal(plainAddress('fd00::20'), 'fd00::20');
  assert.equal(plainAddress(undefined), '');
});

const places: [allow: string[], address: string, sender: string | undefined, may: boolean][] = [
  // Without a list: where the terminal calls from, in a network of one's own.
  [[], '192.168.1.20', '192.168.1.20', true],
  [[], '10.1.2.3', '10.1.2.3', true],
  [[], '172.31.0.1', '172.31.0.1', true],
  [[], '192.168.1.21', '192.168.1.20', false],
  [[], '127.0.0.1', '192.168.1.20', false],
  [[], '203.0.113.9', '203.0.113.9', false],
  [[], '172.32.0.1', '172.32.0.1', false],
  [[], '192.168.1.20', undefined, true],
  [[], '203.0.113.9', undefined, false],
  // With one: wherever it reaches.
  [['192.168.1.0/24'], '192.168.1.21', '192.168.1.20', true],
  [['192.168.1.0/24'], '192.168.2.20', '192.168.2.20', false],
  [['203.0.113.0/24'], '203.0.113.9', undefined, true],
];
for (const [allow, address, sender, may] of places) {
  test(`[${allow}] a terminal ${may ? 'may' : 'may not'} be at ${address}, says ${sender ?? 'the journal'}`, () => {
    assert.equal(mayBeAt(allow)(address, sender), may);
  });
}
