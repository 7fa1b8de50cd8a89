/** The trace of a terminal: a file where it is switched on, Node-RED's log at the level trace. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Lane } from '../support/node-red-flow.ts';
import { Rig } from '../support/node-red-rig.ts';

const traced = new Lane('traced', { terminal: { name: 'Kassa 1/åäö', trace: true } });
const untraced = new Lane('untraced', { terminal: { name: 'quiet' } });
const refused = new Lane('refused', { terminal: { name: 'refused', trace: true } });

let rig: Rig;
before(async () => {
  rig = await Rig.start({
    lanes: [traced, untraced, refused],
    env: { NEXO_TEST_LOG_LEVEL: 'trace' },
    // A folder where the trace's file belongs: the disk refuses it.
    prepare: (userDir) => void mkdirSync(join(userDir, 'nexo-trace-refused.log')),
  });
});
after(() => rig?.end());

const keyed = { pan: '9752000000000001', expiryDate: '2712' };

/** Node-RED's log, without line breaks and colours. */
const log = () => rig.nodeRed.log;

describe('a trace', () => {
  it('is in a file of the terminal, without card data', async () => {
    const { msg } = await rig.pay(traced, { amount: '89.00', paymentInstrument: keyed });
    assert.equal(msg.payload.outcome, 'approved');
    await rig.stopNodeRed();
    const text = readFileSync(join(rig.userDir, 'nexo-trace-Kassa-1-åäö.log'), 'utf8');
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const payment = lines.find(({ category }) => category === 'Payment');
    assert.deepEqual(
      [payment.direction, payment.result, payment.outcome, payment.id],
      ['sent', 'message', 'Success', msg.payload.serviceId],
    );
    assert.equal(payment.address, `127.0.0.1:${rig.terminal.port}`);
    assert.ok(payment.duration >= 50 && payment.duration < 30_000, `${payment.duration} ms`);
    assert.doesNotMatch(text, /9752000000000001|ExpiryDate/);
    assert.match(log(), /sent Payment \d+ to 127\.0\.0\.1:\d+: message Success, \d+ ms \{/);
    assert.doesNotMatch(log(), /sent Payment[^\n]*9752000000000001/);
  });

  it('is in no file where it is not switched on, and never holds a payment up', async () => {
    await rig.startNodeRed();
    assert.equal((await rig.pay(untraced, '10.00')).msg.payload.outcome, 'approved');
    assert.equal((await rig.pay(refused, '10.00')).msg.payload.outcome, 'approved');
    await rig.stopNodeRed();
    const files = readdirSync(rig.userDir).filter((file) => file.startsWith('nexo-trace'));
    assert.deepEqual(files.sort(), ['nexo-trace-Kassa-1-åäö.log', 'nexo-trace-refused.log']);
    assert.match(
      log(),
      /trace cannot be written to [^\n]*nexo-trace-refused\.log: EISDIR[^\n]*Payments go on without it/,
    );
  });
});
