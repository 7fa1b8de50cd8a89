/** Settings as they come: typed environment variables, truth values as text, variables that are not set. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type FlowNode, Lane } from '../support/node-red-flow.ts';
import { refused } from '../support/node-red-post-approval.ts';
import { Rig } from '../support/node-red-rig.ts';

/** As a flow file has it where an environment variable holds the value. */
const variable = (name: string) => `$\{${name}}`;

const environment = {
  id: 'settings-environment',
  type: 'global-config',
  name: '',
  env: [
    { name: 'SETTINGS_POI', value: '4711', type: 'num' },
    { name: 'SETTINGS_NO', value: 'false', type: 'bool' },
    { name: 'SETTINGS_JSON', value: '{"a":1}', type: 'json' },
    { name: 'SETTINGS_TEXT', value: '7', type: 'num' },
  ],
} as unknown as FlowNode;

const texts = new Lane('texts', {
  terminal: {
    host: ' 127.0.0.1 ',
    path: 'EPASSaleToPOI/3.1',
    secure: 'false',
    poiId: variable('SETTINGS_POI'),
    currency: 'sek',
    language: 'sv-SE',
    autoLogin: 'true',
    whenBusy: 'WAIT',
    maxAmount: 500,
  },
  nodes: {
    payment: { awaitFulfilment: 'false' },
    'payment-no': { awaitFulfilment: variable('SETTINGS_NO') },
    display: { text: variable('SETTINGS_TEXT') },
  },
});
/** Each with what is wrong in its terminal, and a word of the advice. */
const wrong: Record<string, [setting: Record<string, unknown>, path: string, advice: RegExp]> = {
  leftover: [{ poiId: variable('NEXO_NOT_SET') }, 'poiId', /variable NEXO_NOT_SET/],
  url: [{ host: 'http://127.0.0.1:11000/EPASSaleToPOI/3.1' }, 'host', /only 127\.0\.0\.1, put 11000 into the port/],
  port: [{ host: '127.0.0.1:11000' }, 'host', /put 11000 into the port/],
  long: [{ poiId: 'x'.repeat(41) }, 'poiId', /at most 32/],
  till: [{ saleId: 'x'.repeat(33) }, 'saleId', /at most 32/],
  json: [{ saleId: variable('SETTINGS_JSON') }, 'saleId', /an object/],
  maybe: [{ autoLogin: 'maybe' }, 'autoLogin', /true or false/],
  language: [{ language: 'svenska' }, 'language', /sv, no, fi/],
  limit: [{ maxAmount: 'much' }, 'maxAmount', /amount in SEK/],
};
const wrongLanes = new Map(
  Object.entries(wrong).map(([name, [terminal]]) => [name, new Lane(`bad-${name}`, { terminal })]),
);
const node = new Lane('node', {
  nodes: {
    payment: { awaitFulfilment: variable('NEXO_NOT_SET') },
    request: { message: 'AdmnRequest' },
    reversal: { which: 'first' },
  },
});
const first = new Lane('first', { terminal: { poiId: 'POI-twin' } });
const twin = new Lane('twin', { nodes: { payment: {}, login: {} } });

let rig: Rig;
before(async () => {
  rig = await Rig.start({ lanes: [texts, ...wrongLanes.values(), node, first, twin], extra: [environment] });
});
after(() => rig?.end());

/** The first error of a lane, which came without a message. */
async function atDeploy(lane: Lane, path: string) {
  const where = ({ error }: { error: { cause?: { path?: string } } }) => error.cause?.path === path;
  const report = await rig.collector.next({ lane: lane.name, kind: 'catch', where });
  return report.msg.error;
}

describe('settings', { concurrency: true }, () => {
  it('that are clear are taken as they come', async () => {
    for (const name of ['payment', 'payment-no']) {
      const { port, msg } = await rig.pay(texts, { amount: '20.00' }, name);
      assert.deepEqual([port, msg.payload.outcome, msg.payload.currency], [1, 'approved', 'SEK']);
      assert.equal((msg.nexo as { terminal: { poiId: string } }).terminal.poiId, '4711');
    }
    assert.equal((await rig.ask(texts, 'display')).port, 1, 'nothing is held: "false" is not true');
    assert.equal((await refused(rig, texts, 'payment', { payload: '500.01' })).code, 'amount_too_high');
  });

  for (const [name, [, path, advice]] of Object.entries(wrong)) {
    it(`of a terminal that are wrong are reported at the deploy, with what to write: ${name}`, async () => {
      const lane = wrongLanes.get(name);
      assert.ok(lane);
      const { code, message } = await atDeploy(lane, path);
      assert.equal(code, 'invalid_config');
      assert.match(message, advice);
      assert.equal((await refused(rig, lane, 'payment', { payload: 5 })).code, 'invalid_config');
    });
  }

  it('of a palette node are reported at the deploy, too, and for each message', async () => {
    for (const [name, path, advice] of [
      ['payment', 'awaitFulfilment', /NEXO_NOT_SET/],
      ['request', 'message', /mean AdminRequest\?/],
      ['reversal', 'which', /message, last/],
    ] as const) {
      const { code, message } = await atDeploy(node, path);
      assert.equal(code, 'invalid_config');
      assert.match(message, advice);
      assert.equal((await refused(rig, node, name, { payload: 5 })).code, 'invalid_config', name);
    }
  });
});

describe('a terminal whose POIID is in use', () => {
  it('starts by itself once the other one is gone', async () => {
    const { code } = (await rig.collector.next({ lane: 'twin', kind: 'catch' })).msg.error;
    assert.equal(code, 'terminal_in_use');
    assert.equal((await refused(rig, twin, 'payment', { payload: 5 })).code, 'terminal_in_use');
    const others = rig.flows().filter(({ id, z }) => z !== 'first' && id !== 'first' && id !== first.terminalId);
    await rig.nodeRed.deploy(others, 'nodes');
    const { port, msg } = await rig.pay(twin, '21.00');
    assert.deepEqual([port, msg.payload.outcome], [1, 'approved']);
    await rig.status(twin, 'login', 'logged in');
  });
});
