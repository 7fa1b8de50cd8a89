import assert from 'node:assert/strict';

/** Waits, one turn of the event loop at a time, until a condition holds. */
export async function until(holds: () => boolean, what = 'it'): Promise<void> {
  for (let turn = 0; turn < 100_000; turn++) {
    if (holds()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.fail(`${what} did not happen`);
}
