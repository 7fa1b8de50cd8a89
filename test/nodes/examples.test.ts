/** Every example, imported into a real Node-RED with its virtual terminal, and every button of it pressed. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Editor } from '../../scripts/editor.ts';
import type { FlowNode } from '../support/node-red-flow.ts';
import { noonZone } from '../support/node-red-post-approval.ts';
import { NodeRedProcess, writeFlows } from '../support/node-red-process.ts';
import { freePort, VirtualTerminalProcess } from '../support/virtual-terminal.ts';

const folder = fileURLToPath(new URL('../../examples/', import.meta.url));
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
/** All of them in one flow file, as if imported one after the other: they share one terminal. */
const nodes = new Map<string, FlowNode>();
for (const file of files) {
  for (const node of JSON.parse(readFileSync(join(folder, file), 'utf8')) as FlowNode[]) nodes.set(node.id, node);
}
/** Buttons that were pressed: each has to be, so that every part of an example is run. */
const pressed = new Set<string>();

interface Shown {
  outcome: string;
  amount: string;
  transactionId: string;
  recovered: boolean;
  reversed: boolean;
  delivered: boolean;
  code: string;
  [property: string]: unknown;
}

let userDir: string;
let nodeRed: NodeRedProcess;
let editor: Editor;
/** The one that an example has in the network. */
let terminal: VirtualTerminalProcess;

before(async () => {
  process.env.TZ = noonZone();
  userDir = mkdtempSync(join(tmpdir(), 'nexo-examples-'));
  const port = await freePort();
  const more = ['--pos', `http://127.0.0.1:${port}/EPASSaleToPOI/3.1`, '--maintenance', '100'];
  terminal = await VirtualTerminalProcess.start({ store: join(userDir, 'terminal.jsonl'), delay: 200, more });
  const elsewhere: Record<string, number> = {
    'nexo-example-endpoint': port,
    'nexo-example-lan-terminal': terminal.port,
  };
  writeFlows(
    userDir,
    [...nodes.values()].map((node) => ({ ...node, ...(elsewhere[node.id] && { port: elsewhere[node.id] }) })),
  );
  nodeRed = await NodeRedProcess.start(userDir, 1, () => undefined);
  editor = new Editor(nodeRed.url);
});
after(async () => {
  await nodeRed?.kill();
  await terminal?.kill();
  rmSync(userDir, { recursive: true, force: true });
});

/** What the debug node shows once the button was pressed. */
async function press(button: string, output: string): Promise<Shown> {
  assert.equal(nodes.get(button)?.type, 'inject', button);
  assert.equal(nodes.get(output)?.type, 'debug', output);
  pressed.add(button);
  return (await editor.press(button, output)) as Shown;
}

describe('01-first-payment', () => {
  it('pays, and reports how it ended', async () => {
    const paid = await press('pay-89', 'approved');
    assert.deepEqual([paid.outcome, paid.amount], ['approved', '89.00']);
    const last = await press('ask-last', 'last');
    assert.equal(last.transactionId, paid.transactionId);
  });

  it('aborts, logs out and in', async () => {
    assert.equal((await press('abort-now', 'abort-sent')).sent, false, 'nothing is in progress');
    assert.equal((await press('close-shop', 'session')).loggedIn, false);
    assert.equal((await press('open-shop', 'session')).loggedIn, true);
  });
});

describe('02-payment-with-recovery', () => {
  it('hands an order out once, however often it comes', async () => {
    const paid = await press('recovery-new', 'recovery-paid');
    assert.deepEqual([paid.outcome, paid.amount, paid.recovered], ['approved', '89.00', false]);
    const again = await press('recovery-same', 'recovery-before');
    assert.equal(again.transactionId, paid.transactionId);
    assert.equal(again.approvalCode, paid.approvalCode, 'the first result, not a second charge');
  });

  it('finds an answer that was lost, and tells how the order ended', async () => {
    const paid = await press('recovery-lost', 'recovery-paid');
    assert.deepEqual([paid.outcome, paid.amount], ['approved', '89.21']);
    const asked = await press('recovery-ask', 'recovery-ended');
    assert.deepEqual([asked.transactionId, asked.outcome], [paid.transactionId, 'approved']);
  });
});

describe('03-vending-machine', () => {
  it('delivers, and keeps the money', async () => {
    const cola = await press('vending-cola', 'vending-delivered');
    assert.deepEqual([cola.outcome, cola.amount, cola.delivered, cola.reversed], ['approved', '20.00', true, false]);
  });

  it('takes the last payment back, once', async () => {
    const back = await press('vending-back', 'vending-taken-back');
    assert.deepEqual([back.outcome, back.amount, back.reversed], ['reversed', '20.00', true]);
    assert.equal((await press('vending-back', 'vending-error')).code, 'not_reversible');
  });

  it('gives the money back when nothing comes out', async () => {
    const crisps = await press('vending-crisps', 'vending-reversed');
    const { outcome, amount, delivered, reversed } = crisps;
    assert.deepEqual([outcome, amount, delivered, reversed], ['reversed', '25.00', false, true]);
  });
});

describe('04-end-of-day', () => {
  it('adds up what the other examples took', async () => {
    const { net, unresolved } = await press('day-today', 'day-net');
    assert.deepEqual([net, unresolved], [{ SEK: '267.21' }, 0]);
    const rows = (await press('day-today', 'day-rows')) as unknown as Shown[];
    assert.deepEqual(
      rows.map(({ outcome, count, amount }) => [outcome, count, amount]),
      [
        ['approved', 3, '267.21'],
        ['reversed', 2, '45.00'],
      ],
    );
    assert.deepEqual(await press('day-yesterday', 'day-rows'), []);
  });

  it('lists payments, and what is not settled', async () => {
    const payments = (await press('day-list', 'day-payments')) as unknown as Shown[];
    assert.deepEqual(
      payments.map(({ outcome, amount }) => `${outcome} ${amount}`),
      ['reversed 25.00', 'reversed 20.00', 'approved 89.21', 'approved 89.00', 'approved 89.00'],
    );
    assert.deepEqual(await press('day-look', 'day-all-settled'), []);
  });

  it('has nothing to rule on', async () => {
    assert.equal((await press('day-decide', 'day-error')).code, 'unknown_transaction');
  });
});

/** Pays with a signature, answers the question about it, and sees how that ends. */
async function sign(example: string, answer: 'good' | 'bad'): Promise<Shown> {
  const question = await press(`${example}-pay`, `${example}-question`);
  assert.deepEqual([question.kind, question.command], ['input', 'GetConfirmation']);
  return press(`${example}-${answer}`, answer === 'good' ? `${example}-approved` : `${example}-not-approved`);
}

describe('05-signature', () => {
  it('approves a payment when the signature is good, and takes it back when it is not', async () => {
    const good = await sign('signature', 'good');
    assert.deepEqual([good.outcome, good.amount, good.signatureRequired], ['approved', '89.05', true]);
    const bad = await sign('signature', 'bad');
    assert.deepEqual([bad.outcome, bad.amount], ['declined', '0.00']);
  });
});

describe('06-terminal-dialogs', () => {
  it('asks, shows and prints', async () => {
    assert.deepEqual(await press('dialogs-ask', 'dialogs-shown'), { displayed: true });
    assert.deepEqual(await press('dialogs-text', 'dialogs-displayed'), { displayed: true });
    assert.deepEqual(await press('dialogs-print', 'dialogs-printed'), { printed: true });
    assert.deepEqual(await press('dialogs-pay', 'dialogs-printed'), { printed: true });
  });
});

describe('07-default-integration', () => {
  it('pays with a PIN, and has signatures checked', async () => {
    assert.equal((await press('integration-pin', 'integration-approved')).amount, '500.00');
    assert.equal((await sign('integration', 'good')).outcome, 'approved');
    assert.equal((await sign('integration', 'bad')).outcome, 'declined');
  });

  it('lets the terminal update itself', async () => {
    assert.equal((await press('integration-update', 'integration-event')).event, 'BeginMaintenance');
  });
});

describe('08-card-before-amount', () => {
  it('reads a card, and lets it pay a price that depends on it', async () => {
    const member = await press('card-member', 'card-approved');
    assert.deepEqual([member.outcome, member.amount, member.context], ['approved', '80.10', { member: true }]);
    const customer = await press('card-customer', 'card-approved');
    assert.deepEqual([customer.amount, customer.context], ['89.00', { member: false }]);
  });

  it('has the PIN typed while the amount is counted', async () => {
    assert.equal((await press('card-chip', 'card-approved')).amount, '312.50');
  });

  it('releases a card without a payment', async () => {
    const card = await press('card-present', 'card-read-card');
    const gone = await press('card-leaves', 'card-gone');
    assert.deepEqual([gone.transactionId, gone.error], [card.transactionId, null]);
  });
});

describe('09-fuel', () => {
  it('sells products, and splits what a card does not pay for', async () => {
    assert.equal((await press('fuel-diesel', 'fuel-approved')).amount, '446.90');
    assert.equal((await press('fuel-both', 'fuel-rest-paid')).amount, '68.00');
  });

  it('passes an order number on, and refuses items that do not add up', async () => {
    assert.equal((await press('fuel-order', 'fuel-result')).outcome, 'approved');
    assert.equal((await press('fuel-wrong', 'fuel-error')).code, 'invalid_sale_items');
  });
});

describe('10-apm-refund', () => {
  it('refunds a payment by its reference, and no more than it was', async () => {
    const paid = await press('apm-pay', 'apm-paid');
    const { type, reference } = paid.apm as { type: string; reference: string };
    assert.deepEqual([type, paid.card], ['Swish', null]);
    const refunded = await press('apm-back', 'apm-refunded');
    assert.deepEqual([refunded.amount, refunded.paymentType], ['30.00', 'Refund']);
    assert.ok(reference);
    assert.equal((await press('apm-too-much', 'apm-error')).code, 'refund_exceeds_original');
  });
});

describe('11-several-terminals', () => {
  it('has customers pay wherever there is room, or where they are told to', async () => {
    assert.equal((await press('several-pay', 'several-paid')).outcome, 'approved');
    assert.equal((await press('several-queue', 'several-paid')).outcome, 'approved');
    const named = await press('several-named', 'several-paid');
    assert.equal(named.outcome, 'approved');
    assert.equal((await press('several-nowhere', 'several-error')).code, 'unknown_terminal');
  });

  it('opens them all, and asks one how it is', async () => {
    const { loggedIn, terminals } = await press('several-open', 'several-opened');
    assert.deepEqual([loggedIn, (terminals as unknown[]).length], [true, 2]);
    assert.equal((await press('several-how', 'several-told')).result, 'Success');
  });
});

it('every button of every example was pressed, and nothing is in the log', () => {
  const buttons = [...nodes.values()].filter(({ type }) => type === 'inject').map(({ id }) => id);
  assert.deepEqual(
    buttons.filter((id) => !pressed.has(id)),
    [],
  );
  assert.equal(nodeRed.log, '');
});
