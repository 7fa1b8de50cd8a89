import assert from 'node:assert/strict';
import { NexoError } from '../../lib/protocol/errors.ts';

/** Runs a call that must throw a NexoError and returns the error. Anything else fails the test. */
export function refusal(call: () => unknown): NexoError {
  try {
    call();
  } catch (error) {
    assert.ok(error instanceof NexoError, `not a NexoError: ${error instanceof Error ? error.stack : String(error)}`);
    return error;
  }
  return assert.fail('nothing was refused');
}
