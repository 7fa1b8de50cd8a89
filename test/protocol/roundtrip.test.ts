import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { BodyName, Message } from '../../lib/protocol/types.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';
import { encode } from '../../lib/protocol/xml/encode.ts';
import { bodyNames, messageOf } from '../support/arbitrary.ts';

function comesBack(body: BodyName, message: Message): void {
  const before = structuredClone(message);
  const decoded = decode(encode(message));
  assert.deepEqual(decoded.message, message);
  assert.deepEqual(message, before, 'encode changed its input');
  assert.equal(decoded.body, body);
  assert.deepEqual(decoded.ignored, []);
}

for (const body of bodyNames) {
  test(`any ${body} the table allows comes back as it was sent`, () => {
    fc.assert(
      fc.property(messageOf(body), (message) => comesBack(body, message)),
      { numRuns: 40 },
    );
    fc.assert(
      fc.property(messageOf(body, { full: true }), (message) => comesBack(body, message)),
      { numRuns: 3 },
    );
  });
}
