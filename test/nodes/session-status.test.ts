/** Login, logout and status: what flows see of a terminal's session and of transactions past. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Lane } from '../support/node-red-flow.ts';
import { Rig } from '../support/node-red-rig.ts';

const nodes = { payment: {}, abort: {}, status: {}, login: {}, logout: {} };
const session = new Lane('session', { nodes });
const manual = new Lane('manual', { terminal: { autoLogin: false }, nodes });
const past = new Lane('past', { nodes });
const present = new Lane('present', { nodes });

let rig: Rig;
before(async () => {
  rig = await Rig.start({ lanes: [session, manual, past, present] });
});
after(() => rig?.end());

const logins = (lane: Lane) => rig.terminal.exchanges(lane.poiId).filter((line) => line.startsWith('Login')).length;

describe('a flow', { concurrency: true }, () => {
  it('logs in and out; the next payment logs in again by itself', async () => {
    const { msg } = await rig.ask(session, 'login');
    const payload = msg.payload as unknown as Record<string, unknown>;
    assert.equal(payload.loggedIn, true);
    assert.match(String(payload.serialNumber), /^\w+$/);
    assert.ok(payload.software && Array.isArray(payload.capabilities));
    assert.ok(msg.nexo.request && msg.nexo.response);
    await rig.status(session, 'login', 'logged in');

    const out = await rig.ask(session, 'logout', { maintenanceAllowed: true });
    assert.deepEqual(out.msg.payload, { loggedIn: false });
    assert.match(JSON.stringify(out.msg.nexo.request), /"MaintenanceAllowed":true/);
    await rig.status(session, 'logout', 'logged out');

    assert.equal((await rig.pay(session, '20.00')).msg.payload.outcome, 'approved');
    assert.equal(logins(session), 2);
    assert.equal((await rig.pay(session, '21.00')).msg.payload.outcome, 'approved');
    assert.equal(logins(session), 2, 'the session stays open');
  });

  it('may have to log in itself: without, nothing is started', async () => {
    const payload = { amount: '22.00', transactionId: 'order-22' };
    const { port, msg } = await rig.pay(manual, payload);
    assert.deepEqual([port, msg.payload.outcome, msg.payload.error?.condition], [2, 'not_started', 'NotAllowed']);
    assert.equal(logins(manual), 0);
    await rig.ask(manual, 'login');
    const again = await rig.pay(manual, payload);
    assert.deepEqual([again.port, again.msg.payload.outcome], [1, 'approved']);
    assert.equal(rig.terminal.moved('order-22').length, 1);
  });

  it('asks how a payment ended: the last one, by transactionId, by serviceId', async () => {
    const first = (await rig.pay(past, { amount: '30.00', context: { table: 5 } })).msg.payload;
    const last = (await rig.pay(past, '31.01')).msg.payload;
    const found = async (query?: unknown) => {
      const { session: state, ...payload } = (await rig.ask(past, 'status', query)).msg.payload;
      assert.deepEqual(state, { state: 'ready' });
      return payload;
    };
    assert.deepEqual(await found({ transactionId: first.transactionId }), first);
    assert.deepEqual(await found({ serviceId: first.serviceId }), first);
    assert.deepEqual(await found(), last, 'without a name: the last one');
    assert.deepEqual(await found(true), last);
    assert.deepEqual(await found(first.transactionId), first);

    const unknown = await found({ transactionId: 'never heard of' });
    assert.deepEqual([unknown.outcome, unknown.error?.condition], ['unresolved', 'NotFound']);
    const nobody = await found({ serviceId: '0' });
    assert.deepEqual([nobody.outcome, nobody.error?.condition], ['unresolved', 'NotFound']);
    const error = await rig.caught(past, await rig.feed(past, 'status', { payload: { serviceId: 'much too long' } }));
    assert.deepEqual([error.code, error.cause?.path], ['invalid_service_id', 'payload.serviceId']);
  });

  it('asks for the status of a payment that is still in progress, which changes nothing', async () => {
    const msgid = await rig.feed(present, 'payment', { payload: { amount: '32.06', transactionId: 'order-32' } });
    await rig.status(present, 'payment', 'waiting for card');
    for (const query of [{ transactionId: 'order-32' }, undefined]) {
      const { outcome, error, transactionId, session: state } = (await rig.ask(present, 'status', query)).msg.payload;
      assert.deepEqual([outcome, error?.condition, transactionId], ['unresolved', 'InProgress', 'order-32']);
      assert.deepEqual(state, { state: 'paying' });
    }
    await rig.ask(present, 'abort');
    assert.equal((await rig.final(present, msgid)).msg.payload.outcome, 'aborted');
  });
});

it('every result was sent once', () => rig.assertOnce());
