/** Payments through the cloud's stand-in, from a Node-RED in a process of its own. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { NodeAPI } from 'node-red';
import type { CloudService } from '../../lib/virtual/cloud/cloud-service.ts';
import { addPairingRoute } from '../../nodes/shared/pairing-route.ts';
import { CLIENT, CloudRig } from '../support/node-red-cloud.ts';
import type { LaneOptions } from '../support/node-red-flow.ts';
import type { Rig } from '../support/node-red-rig.ts';

const all = { payment: {}, login: {}, status: {} };
const lanes: Record<string, LaneOptions> = {
  calm: { nodes: all },
  renewed: { nodes: all },
  dropped: { nodes: all },
  busy: { nodes: all },
  revoked: { nodes: all },
  wrong: { nodes: all },
  unpaired: { nodes: all },
  polled: { terminal: { events: 'poll' }, nodes: { payment: {}, listener: {} } },
  paired: { nodes: all },
};

let cloud: CloudRig;
let rig: Rig;
let service: CloudService;
const lane = (name: string) => cloud.lane(name);
const moved = (name: string) => cloud.moved(name);

before(async () => {
  cloud = await CloudRig.start({
    lanes,
    credentials: (name, own) => {
      if (name === 'unpaired') return undefined;
      return name === 'wrong' ? { ...own, clientSecret: 'wrong-secret' } : own;
    },
  });
  ({ rig, service } = cloud);
});
after(() => cloud?.end());

describe('through the cloud', { concurrency: true }, () => {
  it('a payment is approved', async () => {
    const { port, msg } = await rig.pay(lane('calm'), '89.00');
    assert.deepEqual([port, msg.payload.outcome, msg.payload.recovered], [1, 'approved', false]);
    assert.equal(moved('calm'), 1);
    const declined = await rig.pay(lane('calm'), '89.01');
    assert.deepEqual([declined.port, declined.msg.payload.outcome], [2, 'declined']);
  });

  it('tokens that are void in mid-flow are renewed, and nothing is paid twice', async () => {
    await rig.ask(lane('renewed'), 'login');
    service.tokens.revoke();
    const { msg } = await rig.pay(lane('renewed'), 45);
    assert.deepEqual([msg.payload.outcome, msg.payload.recovered], ['approved', false]);
    assert.equal(moved('renewed'), 1);
  });

  it('an answer that is lost on the way is asked for, and the money moves once', async () => {
    await rig.ask(lane('dropped'), 'login');
    service.faults.add({ type: 'drop', relayed: true, on: 'Payment', poiId: lane('dropped').poiId });
    const { port, msg } = await rig.pay(lane('dropped'), 46);
    assert.deepEqual([port, msg.payload.outcome, msg.payload.amount], [1, 'approved', '46.00']);
    assert.equal(moved('dropped'), 1);
  });

  it('a service without capacity: waited for, where that does no harm', async () => {
    const poiId = lane('busy').poiId;
    const headers = { 'retry-after': '1' };
    service.faults.add({ type: 'status', status: 503, headers, on: 'Login', poiId });
    const { msg } = await rig.pay(lane('busy'), 47);
    assert.equal(msg.payload.outcome, 'approved');
    assert.equal(moved('busy'), 1);
  });

  it('a revoked channel: not started, and says to pair again', async () => {
    service.channels.revoke(lane('revoked').poiId);
    const { port, msg } = await rig.pay(lane('revoked'), 48);
    assert.deepEqual([port, msg.payload.outcome], [2, 'not_started']);
    assert.match(msg.payload.error?.message ?? '', /does not serve this channel.*Pair the terminal again/);
    assert.equal(moved('revoked'), 0);
  });

  it('a wrong secret: not started, nothing sent, and says what to do', async () => {
    const { port, msg } = await rig.pay(lane('wrong'), 49);
    assert.deepEqual([port, msg.payload.outcome], [2, 'not_started']);
    assert.match(
      msg.payload.error?.message ?? '',
      /client secret is wrong or has expired.*Get valid ones from Swedbank Pay/,
    );
    assert.equal(moved('wrong'), 0);
    await rig.status(lane('wrong'), 'terminal', 'unreachable');
  });

  it('without credentials: an error for Catch nodes that says what is missing', async () => {
    const msgid = await rig.feed(lane('unpaired'), 'payment', { payload: 1 });
    const error = await rig.caught(lane('unpaired'), msgid);
    assert.equal(error.code, 'invalid_config');
    assert.match(error.message, /client id of the cloud service is missing/);
  });

  it('what the terminal shows reaches a listener, by polling', async () => {
    const { msg } = await rig.pay(lane('polled'), '450');
    assert.equal(msg.payload.outcome, 'approved');
    const shown = { lane: 'polled', kind: 'output', node: 'listener', port: 1 } as const;
    await rig.collector.next({ ...shown, where: ({ payload }) => String(Object(payload).text).includes('Godkänt') });
  });
});

describe('the Pair button', () => {
  const ask = async (fields: Record<string, unknown>) => {
    const response = await fetch(`${rig.nodeRed.url}/nexo-terminal/pair`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(fields),
    });
    assert.equal(response.headers.get('cache-control'), 'no-store');
    const text = await response.text();
    assert.ok(!text.includes(CLIENT.clientSecret), text);
    return {
      status: response.status,
      ...(JSON.parse(text) as Record<'channelId' | 'code' | 'message' | 'path', string>),
    };
  };
  const fields = () => ({ ...cloud.addresses, scope: 'api', ...CLIENT });
  const shown = (name: string) => service.channels.codes.find(({ poiId }) => poiId === lane(name).poiId)?.code;
  const kept = () => ({ ...fields(), clientSecret: '__PWRD__', id: lane('paired').terminalId });

  it('pairs with what is in the dialog, and pays through the new channel once it is deployed', async () => {
    const old = cloud.channels.get(lane('paired').poiId);
    const { status, channelId } = await ask({ ...fields(), code: shown('paired') });
    assert.equal(status, 200);
    assert.notEqual(channelId, old);
    const stale = await rig.pay(lane('paired'), 50);
    assert.equal(stale.msg.payload.outcome, 'not_started');
    cloud.channels.set(lane('paired').poiId, channelId);
    await cloud.deploy();
    assert.equal((await rig.pay(lane('paired'), 51)).msg.payload.outcome, 'approved');
  });

  it('pairs with the secret that is kept, and sends that nowhere else', async () => {
    const { status, channelId } = await ask({ ...kept(), code: shown('paired') });
    assert.deepEqual([status, typeof channelId], [200, 'string']);
    for (const moved of ['tokenUrl', 'baseUrl', 'clientId']) {
      const { status: refused, code, path } = await ask({ ...kept(), [moved]: 'http://127.0.0.1:9/', code: '1' });
      assert.deepEqual([refused, code, path], [422, 'cloud_secret_needed', 'clientSecret'], moved);
    }
    const { code } = await ask({ ...kept(), id: 'not-deployed', code: '1' });
    assert.equal(code, 'cloud_secret_needed');
  });

  it('says what is wrong: the code, the secret, a field', async () => {
    const wrong: [Record<string, unknown>, string, RegExp][] = [
      [{ ...fields(), code: '000000' }, 'cloud_pairing_code', /enter the new code/],
      [{ ...fields(), code: 17 }, 'cloud_pairing_code', /Enter the code that the terminal shows/],
      [{ ...fields(), clientSecret: 'no', code: '123456' }, 'cloud_credentials', /24 months/],
      [{ ...fields(), tokenUrl: 'http://cloud.example/', code: '1' }, 'invalid_config', /https:/],
      [{ ...fields(), baseUrl: 'http://127.0.0.1:9', code: '1' }, 'cloud_unreachable', /ECONNREFUSED/],
      [{}, 'invalid_config', /missing/],
    ];
    for (const [body, code, message] of wrong) {
      const answer = await ask(body);
      assert.deepEqual([answer.status, answer.code], [422, code], JSON.stringify(body));
      assert.match(answer.message, message);
    }
  });
});

it('pairing is for those who may write', () => {
  const asked: string[] = [];
  const auth = { needsPermission: (permission: string) => asked.push(permission) };
  addPairingRoute({ httpAdmin: { post: () => undefined }, auth } as unknown as NodeAPI);
  assert.deepEqual(asked, ['nexo-terminal.write']);
});

it('no secret is in a message, a status, the log or the flow file', () => {
  const flows = readFileSync(join(rig.userDir, 'flows.json'), 'utf8');
  const texts = [JSON.stringify(rig.collector.all()), rig.nodeRed.log, flows];
  for (const secret of [CLIENT.clientId, CLIENT.clientSecret, 'wrong-secret', 'Bearer', ...cloud.channels.values()]) {
    for (const text of texts) assert.ok(!text.includes(secret), secret);
  }
});
