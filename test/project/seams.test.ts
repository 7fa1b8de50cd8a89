/** What can be exchanged stays behind its interface: the wire's dialect, and the vendor's own rules. */
import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { test } from 'node:test';
import { importsOf } from './layers.ts';
import { read, sources } from './repository.ts';

/** Files of `lib` and `nodes` outside `except` that import a file whose path matches. */
function importersOf(pattern: RegExp, except: RegExp): string[] {
  return [...sources('lib'), ...sources('nodes')]
    .filter((file) => !except.test(file))
    .filter((file) => importsOf(read(file)).some((name) => pattern.test(posix.join(posix.dirname(file), name))))
    .sort();
}

test('XML is imported as a codec only, and only where one is chosen', () => {
  assert.deepEqual(importersOf(/^lib\/protocol\/xml\/(?!xml-codec)/, /^lib\/protocol\/xml\//), []);
  assert.deepEqual(importersOf(/^lib\/protocol\/xml\/xml-codec/, /^lib\/(protocol\/xml|virtual)\/|^lib\/index/), [
    'lib/endpoint/endpoint.ts',
    'lib/terminal/terminal.ts',
    'lib/transport/cloud/cloud-transport.ts',
  ]);
});

test('the session knows no vendor, and no dialect', () => {
  const vendors = importersOf(/^lib\/protocol\/profiles\//, /^lib\/(?!session)|^nodes/);
  // Their defaults, for payloads that are made without a session.
  assert.deepEqual(vendors, ['lib/session/inbound/terminal-notification.ts', 'lib/session/record.ts']);
  assert.deepEqual(importersOf(/^lib\/protocol\/(xml\/|codec)/, /^lib\/(?!session)|^nodes/), []);
});
