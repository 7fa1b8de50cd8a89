/** A terminal that talks back: the sequence diagrams of the quick guide, with the stand-alone terminal and an endpoint. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Report } from '../support/collector.ts';
import { type FlowNode, Lane } from '../support/node-red-flow.ts';
import { displayOnly, endpointNode, PORTS, terminalMessages } from '../support/node-red-inbound.ts';
import { Rig } from '../support/node-red-rig.ts';
import { freePort, VirtualTerminalProcess } from '../support/virtual-terminal.ts';

const nodes = { payment: {}, listener: {}, reply: {}, login: {}, logout: {} };
const terminal = { endpoint: 'till-endpoint' };
const happy = new Lane('happy', { nodes, terminal });
const yes = new Lane('yes', { nodes, terminal });
const no = new Lane('no', { nodes, terminal });
const silent = new Lane('silent', { nodes: { payment: {} }, terminal });
const update = new Lane('update', { nodes, terminal });
const moved = new Lane('moved', { nodes, terminal });
const anew = new Lane('anew', { nodes, terminal });
const killed = new Lane('killed', { nodes, terminal });
const inside = new Lane('inside', { nodes, terminal: { connection: 'virtual', host: '' } });
/** Receipts need no terminal: these get what a payment sends, as it comes out of the node. */
const receipts = new Lane('receipts', {
  nodes: {
    payment: { wires: [['receipts-report-payment-1', 'receipts-receipt', 'receipts-receipt-bytes'], [], []] },
    receipt: {},
    'receipt-bytes': { copy: 'both', format: 'escpos', columns: '32', header: false, language: 'da' },
  },
  terminal: { connection: 'virtual', host: '' },
});
/** A listener for all of them, which does not answer. */
const wires = [...[1, 2, 3].map((port) => [`everywhere-report-listener-${port}`]), []];
const everywhere = new Lane('everywhere', { nodes: { listener: { terminal: '', wires } }, uses: '' });
const lanes = [happy, yes, no, silent, update, moved, anew, killed, inside, receipts, everywhere];

/** A payment with PIN, from the login on. */
const TEXTS = [
  ...['Var god vänta', 'Välkommen', 'Visa eller sätt in kort'],
  ...['Ange PIN', 'Ange PIN: *', 'Ange PIN: **', 'Ange PIN: ***', 'Ange PIN: ****'],
  ...['Auktoriserar', 'Godkänt', 'Välkommen'],
];

let rig: Rig;
let flows: FlowNode[];
let url: string;
/** Terminals that say that they are `moved`, each at a port of its own. */
const others: VirtualTerminalProcess[] = [];
before(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}/EPASSaleToPOI/3.1`;
  const options = ['--pos', url, '--maintenance', '200'];
  const extra = [endpointNode('till-endpoint', port), ...displayOnly(silent)];
  rig = await Rig.start({ lanes, extra, terminal: options, delay: 500 });
  flows = rig.flows();
});
after(async () => {
  await Promise.all(others.map((other) => other.kill()));
  await rig?.end();
});

/** Starts one more terminal with the POIID of `moved`, which says so. */
async function announced(name: string, more: string[] = []): Promise<VirtualTerminalProcess> {
  const store = join(rig.userDir, `${name}.jsonl`);
  const options = ['--poiid', moved.poiId, '--pos', url, '--announce', ...more];
  const other = await VirtualTerminalProcess.start({ store, delay: 100, more: options });
  others.push(other);
  await other.answered(moved.poiId, /^⇒ POS Transmit/);
  return other;
}

/** What the listener of `moved` got of addresses. */
const addressEvents = () =>
  terminalMessages(rig, moved)
    .messages()
    .filter(({ payload }) => payload.event?.startsWith('Address'));

/** Waits until a lane's listener has received that text for the `count`th time. */
const shown = (lane: Lane, text: string, count = 1) =>
  rig.collector.next(
    {
      lane: lane.name,
      kind: 'output',
      node: 'listener',
      where: ({ payload }) => 'text' in payload && payload.text === text,
    },
    { count },
  );

describe('the quick guide’s diagrams', { concurrency: true }, () => {
  it('full integration, happy flow: a login, a payment with PIN, a logout', async () => {
    await rig.ask(happy, 'login');
    await shown(happy, 'Välkommen');
    const { port, msg } = await rig.pay(happy, '500.00');
    assert.deepEqual([port, msg.payload.outcome], [1, 'approved']);
    await shown(happy, 'Välkommen', 2);
    assert.deepEqual(terminalMessages(rig, happy).texts(), TEXTS);

    await rig.status(happy, 'payment', 'approved 500.00 SEK');
    const statuses = rig.statuses(happy, 'payment');
    assert.equal(statuses[0], 'waiting for card');
    assert.ok(statuses.includes('“Visa eller sätt in kort”'), statuses.join());
    assert.equal(statuses.at(-1), 'approved 500.00 SEK');
    // The last text is always shown; one between two payments may give way to the next.
    await rig.collector.until(
      () => rig.statuses(happy, 'listener').at(-1) === '“Välkommen”' || undefined,
      'the rest text',
    );
    assert.equal((await rig.ask(happy, 'logout')).msg.payload.loggedIn, false);
  });

  it('a signature that is approved: the terminal prints, asks, and approves', async () => {
    const msgid = await rig.feed(yes, 'payment', { payload: { amount: '10.05', transactionId: 'signed' } });
    const { print, question } = await terminalMessages(rig, yes).signature();
    assert.deepEqual([print.payload.kind, print.payload.qualifier], ['print', 'CashierReceipt']);
    assert.match(print.payload.text, /SIGNATUR/i);
    assert.deepEqual([question.payload.kind, question.payload.command], ['input', 'GetConfirmation']);
    assert.equal(rig.terminal.moved('signed').length, 0, 'it is not approved yet');
    await terminalMessages(rig, yes).reply(question, true);
    const { port, msg } = await rig.final(yes, msgid);
    assert.deepEqual([port, msg.payload.outcome], [1, 'approved']);
    assert.equal(rig.terminal.moved('signed').length, 1);
    await shown(yes, 'Godkänt');
  });

  it('a signature that is disapproved: the payment leaves by output 2', async () => {
    const msgid = await rig.feed(no, 'payment', { payload: { amount: '11.05', transactionId: 'unsigned' } });
    await terminalMessages(rig, no).reply((await terminalMessages(rig, no).signature()).question, false);
    const { port, msg } = await rig.final(no, msgid);
    assert.deepEqual([port, msg.payload.outcome, msg.payload.amount], [2, 'declined', '0.00']);
    assert.equal(rig.terminal.moved('unsigned').length, 0);
  });

  it('a signature that nobody can answer for is refused at once', async () => {
    const { port, msg } = await rig.pay(silent, { amount: '12.05', transactionId: 'nobody' });
    assert.deepEqual([port, msg.payload.outcome], [2, 'declined']);
    assert.equal(rig.terminal.moved('nobody').length, 0);
  });

  it('an update: announced, let in by a logout, and the terminal is back after it', async () => {
    await rig.ask(update, 'login');
    const { payload } = await terminalMessages(rig, update).next('event');
    assert.deepEqual([payload.event, payload.maintenanceRequired], ['SaleAdmin', true]);
    await rig.ask(update, 'logout', { maintenanceAllowed: true });
    await terminalMessages(rig, update).next('event', 3);
    assert.deepEqual(terminalMessages(rig, update).events().slice(0, 3), [
      'SaleAdmin',
      'BeginMaintenance',
      'EndMaintenance',
    ]);
    await rig.status(update, 'terminal', 'updating');
    // It logs in again by itself.
    await rig.status(update, 'terminal', 'ready', { count: 2 });
    assert.equal((await rig.pay(update, '13.00')).port, 1);
  });

  it('a virtual terminal in process sends the same, without an endpoint', async () => {
    assert.equal((await rig.pay(inside, '500.00')).port, 1);
    await shown(inside, 'Välkommen', 2);
    assert.deepEqual(terminalMessages(rig, inside).texts(), TEXTS);
  });
});

describe('a receipt', () => {
  it('is the terminal’s text, or bytes of both copies, one message each', async () => {
    const { msg: paid } = await rig.pay(receipts, '40.00');
    const from = (node: string) => ({ lane: 'receipts', kind: 'output', node, msgid: paid._msgid }) as const;
    const { text } = (await rig.collector.next(from('receipt'))).msg.payload as unknown as { text: string };
    assert.equal(text, paid.payload.receipts.customer?.text);
    await rig.collector.next(from('receipt-bytes'), { count: 2 });
    const made = rig.collector.all(from('receipt-bytes')).map(({ msg }) => {
      const { data } = msg.payload as unknown as { data: number[] };
      const { copy } = (msg.nexo as unknown as { receipt: { copy: string } }).receipt;
      return [copy, msg.nexo.terminal !== undefined, Buffer.from(data).toString('latin1')] as const;
    });
    assert.deepEqual(
      made.map(([copy, terminal]) => [copy, terminal]),
      [
        ['customer', true],
        ['merchant', true],
      ],
    );
    assert.match(made[0]?.[2] ?? '', /GEM KVITTERINGEN\n *KUNDENS EKSEMPLAR/);
    assert.match(made[1]?.[2] ?? '', /FORRETNINGENS EKSEMPLAR/);
    await rig.status(receipts, 'receipt', 'receipt made');
  });

  it('is what the message wants, or an error that says which field is wrong', async () => {
    const { payload } = (await rig.pay(receipts, '41.00')).msg;
    const ask = async (msg: Record<string, unknown>) => {
      const msgid = await rig.feed(receipts, 'receipt', msg);
      return (await rig.collector.next({ lane: 'receipts', kind: 'output', node: 'receipt', msgid })).msg.payload;
    };
    assert.match(String(await ask({ payload, receipt: { format: 'html', language: 'fi' } })), /^<pre .*lang="fi">/);
    const { lines } = payload.receipts.merchant ?? {};
    assert.deepEqual((await ask({ payload: payload.receipts.merchant })) as unknown, {
      text: lines?.join('\n'),
      lines,
    });
    for (const [msg, code, path] of [
      [{ payload: 'paid' }, 'no_receipt', 'payload'],
      [{ payload: { receipts: {} } }, 'no_receipt', 'payload.receipts.customer'],
      [{ payload, receipt: { columns: 40 } }, 'invalid_receipt', 'receipt.columns'],
    ] as const) {
      const error = await rig.caught(receipts, await rig.feed(receipts, 'receipt', msg));
      assert.deepEqual([error.code, error.cause?.path], [code, path]);
    }
    await rig.status(receipts, 'receipt', 'error');
  });
});

describe('a terminal that gets another address', () => {
  it('is followed where the serial number is the same, and nowhere else', async () => {
    assert.equal((await rig.pay(moved, '14.00')).port, 1);
    const impostor = await announced('impostor', ['--serial', '9999']);
    await impostor.answered(moved.poiId, /^Login/);
    assert.equal((await rig.pay(moved, { amount: '15.00', transactionId: 'stayed' })).port, 1);
    assert.deepEqual(impostor.records('stayed'), []);
    const real = await announced('real');
    await real.answered(moved.poiId, /^Login/);
    assert.equal((await rig.pay(moved, { amount: '16.00', transactionId: 'followed' })).port, 1);
    assert.equal(real.moved('followed').length, 1);
    const warned = new RegExp(`\\[warn\\].*127\\.0\\.0\\.1:${impostor.port} now.*another serial number`);
    assert.match(rig.nodeRed.log, warned);
    const events = await rig.collector.until(() => {
      const all = addressEvents();
      return all.length >= 2 ? all : undefined;
    }, 'what the listener gets of addresses');
    assert.deepEqual(
      events.map(({ payload }) => [payload.kind, payload.event, payload.details]),
      [
        ['event', 'AddressRefused', `127.0.0.1:${impostor.port}`],
        ['event', 'AddressChanged', `127.0.0.1:${real.port}`],
      ],
    );
    assert.match(events[0]?.payload.text ?? '', /another serial number/);
    assert.deepEqual(
      events.map(({ nexo }) => [nexo.request, nexo.terminal.id]),
      events.map(() => [null, moved.terminalId]),
    );
  });
});

describe('a message with secrets', () => {
  it('reaches the flow without them', async () => {
    const header = `MessageClass="Event" MessageCategory="Event" MessageType="Notification" ServiceID="7" SaleID="1" POIID="${moved.poiId}"`;
    const event = '<RejectedMessage>c2VjcmV0</RejectedMessage>';
    const time = '2023-10-06T07:24:14.473+02:00';
    const body = `<SaleToPOIRequest><MessageHeader ${header}/><EventNotification TimeStamp="${time}" EventToNotify="Reject">${event}</EventNotification></SaleToPOIRequest>`;
    const { status } = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/xml' }, body });
    assert.equal(status, 204);
    const where = ({ payload }: Report['msg']) => 'event' in payload && payload.event === 'Reject';
    const { msg } = await rig.collector.next({ lane: 'moved', kind: 'output', node: 'listener', where });
    assert.match(JSON.stringify(msg.nexo), /"EventToNotify":"Reject"/);
    assert.doesNotMatch(JSON.stringify(msg), /c2VjcmV0/);
  });
});

describe('a listener for all terminals', () => {
  it('receives from each of them, in order, and says which it is', () => {
    for (const lane of [happy, yes, no, inside]) {
      const own = rig.collector
        .all({ lane: lane.name, kind: 'output', node: 'listener' })
        .filter(({ port }) => port !== PORTS.input);
      const all = rig.collector.all({ lane: 'everywhere', kind: 'output', node: 'listener' });
      const about = ({ terminal }: { terminal: unknown }) => (terminal as { id: string }).id;
      const mine = all.filter(({ msg }) => about(msg.nexo) === lane.terminalId);
      assert.deepEqual(
        mine.map(({ port, msg }) => [port, msg.payload]),
        own.map(({ port, msg }) => [port, msg.payload]),
      );
    }
  });
});

describe('a deploy', () => {
  it('of a terminal: the listener for all receives from the new one, and the endpoint’s port stays open', async () => {
    const changed = flows.map((node) => (node.id === happy.terminalId ? { ...node, name: 'again' } : node));
    await rig.nodeRed.deploy(changed, 'nodes');
    const before = rig.collector.all({ lane: 'everywhere', kind: 'output' }).length;
    assert.equal((await rig.pay(happy, '20.00')).port, 1);
    const where = ({ nexo }: { nexo: { terminal: unknown } }) => (nexo.terminal as { name: string }).name === 'again';
    await rig.collector.next({ lane: 'everywhere', kind: 'output', where });
    assert.ok(rig.collector.all({ lane: 'everywhere', kind: 'output' }).length > before);
  });
});

describe('a deploy of a listener alone, while the terminal asks for a signature', () => {
  it('has the new one asked, and its answer counts', async () => {
    const msgid = await rig.feed(anew, 'payment', { payload: { amount: '22.05', transactionId: 'anew' } });
    await terminalMessages(rig, anew).next('input');
    const again = (node: FlowNode) => (node.id === 'anew-listener' ? { ...node, name: 'again' } : node);
    await rig.nodeRed.deploy(flows.map(again), 'nodes');
    await terminalMessages(rig, anew).reply(await terminalMessages(rig, anew).next('input', 2), true);
    assert.equal((await rig.final(anew, msgid)).port, 1);
  });
});

describe('kill -9 while the terminal asks for a signature', () => {
  it('leaves its question unanswered: after the restart the payment is found to be refused', async () => {
    await rig.feed(killed, 'payment', { payload: { amount: '21.05', transactionId: 'killed' } });
    await terminalMessages(rig, killed).next('input');
    await rig.killNodeRed();
    await rig.startNodeRed();
    // The terminal that was followed is found where it is.
    assert.equal((await rig.pay(moved, { amount: '17.00', transactionId: 'remembered' })).port, 1);
    assert.equal(others[1]?.moved('remembered').length, 1);
    const { run, port, msg } = await rig.collector.next({ lane: 'killed', kind: 'output', node: 'payment' });
    assert.deepEqual([run, port, msg.payload.outcome, msg.payload.recovered], [2, 2, 'declined', true]);
    assert.equal(rig.terminal.moved('killed').length, 0);
  });
});

it('was worth no warning, and shows no card number', () => {
  assert.doesNotMatch(rig.nodeRed.log, /unhandled|TypeError|Warning/i);
  const said = JSON.stringify(rig.collector.all({ kind: 'output', node: 'listener' }).map(({ msg }) => msg));
  assert.doesNotMatch(said, /SensitiveCardData|TrackData|ExpiryDate/);
});
