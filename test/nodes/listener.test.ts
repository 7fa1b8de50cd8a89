/** The terminal's own messages: how they come out of a listener, and what the terminal gets for them. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Lane } from '../support/node-red-flow.ts';
import { endpointNode, terminalMessages } from '../support/node-red-inbound.ts';
import { Rig } from '../support/node-red-rig.ts';
import { freePort } from '../support/virtual-terminal.ts';

const nodes = { payment: {}, listener: {}, reply: {}, abort: {}, card: {}, 'card-abort': { action: 'abort' } };
const terminal = { endpoint: 'listener-endpoint' };
const desk = new Lane('desk', { nodes, terminal });
const signs = new Lane('signs', { nodes, terminal });
const reads = new Lane('reads', { nodes, terminal });

let rig: Rig;
let url: string;
before(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}/EPASSaleToPOI/3.1`;
  const extra = [endpointNode('listener-endpoint', port)];
  rig = await Rig.start({ lanes: [desk, signs, reads], extra, terminal: ['--pos', url], delay: 200 });
});
after(() => rig?.end());

let ids = 0;

async function post(messageClass: string, category: string, body: string, header = '') {
  const type = messageClass === 'Event' ? 'Notification' : 'Request';
  const device = messageClass === 'Device' ? ` DeviceID="t${++ids}"` : '';
  const xml = `<SaleToPOIRequest><MessageHeader MessageClass="${messageClass}" MessageCategory="${category}" MessageType="${type}"${device}${header} SaleID="1" POIID="${desk.poiId}"/>${body}</SaleToPOIRequest>`;
  const answer = await fetch(url, { method: 'POST', body: xml, headers: { 'content-type': 'application/xml' } });
  return { status: answer.status, text: await answer.text() };
}

const texts = (...lines: string[]) =>
  `<OutputContent OutputFormat="Text">${lines.map((line) => `<OutputText>${line}</OutputText>`).join('')}</OutputContent>`;
const display = (attributes: string, ...lines: string[]) =>
  `<DisplayRequest><DisplayOutput${attributes} Device="CashierDisplay" InfoQualify="Status">${texts(...lines)}</DisplayOutput></DisplayRequest>`;
const listened = () =>
  terminalMessages(rig, desk)
    .messages()
    .map(({ payload }) => payload);

describe('a listener', () => {
  it('sends displays by output 1, numbered ones with their number; the terminal gets an answer where it wants one', async () => {
    const numbered = await post('Device', 'Display', display('', '12,"Insert card"'));
    assert.equal(numbered.status, 200);
    assert.match(numbered.text, /<DisplayResponse>.*Result="Success"/);
    const silent = await post('Device', 'Display', display(' ResponseRequiredFlag="false"', 'Line 1', 'Line 2'));
    assert.deepEqual([silent.status, silent.text], [204, '']);
    const { next } = terminalMessages(rig, desk);
    const [first, second] = [await next('display', 1), await next('display', 2)].map(({ payload }) => payload);
    assert.deepEqual(
      [first?.text, (first as { number?: number })?.number, first?.device],
      ['Insert card', 12, 'CashierDisplay'],
    );
    assert.deepEqual(second?.lines, ['Line 1', 'Line 2']);
  });

  it('sends events of any kind by output 2, by name and details; a terminal may leave their ServiceID out', async () => {
    const names = [
      ...['SaleAdmin', 'CardInserted', 'CardRemoved', 'Shutdown', 'Initialised', 'OutOfOrder', 'Completed', 'Abort'],
      ...['SaleWakeUp', 'CustomerLanguage', 'KeyPressed', 'SecurityAlarm', 'StopAssistance', 'acme:PaperLow'],
    ];
    for (const [index, name] of names.entries()) {
      const body = `<EventNotification TimeStamp="2026-01-01T10:00:00+01:00" EventToNotify="${name}"><EventDetails>about ${name}</EventDetails></EventNotification>`;
      assert.equal((await post('Event', 'Event', body, index % 2 ? ' ServiceID="20"' : '')).status, 204);
    }
    await terminalMessages(rig, desk).next('event', names.length);
    const events = listened().filter(({ kind }) => kind === 'event');
    assert.deepEqual(
      events.map(({ event }) => event),
      names,
    );
    for (const { event, text } of events) assert.equal(text, `about ${event}`);
  });

  it('never sends a message that the terminal rejected, for it may hold a card', async () => {
    const secret = Buffer.from('<PAN>5168151234569659</PAN>').toString('base64');
    const body = `<EventNotification TimeStamp="2026-01-01T10:00:00+01:00" EventToNotify="Reject"><EventDetails>unreadable</EventDetails><RejectedMessage>${secret}</RejectedMessage></EventNotification>`;
    await post('Event', 'Event', body);
    const reported = await rig.collector.until(
      () =>
        rig.collector
          .all({ lane: desk.name, kind: 'output', node: 'listener' })
          .find(({ msg }) => JSON.stringify(msg).includes('"Reject"')),
      'the rejection',
    );
    assert.ok(!JSON.stringify(reported.msg).includes(secret));
  });

  it('sends prints by output 3, and the terminal gets an answer: what the reply says', async () => {
    const print = (mode: string) =>
      `<PrintRequest><PrintOutput DocumentQualifier="CustomerReceipt" ResponseMode="${mode}">${texts('Kvitto')}</PrintOutput></PrintRequest>`;
    const { next, reply } = terminalMessages(rig, desk);
    assert.deepEqual((await post('Device', 'Print', print('NotRequired'))).status, 204);
    assert.equal((await next('print', 1)).payload.qualifier, 'CustomerReceipt');
    for (const [index, printed] of [true, false].entries()) {
      const answer = post('Device', 'Print', print('PrintEnd'));
      await reply(await next('print', index + 2), printed);
      assert.match((await answer).text, printed ? /Result="Success"/ : /ErrorCondition="DeviceOut"/);
    }
  });

  it('sends questions by output 4, and the terminal gets what the reply says, as the page has it', async () => {
    const { next, reply } = terminalMessages(rig, desk);
    const body = `<InputRequest><DisplayOutput Device="CashierDisplay" InfoQualify="Display">${texts('Signature OK?')}</DisplayOutput><InputData Device="CashierInput" InfoQualify="Input" InputCommand="GetConfirmation"/></InputRequest>`;
    for (const [index, value] of [true, false].entries()) {
      const answer = post('Device', 'Input', body);
      const question = await next('input', index + 1);
      assert.deepEqual([question.payload.command, question.payload.text], ['GetConfirmation', 'Signature OK?']);
      await reply(question, value);
      assert.match((await answer).text, new RegExp(`<ConfirmedFlag>${value}</ConfirmedFlag>`));
    }
  });

  it('sends the receipt that a terminal prints when a card that was read is let go', async () => {
    const read = await rig.feed(reads, 'card', { payload: { transactionId: 'approved-1' } });
    await rig.collector.next({ lane: reads.name, kind: 'output', node: 'card', msgid: read });
    await rig.feed(reads, 'card-abort', { payload: { transactionId: 'approved-1' } });
    assert.equal((await terminalMessages(rig, reads).next('print')).payload.kind, 'print');
  });
});

it('an abort is refused while the terminal asks for a signature, which is answered instead', async () => {
  const msgid = await rig.feed(signs, 'payment', { payload: '10.05' });
  const { question } = await terminalMessages(rig, signs).signature();
  const aborted = await rig.feed(signs, 'abort', { payload: '' });
  assert.equal((await rig.caught(signs, aborted)).code, 'abort_not_taken');
  await terminalMessages(rig, signs).reply(question, true);
  assert.equal((await rig.final(signs, msgid)).msg.payload.outcome, 'approved');
});
