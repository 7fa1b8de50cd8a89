/** Terminals of other makes, by the bytes they send and the connections they take. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { decode } from '../../lib/protocol/xml/decode.ts';
import { Lane } from '../support/node-red-flow.ts';
import { endpointNode, terminalMessages } from '../support/node-red-inbound.ts';
import { Rig } from '../support/node-red-rig.ts';
import { singleConnectionServer } from '../support/single-connection-server.ts';
import { freePort, VirtualTerminalProcess } from '../support/virtual-terminal.ts';
import { sampleText } from '../support/wire.ts';

const nodes = { payment: {}, listener: {}, reply: {}, login: {}, abort: {} };
const endpoint = 'foreign-endpoint';
const asks = new Lane('asks', { nodes, terminal: { endpoint } });
const waits = new Lane('waits', { nodes, terminal: { endpoint, host: '' } });

let rig: Rig;
let url: string;
let single: Lane;
let server: Awaited<ReturnType<typeof singleConnectionServer>>;
let announced: VirtualTerminalProcess | undefined;

before(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}/EPASSaleToPOI/3.1`;
  server = await singleConnectionServer(() => rig.terminal.port);
  single = new Lane('single', { nodes, terminal: { port: server.port } });
  const extra = [endpointNode(endpoint, port)];
  rig = await Rig.start({ lanes: [asks, waits, single], extra, terminal: ['--pos', url], delay: 300 });
});
after(async () => {
  await announced?.kill();
  await server?.close();
  await rig?.end();
});

async function post(body: string) {
  const answer = await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/xml' } });
  return { status: answer.status, text: await answer.text() };
}

describe('a terminal’s own requests', { concurrency: true }, () => {
  it('a Transmit with its address gets a TransmitResponse with the ids that it had', async () => {
    const xml = sampleText('transmit-request-terminal-address').replace('A-POIID', asks.poiId);
    const { status, text } = await post(xml);
    assert.equal(status, 200);
    const { message, header } = decode(Buffer.from(text));
    assert.ok('SaleToPOIResponse' in message);
    assert.equal(message.SaleToPOIResponse.TransmitResponse?.Response.Result, 'Success');
    assert.deepEqual([header.POIID, header.SaleID, header.ServiceID], [asks.poiId, '', undefined]);
  });

  it('the same question in the next payment is asked again: an earlier yes accepts no signature', async () => {
    const { next, reply } = terminalMessages(rig, asks);
    const question = `<SaleToPOIRequest><MessageHeader MessageClass="Device" MessageCategory="Input" MessageType="Request" ServiceID="1" DeviceID="1" SaleID="1" POIID="${asks.poiId}"/><InputRequest><DisplayOutput Device="CashierDisplay" InfoQualify="Display"><OutputContent OutputFormat="Text"><OutputText>Is it the customer’s signature?</OutputText></OutputContent></DisplayOutput><InputData Device="CashierInput" InfoQualify="Input" InputCommand="GetConfirmation"/></InputRequest></SaleToPOIRequest>`;
    const answers: string[] = [];
    for (const [index, value] of [true, false].entries()) {
      const msgid = await rig.feed(asks, 'payment', { payload: { amount: '10.06', transactionId: `asked-${index}` } });
      await rig.status(asks, 'payment', '“Visa eller sätt in kort”', { count: index + 1 });
      const answer = post(question);
      await reply(await next('input', index + 1), value);
      // Within the payment, and at once, it is a repeat.
      assert.equal((await post(question)).text, (await answer).text);
      answers.push(/<ConfirmedFlag>(\w+)</.exec((await answer).text)?.[1] ?? '');
      await rig.feed(asks, 'abort', { payload: '' });
      await rig.final(asks, msgid);
    }
    assert.deepEqual(answers, ['true', 'false']);
  });
});

it('a terminal without an address is waited for, and pays once it has announced itself', async () => {
  const early = await rig.pay(waits, '12.00');
  assert.deepEqual([early.port, early.msg.payload.outcome], [2, 'not_started']);
  assert.match(early.msg.payload.error?.message ?? '', /address is not known yet/);
  const options = ['--poiid', waits.poiId, '--pos', url, '--announce'];
  announced = await VirtualTerminalProcess.start({
    store: join(rig.userDir, 'waits.jsonl'),
    delay: 100,
    more: options,
  });
  await announced.answered(waits.poiId, /^Login \d+ → Success/);
  const { port, msg } = await rig.pay(waits, '13.00');
  assert.deepEqual([port, msg.payload.outcome], [1, 'approved']);
});

it('a terminal that takes one connection at a time is paid on right after the login', async () => {
  await rig.ask(single, 'login');
  const { port, msg } = await rig.pay(single, '14.00');
  assert.deepEqual([port, msg.payload.outcome], [1, 'approved']);
  assert.equal((await rig.pay(single, '15.00')).msg.payload.outcome, 'approved');
  assert.equal(server.waited, 0);
});
