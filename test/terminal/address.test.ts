/** A terminal that gets another address, over HTTP: virtual terminals at several ports, an endpoint, a journal. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { addressMessage } from '../../lib/virtual/pos/terminal-messages.ts';
import { type Device, FollowingPos } from '../support/followed-terminal.ts';
import { freePort } from '../support/virtual-terminal.ts';

async function start(t: TestContext, allow: readonly string[] = [], delay = 0) {
  let pos: FollowingPos | undefined;
  const posOf = () => {
    assert.ok(pos);
    return pos;
  };
  const device = await FollowingPos.device(t, posOf, { delay });
  pos = await FollowingPos.start(t, device, allow);
  return { device, pos, another: (serial: string) => FollowingPos.device(t, posOf, { serial }) };
}

/** What a listener gets about addresses: event and address. */
const eventsOf = ({ notifications }: FollowingPos) =>
  notifications.flatMap(({ payload }) =>
    payload.kind === 'event' ? [[payload.event, payload.details, payload.text] as const] : [],
  );

const answered = ({ lines }: Device) => lines.filter((line) => line.includes(' → ') && !line.includes('⇒'));

test('is followed, and found there after a restart', async (t) => {
  const { device, pos } = await start(t);
  assert.equal((await pos.pay('A')).outcome, 'approved');
  const port = await device.move();
  device.announce(port);
  const notice = await pos.addressNotice();
  assert.deepEqual([notice.followed, notice.address], [true, `127.0.0.1:${port}`]);
  assert.deepEqual(eventsOf(pos), [['AddressChanged', `127.0.0.1:${port}`, notice.message]]);
  await device.close();
  assert.equal((await pos.pay('C')).outcome, 'approved');
  await pos.restart();
  assert.equal((await pos.pay('D')).outcome, 'approved');
  assert.deepEqual(pos.errors, []);
});

test('with another serial number is somebody else: one login, and nothing more', async (t) => {
  const { device, pos, another } = await start(t);
  await pos.pay('A');
  const impostor = await another('9999');
  device.announce(impostor.port);
  const { followed, message } = await pos.addressNotice();
  assert.equal(followed, false);
  assert.match(message, /another serial number/);
  assert.deepEqual(eventsOf(pos), [['AddressRefused', `127.0.0.1:${impostor.port}`, message]]);
  assert.equal((await pos.pay('B')).outcome, 'approved');
  assert.deepEqual(
    answered(impostor).map((line) => line.replace(/\d{5,}/, '…')),
    ['T1 Login … → Success'],
  );
});

test('is followed after the payment that is open, not during it', async (t) => {
  const { device, pos } = await start(t, [], 100);
  await pos.pay('A');
  const port = await device.move();
  const paid = pos.pay('B');
  // At once, not over HTTP: the payment is open for certain.
  const says = addressMessage('T1', { ip: '127.0.0.1', port });
  assert.ok('SaleToPOIRequest' in says);
  await pos.terminal.receive(says.SaleToPOIRequest, { address: '127.0.0.1', connected: () => true });
  assert.equal((await pos.addressNotice()).followed, false);
  assert.equal((await paid).outcome, 'approved');
  assert.equal((await pos.addressNotice(2)).followed, true);
  assert.deepEqual(
    eventsOf(pos).map(([event]) => event),
    ['AddressAnnounced', 'AddressChanged'],
  );
  const [last, before] = answered(device).reverse();
  assert.match(last ?? '', /Login/);
  assert.match(before ?? '', /Payment/);
  assert.equal((await pos.pay('C')).outcome, 'approved');
});

test('where nobody answers: the old address stays', async (t) => {
  const { device, pos } = await start(t);
  await pos.pay('A');
  const port = await freePort();
  device.announce(port);
  const notice = await pos.addressNotice();
  assert.equal(notice.followed, false);
  assert.match(notice.message, /ECONNREFUSED/);
  assert.deepEqual(new Set(pos.opened), new Set([`127.0.0.1:${port}`]));
  assert.equal((await pos.pay('B')).outcome, 'approved');
});

test('in a network that is not allowed, or is not the sender’s own: nothing is sent there', async (t) => {
  for (const [allow, ip] of [
    [['127.0.0.1', '10.0.0.0/8'], '127.0.0.2'],
    [['127.0.0.1', '10.0.0.0/8'], '192.168.1.20'],
    [[], '127.0.0.2'],
    [[], '192.168.1.20'],
    [[], '8.8.8.8'],
  ] as const) {
    const { device, pos } = await start(t, allow);
    await pos.pay(`A ${allow.length} ${ip}`);
    device.announce(device.port, ip);
    const { followed, message } = await pos.addressNotice();
    assert.equal(followed, false);
    assert.match(message, /127\.0\.0\.1 announces that the terminal is at .*Nothing is sent there/);
    assert.deepEqual(eventsOf(pos), [['AddressRefused', `${ip}:${device.port}`, message]]);
    assert.deepEqual(pos.opened, []);
    await pos.stop();
  }
});

test('given again and again is told once', async (t) => {
  const { device, pos } = await start(t);
  for (const port of [1, 2, 3]) {
    const says = addressMessage('T1', { ip: '8.8.8.8', port });
    assert.ok('SaleToPOIRequest' in says);
    await pos.terminal.receive(says.SaleToPOIRequest, { address: '127.0.0.1', connected: () => true });
  }
  assert.equal(pos.notices.length, 1);
  assert.equal(pos.notifications.length, 1, 'a listener is not flooded either');
  device.announce(await device.move(), '127.0.0.3');
  assert.match((await pos.addressNotice(2)).message, /127\.0\.0\.3/);
});

test('without a listener, the first one that comes gets the latest notice, and only that one', async (t) => {
  const { device, pos, another } = await start(t);
  await pos.pay('A');
  pos.stopListening();
  const impostor = await another('9999');
  device.announce(impostor.port);
  await pos.addressNotice();
  const port = await device.move();
  device.announce(port);
  await pos.addressNotice(2);
  assert.deepEqual(eventsOf(pos), []);
  pos.listen();
  pos.listen();
  assert.deepEqual(
    eventsOf(pos).map(([event, address]) => [event, address]),
    [['AddressChanged', `127.0.0.1:${port}`]],
  );
});

test('from an address that may not call: refused before it is read', async (t) => {
  const { device, pos } = await start(t, ['10.0.0.0/8']);
  await pos.pay('A');
  device.announce(await device.move());
  assert.equal((await pos.pay('B')).outcome, 'approved');
  assert.deepEqual([pos.notices, pos.opened], [[], []]);
});

describe('a terminal without a configured address', () => {
  async function startWithout(t: TestContext) {
    let pos: FollowingPos | undefined;
    const posOf = () => {
      assert.ok(pos);
      return pos;
    };
    const device = await FollowingPos.device(t, posOf, { serial: '17101' });
    pos = await FollowingPos.start(t, undefined);
    return { device, pos, another: (serial: string) => FollowingPos.device(t, posOf, { serial }) };
  }

  test('is waited for, taken when it announces itself, and found there after a restart', async (t) => {
    const { device, pos } = await startWithout(t);
    const early = await pos.pay('A');
    assert.deepEqual([early.outcome, early.error?.condition], ['not_started', 'Unreachable']);
    assert.match(early.error?.message ?? '', /press Save there/);
    device.announce(device.port);
    const { followed, address } = await pos.addressNotice();
    assert.deepEqual([followed, address], [true, `127.0.0.1:${device.port}`]);
    assert.equal((await pos.pay('B')).outcome, 'approved');
    await pos.restart();
    assert.equal((await pos.pay('C')).outcome, 'approved');
    assert.deepEqual(pos.errors, []);
  });

  test('is checked as a change is: where it may be, and, once it is known, its serial number', async (t) => {
    const { device, pos, another } = await startWithout(t);
    device.announce(device.port, '10.9.8.7');
    assert.equal((await pos.addressNotice()).followed, false);
    assert.deepEqual(pos.opened, [], 'nothing is sent to an address that is not allowed');
    device.announce(device.port);
    assert.equal((await pos.addressNotice(2)).followed, true);
    const impostor = await another('9999');
    impostor.announce(impostor.port);
    const notice = await pos.addressNotice(3);
    assert.equal(notice.followed, false);
    assert.match(notice.message, /another serial number/);
    assert.equal((await pos.pay('A')).outcome, 'approved');
    assert.ok(device.lines.some((line) => line.includes('Payment')));
  });
});
