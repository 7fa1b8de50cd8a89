/** What a terminal says by itself, and the ways an answer takes. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { MemoryJournal } from '../../lib/journal/memory.ts';
import type { Message, SaleToPOIRequest } from '../../lib/protocol/types.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';
import type { TransactionRecord } from '../../lib/session/record.ts';
import type { TerminalNotification } from '../../lib/terminal/notification-hub.ts';
import { Terminal } from '../../lib/terminal/terminal.ts';
import { LanTransport } from '../../lib/transport/lan.ts';
import { confirmation, confirmationRequest } from '../../lib/virtual/pos/terminal-messages.ts';
import { answer, rawServer } from '../support/raw-server.ts';
import { config } from '../support/session-driver.ts';

const sender = { poiId: 'T1', saleId: '1', serviceId: '7', deviceId: '8' };

function question(): SaleToPOIRequest {
  const message = confirmationRequest(sender, 'Signature OK?', 60_000);
  assert.ok('SaleToPOIRequest' in message);
  return message.SaleToPOIRequest;
}

/** A terminal that answers whatever it is sent with 204, and a list of that. */
async function start(t: TestContext) {
  const posted: Message[] = [];
  let heard: () => void = () => undefined;
  const next = new Promise<void>((resolve) => {
    heard = resolve;
  });
  const server = await rawServer((socket, count) => {
    const [, body = ''] = server.requests[count - 1]?.split('\r\n\r\n') ?? [];
    posted.push(decode(Buffer.from(body, 'latin1')).message);
    socket.write(answer('', '204 No Content'));
    heard();
  });
  const { timeouts, ...settings } = config;
  const terminal = new Terminal({
    config: { ...settings, terminal: t.name, inbound: 'all' },
    timeouts,
    transport: new LanTransport({ host: '127.0.0.1', port: server.port }),
    journal: async () => new MemoryJournal<TransactionRecord>(),
  });
  await terminal.journal();
  t.after(async () => {
    await terminal.close();
    await server.close();
  });
  const notices: TerminalNotification[] = [];
  const listen = (notes = notices) => terminal.notifications.listen((notice) => notes.push(notice));
  return { terminal, posted, next, notices, listen };
}

const from = (connected: boolean) => ({ address: '127.0.0.1', connected: () => connected });

test('a question is answered where it was asked', async (t) => {
  const { terminal, posted, notices, listen } = await start(t);
  listen();
  const answered = terminal.receive(question(), from(true));
  await terminal.reply(notices[0]?.replyId ?? '', true);
  const message = await answered;
  assert.ok(message);
  assert.equal(confirmation(message, '8'), true);
  assert.deepEqual(posted, []);
});

test('a terminal that no longer waits there gets the answer as a message of its own', async (t) => {
  const { terminal, posted, next, notices, listen } = await start(t);
  listen();
  const answered = terminal.receive(question(), from(false));
  await terminal.reply(notices[0]?.replyId ?? '', true);
  await answered;
  await next;
  const [message] = posted;
  assert.ok(message);
  assert.equal(confirmation(message, '8'), true);
});

test('what is only told is not answered in a message of its own', async (t) => {
  const { terminal, posted } = await start(t);
  const { MessageHeader } = question();
  const event = { TimeStamp: '2026-01-01T00:00:00Z', EventToNotify: 'CardInserted' };
  await terminal.receive({ MessageHeader, EventNotification: event }, from(false));
  const display = { Device: 'CashierDisplay', InfoQualify: 'Display', ResponseRequiredFlag: true };
  const OutputContent = { OutputFormat: 'Text', OutputText: [{ Text: 'Hi' }] };
  const DisplayRequest = { DisplayOutput: [{ ...display, OutputContent }] };
  await terminal.receive({ MessageHeader, DisplayRequest }, from(false));
  assert.deepEqual(posted, []);
});

test('an open question is put again to whoever comes: a listener that was deployed anew', async (t) => {
  const { terminal, notices, listen } = await start(t);
  const leave = listen();
  const stays: TerminalNotification[] = [];
  listen(stays);
  const answered = terminal.receive(question(), from(true));
  leave();
  const anew: TerminalNotification[] = [];
  listen(anew);
  assert.equal(anew[0]?.replyId, notices[0]?.replyId);
  assert.equal(anew[0]?.payload.text, 'Signature OK?');
  assert.equal(stays.length, 1, 'who heard it hears it once');
  await terminal.reply(anew[0]?.replyId ?? '', true);
  const message = await answered;
  assert.ok(message);
  assert.equal(confirmation(message, '8'), true);
  const late: TerminalNotification[] = [];
  listen(late);
  assert.deepEqual(late, [], 'it is answered');
});
