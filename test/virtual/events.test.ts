import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../../lib/protocol/types.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';
import { encode } from '../../lib/protocol/xml/encode.ts';
import { VirtualTerminals } from '../../lib/virtual/virtual-terminals.ts';
import { HandClock } from '../support/clock.ts';
import * as pos from '../support/pos.ts';
import { sample } from '../support/wire.ts';
import { FULL, login, polite, silent, Till } from './till.ts';

function logout(id: string, MaintenanceAllowed: boolean): Message {
  return pos.request({ id }, 'Logout', { LogoutRequest: { MaintenanceAllowed } });
}

test('an update, as the diagram draws it, and nobody gets in meanwhile', () => {
  const one = new Till();
  one.login();
  one.take();
  one.terminal.requireMaintenance(60_000);
  one.ask(logout('2', true));
  one.clock.turn(59_999);
  one.login(FULL, 'en', '3');
  one.ask(pos.payment({ id: '4' }, '10'));
  one.ask(pos.status({ id: '5' }));
  one.clock.turn(1);
  one.login(FULL, 'en', '6');
  assert.deepEqual(one.take(), [
    'Event SaleAdmin',
    'Logout →',
    '← Logout Success',
    'Event BeginMaintenance',
    'Login →',
    '← Login Failure Busy',
    'Payment →',
    '← Payment Failure NotAllowed',
    'TransactionStatus →',
    '← TransactionStatus Failure NotAllowed',
    'Event EndMaintenance',
    'Login →',
    '← Login Success',
    'Display Please wait',
    'Display Welcome',
  ]);
});

test('a logout that does not allow it leaves the update waiting, and the next login hears of it', () => {
  const one = new Till();
  one.login();
  one.terminal.requireMaintenance();
  one.ask(logout('2', false));
  one.take();
  one.login(FULL, 'en', '3');
  one.ask(logout('4', true));
  one.clock.turn(5000);
  assert.deepEqual(
    one.take().filter((line) => line.startsWith('Event')),
    ['Event SaleAdmin', 'Event BeginMaintenance', 'Event EndMaintenance'],
  );
  one.login(FULL, 'en', '5');
  one.ask(logout('6', true));
  assert.ok(!one.take().some((line) => line.startsWith('Event')), 'it is made');
});

test('with the option an update is always waiting; a client-only POS sees only the Busy', () => {
  const one = new Till({ maintenance: 1000 });
  for (const id of ['1', '2']) {
    one.login(FULL, 'en', id);
    one.ask(logout('9', true));
    one.clock.turn(1000);
    assert.equal(one.take().filter((line) => line.startsWith('Event')).length, 3);
  }
  one.login(['PrinterReceipt']);
  one.ask(logout('9', true));
  one.login(['PrinterReceipt']);
  one.clock.turn(1000);
  one.login(['PrinterReceipt']);
  assert.deepEqual(one.take(), [
    'Login →',
    '← Login Success',
    'Logout →',
    '← Logout Success',
    'Login →',
    '← Login Failure Busy',
    'Login →',
    '← Login Success',
  ]);
});

test('power off in the middle of an update ends it, and it waits again', () => {
  const one = new Till();
  one.login();
  one.terminal.requireMaintenance();
  one.ask(logout('2', true));
  one.terminal.reboot();
  one.take();
  assert.equal(one.clock.pending, 0);
  one.login(FULL, 'en', '3');
  assert.deepEqual(one.take(), [
    'Login →',
    '← Login Success',
    'Display Please wait',
    'Event SaleAdmin',
    'Display Welcome',
  ]);
});

test('an event is shaped as in the sample, its time local and with milliseconds', () => {
  const one = new Till();
  one.login();
  one.terminal.requireMaintenance();
  const event = one.heard.find(({ EventNotification }) => EventNotification);
  const published = decode(sample('event-notification-sale-admin')).message;
  assert.ok(event && 'SaleToPOIRequest' in published);
  const { TimeStamp, ...rest } = event.EventNotification ?? { TimeStamp: '' };
  const { TimeStamp: _, ...expected } = published.SaleToPOIRequest.EventNotification ?? {};
  assert.deepEqual(rest, expected);
  assert.equal(TimeStamp, '2023-08-24T17:04:00.498+02:00');
  assert.deepEqual(
    Object.keys(event.MessageHeader).sort(),
    Object.keys(published.SaleToPOIRequest.MessageHeader).sort(),
  );
});

test('events outside a payment are sent even after the POS was silent, and in order', () => {
  const one = new Till({}, silent);
  one.login();
  one.clock.turn(3000);
  one.take();
  one.listener = polite;
  one.terminal.notify({ name: 'CardInserted' });
  one.terminal.notify({ name: 'CardRemoved' });
  assert.deepEqual(one.take(), ['Event CardInserted', 'Event CardRemoved']);
});

test('the address: no session needed, ids and contents as in the sample', () => {
  const one = new Till();
  one.terminal.announceAddress({ ip: '192.168.78.15', port: 11000 });
  const published = decode(sample('transmit-request-terminal-address')).message;
  assert.ok('SaleToPOIRequest' in published);
  const { MessageHeader: header, TransmitRequest: body } = published.SaleToPOIRequest;
  const content = (text = '') => JSON.parse(Buffer.from(text, 'base64').toString());
  assert.deepEqual(one.heard[0]?.MessageHeader, header);
  assert.deepEqual(content(one.heard[0]?.TransmitRequest?.Message), content(body?.Message));
  assert.equal(one.heard[0]?.TransmitRequest?.DestinationAddress, body?.DestinationAddress);
  assert.equal(one.heard[0]?.TransmitRequest?.MaximumTransmitTime, body?.MaximumTransmitTime);
});

test('a message that is refused unread is reported, without what may be a card number', () => {
  const clock = new HandClock();
  const heard: Message[] = [];
  const lines: string[] = [];
  const terminals = new VirtualTerminals({
    clock,
    log: (line) => lines.push(line),
    pos: (poiId) => ({
      send(message, answered) {
        assert.equal(poiId, 'A-POIID');
        heard.push(message);
        answered({ type: 'empty' });
      },
    }),
  });
  const post = (bytes: Buffer) => terminals.receive(bytes, () => {});
  post(encode(login(FULL)));
  heard.length = 0;
  const wrong = Buffer.from(
    encode(pos.payment({ id: '2' }, '10'))
      .toString()
      .replace('RequestedAmount', 'Requestedamount'),
  );
  post(wrong);
  const secret = { PAN: '4539031234567890', ExpiryDate: '2911' };
  const instrument = { PaymentInstrumentType: 'Card', CardData: { EntryMode: ['Keyed'], SensitiveCardData: secret } };
  post(
    Buffer.from(
      encode(pos.payment({ id: '3' }, '10', { instrument }))
        .toString()
        .replace('RequestedAmount', 'x'),
    ),
  );
  const events = heard.map((one) => ('SaleToPOIRequest' in one ? one.SaleToPOIRequest.EventNotification : undefined));
  assert.deepEqual(
    events.map((event) => event?.EventToNotify),
    ['Reject', 'Reject'],
  );
  assert.equal(Buffer.from(events[0]?.RejectedMessage ?? '', 'base64').toString(), wrong.toString());
  assert.equal(events[1]?.RejectedMessage, undefined);
  assert.ok(lines.includes('A-POIID ⇒ POS Event 3 Reject → 204'), lines.join('\n'));
  assert.doesNotMatch(JSON.stringify([lines, events]), /4539031234567890/);
});

test('terminals of one process speak to the POS each for itself', () => {
  const clock = new HandClock();
  const heard: string[] = [];
  const terminals = new VirtualTerminals({
    clock,
    pos: (poiId) =>
      poiId === 'C'
        ? undefined
        : {
            send(message, answered) {
              if ('SaleToPOIRequest' in message) heard.push(`${poiId} ${message.SaleToPOIRequest.MessageHeader.POIID}`);
              if (poiId === 'A') answered({ type: 'empty' });
            },
          },
  });
  for (const poiId of ['A', 'B', 'C']) {
    const request = login(FULL);
    if ('SaleToPOIRequest' in request) request.SaleToPOIRequest.MessageHeader.POIID = poiId;
    terminals.receive(encode(request), () => {});
  }
  assert.deepEqual(heard, ['A A', 'A A', 'B B'], 'B waits for an answer, and A does not wait for B');
  terminals.close();
  assert.equal(clock.pending, 0);
});
