import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../../lib/protocol/types.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';
import { encode } from '../../lib/protocol/xml/encode.ts';
import { VirtualTerminals } from '../../lib/virtual/virtual-terminals.ts';
import { ManualClock } from '../support/clock.ts';
import * as pos from '../support/pos.ts';
import { sample } from '../support/wire.ts';
import { accepting, FULL, login, RecordingPos, silent } from './recording-pos.ts';

function logout(id: string, MaintenanceAllowed: boolean): Message {
  return pos.request({ id }, 'Logout', { LogoutRequest: { MaintenanceAllowed } });
}

test('an update as in the diagram; a login meanwhile is Busy', () => {
  const recorder = new RecordingPos();
  recorder.login();
  recorder.takeLog();
  recorder.terminal.requireMaintenance(60_000);
  recorder.request(logout('2', true));
  recorder.clock.advance(59_999);
  recorder.login(FULL, 'en', '3');
  recorder.request(pos.payment({ id: '4' }, '10'));
  recorder.request(pos.status({ id: '5' }));
  recorder.clock.advance(1);
  recorder.login(FULL, 'en', '6');
  assert.deepEqual(recorder.takeLog(), [
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

test('a logout that does not allow it leaves the update pending, and the next login is notified', () => {
  const recorder = new RecordingPos();
  recorder.login();
  recorder.terminal.requireMaintenance();
  recorder.request(logout('2', false));
  recorder.takeLog();
  recorder.login(FULL, 'en', '3');
  recorder.request(logout('4', true));
  recorder.clock.advance(5000);
  assert.deepEqual(
    recorder.takeLog().filter((line) => line.startsWith('Event')),
    ['Event SaleAdmin', 'Event BeginMaintenance', 'Event EndMaintenance'],
  );
  recorder.login(FULL, 'en', '5');
  recorder.request(logout('6', true));
  assert.ok(!recorder.takeLog().some((line) => line.startsWith('Event')), 'it is made');
});

test('with the option an update is always pending; a client-only POS gets only the Busy', () => {
  const recorder = new RecordingPos({ maintenance: 1000 });
  for (const id of ['1', '2']) {
    recorder.login(FULL, 'en', id);
    recorder.request(logout('9', true));
    recorder.clock.advance(1000);
    assert.equal(recorder.takeLog().filter((line) => line.startsWith('Event')).length, 3);
  }
  recorder.login(['PrinterReceipt']);
  recorder.request(logout('9', true));
  recorder.login(['PrinterReceipt']);
  recorder.clock.advance(1000);
  recorder.login(['PrinterReceipt']);
  assert.deepEqual(recorder.takeLog(), [
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

test('power off during an update ends it, and it is pending again', () => {
  const recorder = new RecordingPos();
  recorder.login();
  recorder.terminal.requireMaintenance();
  recorder.request(logout('2', true));
  recorder.terminal.reboot();
  recorder.takeLog();
  assert.equal(recorder.clock.pending, 0);
  recorder.login(FULL, 'en', '3');
  assert.deepEqual(recorder.takeLog(), [
    'Login →',
    '← Login Success',
    'Display Please wait',
    'Event SaleAdmin',
    'Display Welcome',
  ]);
});

test('an event is shaped as in the sample, its time local and with milliseconds', () => {
  const recorder = new RecordingPos();
  recorder.login();
  recorder.terminal.requireMaintenance();
  const event = recorder.received.find(({ EventNotification }) => EventNotification);
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
  const recorder = new RecordingPos({}, silent);
  recorder.login();
  recorder.clock.advance(3000);
  recorder.takeLog();
  recorder.behaviour = accepting;
  recorder.terminal.notify({ name: 'CardInserted' });
  recorder.terminal.notify({ name: 'CardRemoved' });
  assert.deepEqual(recorder.takeLog(), ['Event CardInserted', 'Event CardRemoved']);
});

test('the address: no session needed, ids and contents as in the sample', () => {
  const recorder = new RecordingPos();
  recorder.terminal.announceAddress({ ip: '192.168.78.15', port: 11000 });
  const published = decode(sample('transmit-request-terminal-address')).message;
  assert.ok('SaleToPOIRequest' in published);
  const { MessageHeader: header, TransmitRequest: body } = published.SaleToPOIRequest;
  const content = (text = '') => JSON.parse(Buffer.from(text, 'base64').toString());
  assert.deepEqual(recorder.received[0]?.MessageHeader, header);
  assert.deepEqual(content(recorder.received[0]?.TransmitRequest?.Message), content(body?.Message));
  assert.equal(recorder.received[0]?.TransmitRequest?.DestinationAddress, body?.DestinationAddress);
  assert.equal(recorder.received[0]?.TransmitRequest?.MaximumTransmitTime, body?.MaximumTransmitTime);
});

test('a message that is refused unread is reported, but not one that may contain a card number', () => {
  const clock = new ManualClock();
  const received: Message[] = [];
  const lines: string[] = [];
  const terminals = new VirtualTerminals({
    clock,
    log: (line) => lines.push(line),
    pos: (poiId) => ({
      send(message, answered) {
        assert.equal(poiId, 'A-POIID');
        received.push(message);
        answered({ type: 'empty' });
      },
    }),
  });
  const post = (bytes: Buffer) => terminals.receive(bytes, () => {});
  post(encode(login(FULL)));
  received.length = 0;
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
  const events = received.map((one) =>
    'SaleToPOIRequest' in one ? one.SaleToPOIRequest.EventNotification : undefined,
  );
  assert.deepEqual(
    events.map((event) => event?.EventToNotify),
    ['Reject', 'Reject'],
  );
  assert.equal(Buffer.from(events[0]?.RejectedMessage ?? '', 'base64').toString(), wrong.toString());
  assert.equal(events[1]?.RejectedMessage, undefined);
  assert.ok(lines.includes('A-POIID ⇒ POS Event 3 Reject → 204'), lines.join('\n'));
  assert.doesNotMatch(JSON.stringify([lines, events]), /4539031234567890/);
});

test('the terminals of one process send to the POS independently', () => {
  const clock = new ManualClock();
  const received: string[] = [];
  const terminals = new VirtualTerminals({
    clock,
    pos: (poiId) =>
      poiId === 'C'
        ? undefined
        : {
            send(message, answered) {
              if ('SaleToPOIRequest' in message)
                received.push(`${poiId} ${message.SaleToPOIRequest.MessageHeader.POIID}`);
              if (poiId === 'A') answered({ type: 'empty' });
            },
          },
  });
  for (const poiId of ['A', 'B', 'C']) {
    const request = login(FULL);
    if ('SaleToPOIRequest' in request) request.SaleToPOIRequest.MessageHeader.POIID = poiId;
    terminals.receive(encode(request), () => {});
  }
  assert.deepEqual(received, ['A A', 'A A', 'B B'], 'B waits for an answer, and A does not wait for B');
  terminals.close();
  assert.equal(clock.pending, 0);
});
