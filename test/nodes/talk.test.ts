/** A terminal that talks back: the sequence diagrams of the quick guide, with the stand-alone terminal and an endpoint. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type FlowNode, Lane } from '../support/node-red-flow.ts';
import { Rig } from '../support/node-red-rig.ts';
import { displayOnly, endpointNode, PORTS, talk } from '../support/node-red-talk.ts';
import { freePort } from '../support/virtual-terminal.ts';

const nodes = { payment: {}, listener: {}, reply: {}, login: {}, logout: {} };
const terminal = { endpoint: 'till-endpoint' };
const happy = new Lane('happy', { nodes, terminal });
const yes = new Lane('yes', { nodes, terminal });
const no = new Lane('no', { nodes, terminal });
const silent = new Lane('silent', { nodes: { payment: {} }, terminal });
const update = new Lane('update', { nodes, terminal });
const killed = new Lane('killed', { nodes, terminal });
const inside = new Lane('inside', { nodes, terminal: { connection: 'virtual', host: '' } });
/** A listener for all of them, which does not answer. */
const wires = [...[1, 2, 3].map((port) => [`everywhere-report-listener-${port}`]), []];
const everywhere = new Lane('everywhere', { nodes: { listener: { terminal: '', wires } }, uses: '' });
const lanes = [happy, yes, no, silent, update, killed, inside, everywhere];

/** A payment with PIN, from the login on. */
const TEXTS = [
  ...['Var god vänta', 'Välkommen', 'Visa eller sätt in kort'],
  ...['Ange PIN', 'Ange PIN: *', 'Ange PIN: **', 'Ange PIN: ***', 'Ange PIN: ****'],
  ...['Auktoriserar', 'Godkänt', 'Välkommen'],
];

let rig: Rig;
let flows: FlowNode[];
before(async () => {
  const port = await freePort();
  const options = ['--pos', `http://127.0.0.1:${port}/EPASSaleToPOI/3.1`, '--maintenance', '200'];
  const extra = [endpointNode('till-endpoint', port), ...displayOnly(silent)];
  rig = await Rig.start({ lanes, extra, terminal: options, delay: 500 });
  flows = rig.flows();
});
after(() => rig?.end());

/** Waits until a lane's listener has heard that text for the `count`th time. */
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
    assert.deepEqual(talk(rig, happy).texts(), TEXTS);

    const statuses = rig.statuses(happy, 'payment');
    assert.equal(statuses[0], 'waiting for card');
    assert.ok(statuses.includes('“Visa eller sätt in kort”'), statuses.join());
    assert.equal(statuses.at(-1), 'approved 500.00 SEK');
    await rig.status(happy, 'listener', '“Välkommen”', { count: 2 });
    assert.equal((await rig.ask(happy, 'logout')).msg.payload.loggedIn, false);
  });

  it('a signature that is approved: the terminal prints, asks, and approves', async () => {
    const msgid = await rig.feed(yes, 'payment', { payload: { amount: '10.05', transactionId: 'signed' } });
    const { print, question } = await talk(rig, yes).signature();
    assert.deepEqual([print.payload.kind, print.payload.qualifier], ['print', 'CashierReceipt']);
    assert.match(print.payload.text, /SIGNATUR/i);
    assert.deepEqual([question.payload.kind, question.payload.command], ['input', 'GetConfirmation']);
    assert.equal(rig.terminal.moved('signed').length, 0, 'it is not approved yet');
    await talk(rig, yes).reply(question, true);
    const { port, msg } = await rig.final(yes, msgid);
    assert.deepEqual([port, msg.payload.outcome], [1, 'approved']);
    assert.equal(rig.terminal.moved('signed').length, 1);
    await shown(yes, 'Godkänt');
  });

  it('a signature that is disapproved: the payment leaves by output 2', async () => {
    const msgid = await rig.feed(no, 'payment', { payload: { amount: '11.05', transactionId: 'unsigned' } });
    await talk(rig, no).reply((await talk(rig, no).signature()).question, false);
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
    const { payload } = await talk(rig, update).next('event');
    assert.deepEqual([payload.event, payload.maintenanceRequired], ['SaleAdmin', true]);
    await rig.ask(update, 'logout', { maintenanceAllowed: true });
    await talk(rig, update).next('event', 3);
    assert.deepEqual(talk(rig, update).events().slice(0, 3), ['SaleAdmin', 'BeginMaintenance', 'EndMaintenance']);
    await rig.status(update, 'terminal', 'updating itself');
    // It logs in again by itself.
    await rig.status(update, 'terminal', 'ready', { count: 2 });
    assert.equal((await rig.pay(update, '13.00')).port, 1);
  });

  it('a virtual terminal in process tells the same, without an endpoint', async () => {
    assert.equal((await rig.pay(inside, '500.00')).port, 1);
    await shown(inside, 'Välkommen', 2);
    assert.deepEqual(talk(rig, inside).texts(), TEXTS);
  });
});

describe('a listener for all terminals', () => {
  it('hears each of them, in order, and says which it is', () => {
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
  it('of a terminal: the listener for all hears the new one, and the endpoint’s port goes on', async () => {
    const changed = flows.map((node) => (node.id === happy.terminalId ? { ...node, name: 'again' } : node));
    await rig.nodeRed.deploy(changed, 'nodes');
    const before = rig.collector.all({ lane: 'everywhere', kind: 'output' }).length;
    assert.equal((await rig.pay(happy, '20.00')).port, 1);
    const where = ({ nexo }: { nexo: { terminal: unknown } }) => (nexo.terminal as { name: string }).name === 'again';
    await rig.collector.next({ lane: 'everywhere', kind: 'output', where });
    assert.ok(rig.collector.all({ lane: 'everywhere', kind: 'output' }).length > before);
  });
});

describe('kill -9 while the terminal asks for a signature', () => {
  it('leaves its question unanswered: after the restart the payment is found to be refused', async () => {
    await rig.feed(killed, 'payment', { payload: { amount: '21.05', transactionId: 'killed' } });
    await talk(rig, killed).next('input');
    await rig.killNodeRed();
    await rig.startNodeRed();
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
