/** The status that shows what the terminal shows: the last text always, a storm of them seldom. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Node, NodeStatus } from 'node-red';
import { ThrottledStatus } from '../../nodes/shared/throttled-status.ts';

function screenOf({ mock }: TestContext) {
  mock.timers.enable({ apis: ['setTimeout'] });
  const shown: string[] = [];
  const node = { status: ({ text }: NodeStatus) => shown.push(text ?? '') } as unknown as Node;
  return { screen: new ThrottledStatus(node), shown, pass: (ms: number) => mock.timers.tick(ms) };
}

describe('a screen', () => {
  it('shows a text at once, and what came in the pause when it is over: only the last', (context) => {
    const { screen, shown, pass } = screenOf(context);
    for (const text of ['Insert card', 'Enter PIN', 'Enter PIN: *', 'Enter PIN: **']) screen.text(text);
    assert.deepEqual(shown, ['“Insert card”']);
    pass(300);
    assert.deepEqual(shown, ['“Insert card”', '“Enter PIN: **”']);
    pass(1000);
    screen.text('Approved');
    assert.deepEqual(shown.at(-1), '“Approved”');
    assert.equal(shown.length, 3);
  });

  it('is changed a few times a second at most, however many texts come', (context) => {
    const { screen, shown, pass } = screenOf(context);
    for (let ms = 0; ms < 10_000; ms++) {
      screen.text(`text ${ms}`);
      pass(1);
    }
    pass(300);
    assert.ok(shown.length <= 35, String(shown.length));
    assert.equal(shown.at(-1), '“text 9999”');
  });

  it('leaves the node its own status: a text that waits is out of date', (context) => {
    const { screen, shown, pass } = screenOf(context);
    screen.text('Enter PIN');
    screen.text('Approved');
    screen.status({ text: 'querying terminal…' });
    pass(1000);
    assert.deepEqual(shown, ['“Enter PIN”', 'querying terminal…']);
    screen.text('A');
    screen.text('B');
    screen.stop();
    pass(1000);
    assert.equal(shown.at(-1), '“A”');
  });

  it('puts a text on one short line, and leaves out one that is empty', (context) => {
    const { screen, shown, pass } = screenOf(context);
    screen.text('Welcome\n  to   us');
    pass(300);
    screen.text(' \n');
    screen.text('💳'.repeat(40));
    assert.deepEqual(shown, ['“Welcome to us”', `“${'💳'.repeat(31)}…”`]);
  });
});
