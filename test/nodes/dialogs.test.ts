/** What a flow shows, asks and prints on a terminal. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Lane } from '../support/node-red-flow.ts';
import { Rig } from '../support/node-red-rig.ts';

const nodes = {
  payment: {},
  display: {},
  'display-thanks': { text: 'Tack!' },
  input: {},
  'input-phone': { command: 'DigitString', text: 'Phone? (0701234567)', minLength: '7', maxLength: '10' },
  print: {},
};
const desk = new Lane('desk', { nodes });
const inside = new Lane('inside', { terminal: { connection: 'virtual', host: '' }, nodes });
const line = new Lane('line', { nodes });
const down = new Lane('down', { nodes, terminal: { port: 9 } });

let rig: Rig;
before(async () => {
  rig = await Rig.start({ lanes: [desk, inside, line, down] });
});
after(() => rig?.end());

const request = (nexo: { request: unknown }) => JSON.stringify(nexo.request);

describe('a dialog with the customer', { concurrency: true }, () => {
  for (const lane of [desk, inside]) {
    const where = lane === desk ? 'in the network' : 'in process';

    it(`shows a text, on a terminal ${where}`, async () => {
      const { msg } = await rig.ask(lane, 'display', ['Välkommen', 'åter']);
      assert.deepEqual(msg.payload, { displayed: true });
      assert.match(request(msg.nexo), /"Välkommen".*"åter"/);
      assert.ok(msg.nexo.response);
      const thanks = await rig.ask(lane, 'display-thanks', { outcome: 'approved' });
      assert.match(request(thanks.msg.nexo), /"Tack!"/);
      await rig.status(lane, 'display-thanks', 'displayed');
    });

    it(`gets an answer, on a terminal ${where}`, async () => {
      const answer = async (payload: unknown, node = 'input') => (await rig.ask(lane, node, payload)).msg.payload;
      assert.equal(await answer('Member?'), true);
      assert.equal(await answer({ text: 'Member? (no)' }), false);
      assert.equal(await answer(true, 'input-phone'), '0701234567');
      assert.equal(await answer({ text: 'Code? (0042)', command: 'DigitString' }), '0042');
      assert.equal(await answer('Member? (cancel)'), null);
      await rig.status(lane, 'input', 'no answer');
      await rig.status(lane, 'input-phone', 'answered');
    });

    it(`prints a payment’s receipt, and lines of any look, on a terminal ${where}`, async () => {
      const { receipts } = (await rig.pay(lane, '20.00')).msg.payload;
      const { msg } = await rig.ask(lane, 'print', receipts.customer);
      assert.deepEqual(msg.payload, { printed: true });
      assert.match(request(msg.nexo), /Kortinnehavarens kvitto.*"StartRow":224/);
      const lines = [{ text: 'Kaffe\t44,50', alignment: 'justified', height: 'double', color: 'white' }];
      assert.match(request((await rig.ask(lane, 'print', { lines, feed: false })).msg.nexo), /"DoubleHeight"/);
    });
  }

  it('waits for a payment in progress, and the payment behind it waits for the answer', async () => {
    const paying = rig.pay(line, '30.00');
    await rig.status(line, 'payment', 'waiting for card');
    const asked = rig.ask(line, 'input', 'Sure?');
    const second = rig.pay(line, '31.00');
    assert.equal((await asked).msg.payload, true);
    assert.deepEqual([(await paying).port, (await second).port], [1, 1]);
    const sent = rig.terminal.exchanges(line.poiId).map((text) => text.split(' ')[0]);
    const order = sent.filter((category) => category !== 'TransactionStatus');
    assert.deepEqual(order, ['Login', 'Payment', 'Input', 'Payment']);
  });

  it('is refused with code and path, and nothing is sent, where it makes no sense', async () => {
    const cases: [node: string, payload: unknown, code: string, path: string][] = [
      ['display', undefined, 'invalid_text', 'payload'],
      ['display', { lines: ['a', 7] }, 'invalid_text', 'payload.lines[1]'],
      ['input', { text: 'a', command: 'Password' }, 'invalid_command', 'payload.command'],
      ['input-phone', { minLength: 0 }, 'invalid_length', 'payload.minLength'],
      ['print', [{ text: 'a', width: 'wide' }], 'invalid_format', 'payload[0].width'],
    ];
    for (const [node, payload, code, path] of cases) {
      const error = await rig.caught(down, await rig.feed(down, node, { payload }));
      assert.deepEqual([error.code, error.cause?.path], [code, path]);
    }
    await rig.status(down, 'print', 'error');
    assert.deepEqual(rig.terminal.exchanges(down.poiId), []);
  });

  it('that cannot reach the terminal fails, and says so', async () => {
    const error = await rig.caught(down, await rig.feed(down, 'display', { payload: 'Hej' }));
    assert.equal(error.code, 'dialog_failed');
  });
});

it('was worth no warning', () => {
  rig.assertOnce();
  assert.doesNotMatch(rig.nodeRed.log, /unhandled|TypeError|Warning/i);
});
