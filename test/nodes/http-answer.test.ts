/** The example 12-payment-over-http: one caller gets one answer, also where the outcome is not certain in time. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type FlowNode, Lane } from '../support/node-red-flow.ts';
import { Rig } from '../support/node-red-rig.ts';

const file = fileURLToPath(new URL('../../examples/12-payment-over-http.json', import.meta.url));
const web = new Lane('web', { terminal: { responseTimeout: 2, recoveryTimeout: 1 }, nodes: { abort: {} } });
/** The example, at the terminal of the lane. */
const example = (JSON.parse(readFileSync(file, 'utf8')) as FlowNode[])
  .filter(({ type }) => type !== 'nexo-terminal')
  .map((node) => (node.terminal === undefined ? node : { ...node, terminal: web.terminalId }));

interface Answer {
  status: number;
  location: string | null;
  body: { outcome?: string; amount?: string; repeated?: boolean; error?: { code?: string; condition?: string } | null };
}

let rig: Rig;
before(async () => {
  rig = await Rig.start({ lanes: [web], extra: example });
});
after(() => rig?.end());

async function call(path: string, order?: object): Promise<Answer> {
  const post = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(order) };
  const answer = await fetch(`${rig.nodeRed.url}/nexo-example/pay${path}`, order === undefined ? {} : post);
  const body = (await answer.json()) as Answer['body'];
  return { status: answer.status, location: answer.headers.get('Location'), body };
}

describe('a payment over HTTP', () => {
  it('is answered with its certain outcome; a repeated request with the same one, marked', async () => {
    const order = { amount: '20.00', transactionId: 'order 1' };
    const { status, body } = await call('', order);
    assert.deepEqual([status, body.outcome, body.amount, body.repeated], [200, 'approved', '20.00', false]);
    assert.equal((await call('', order)).body.repeated, true);
    assert.equal(rig.terminal.moved('order 1').length, 1);
    const asked = await call('/order%201');
    assert.deepEqual([asked.status, asked.body.outcome], [200, 'approved']);
    const declined = await call('', { amount: '20.01', transactionId: 'order-2' });
    assert.deepEqual([declined.status, declined.body.outcome], [200, 'declined']);
  });

  it('that is wrong is a client’s error', async () => {
    assert.equal((await call('', { amount: '20.00' })).status, 400);
    const high = await call('', { amount: Date.now(), transactionId: 'order-3' });
    assert.deepEqual([high.status, high.body.error?.code], [400, 'amount_too_high']);
    assert.equal((await call('', { amount: '21.00', transactionId: 'order 1' })).status, 409);
    assert.equal((await call('/order-4')).status, 404);
  });

  it('whose outcome is not certain in time is answered with 202, once, and asked about later', async () => {
    const order = { amount: '22.06', transactionId: 'order-5' };
    const { status, body, location } = await call('', order);
    assert.deepEqual([status, body.outcome, location], [202, 'unresolved', '/nexo-example/pay/order-5']);
    assert.equal((await call('/order-5')).status, 202);
    assert.equal((await call('', order)).status, 202, 'a repeated request is answered at once, too');
    await rig.ask(web, 'abort');
    let ended = await call('/order-5');
    while (ended.status === 202) ended = await call('/order-5');
    assert.deepEqual([ended.status, ended.body.outcome], [200, 'aborted']);
    const again = await call('', order);
    assert.deepEqual([again.status, again.body.outcome, again.body.repeated], [200, 'aborted', true]);
  });
});

it('is answered once: nothing is in the log', () => assert.equal(rig.nodeRed.log, ''));
