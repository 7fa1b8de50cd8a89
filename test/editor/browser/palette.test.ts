import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { newNode, outputLabels, paletteSets } from '../sets.ts';
import { dragNode, type Editor, load, openDialog, openEditor, picture, settled, tray } from './harness.ts';

interface PaletteNode {
  type: string;
  /** Its label in the palette. */
  label: string;
  /** Its label on the workspace. */
  drop: string;
  /** Its first sentence of help, which is the palette's tooltip. */
  tooltip: RegExp;
  outputs: string[];
  /** It does not work without a terminal. */
  needsTerminal: boolean;
  hasTerminal: boolean;
  help: RegExp[];
}

/** Promises that the help of a node must make. */
const promises: Record<string, RegExp[]> = {
  'nexo-login': [/^Opens a payment terminal's login session/, /never logs in while the result of a payment is unknown/],
  'nexo-payment': [
    /^Takes a card payment, or gives a refund/,
    /never charges twice for one transactionId/,
    /Do not hand out the goods/,
    /"outcome": "approved"/,
  ],
  'nexo-abort': [/^Asks a payment terminal to stop/, /never decides or changes a payment's result/],
  'nexo-status': [
    /^Asks a payment terminal how a payment ended/,
    /never starts, changes or ends a payment/,
    /payload\.session/,
  ],
  'nexo-logout': [/^Ends a payment terminal's login session/, /never cuts a payment short/],
  'nexo-fulfil': [
    /^Completes an approved payment once its goods/,
    /never reverses a payment that was delivered/,
    /a person has to refund the money or deliver the goods/,
  ],
  'nexo-reversal': [/^Reverses the last approved payment/, /never reverses another payment than the one you name/],
  'nexo-transactions': [
    /^Queries the journal/,
    /never sends anything to the terminal, and it changes a transaction only by a ruling/,
    /"state": "closed"/,
  ],
};

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** From the editor halves that package.json lists: a new node is tested without a line here. */
const nodes: PaletteNode[] = paletteSets.map((set) => {
  const { type, definition, help } = set;
  const { terminal } = definition.defaults;
  const sentence = /<p>([^<]*)<\/p>/.exec(help)?.[1]?.replace(/\s+/g, ' ') ?? '';
  return {
    type,
    label: String(definition.paletteLabel.call(newNode(set))),
    drop: type === 'nexo-request' ? 'diagnosis' : String(definition.label.call(newNode(set))),
    tooltip: new RegExp(`^${escaped(sentence)}$`),
    outputs: outputLabels(set),
    needsTerminal: terminal !== undefined && terminal.required !== false,
    hasTerminal: terminal !== undefined,
    help: promises[type] ?? [/ never /],
  };
});

describe('palette nodes in the editor', () => {
  let editor: Editor;
  const ids = new Map<string, string>();

  before(async () => {
    editor = await openEditor();
  });
  after(() => editor?.close());

  it('stand together under "payment terminal", each with its icon and its sentence', async () => {
    const { page } = editor;
    for (const { type, label, tooltip } of nodes) {
      const item = page.locator(
        `[id="red-ui-palette-payment-terminal"], [id="red-ui-palette-container-payment_terminal"]`,
      );
      assert.equal(await item.locator(`[data-palette-type="${type}"]`).count(), 1, `${type} is not in its category`);
      assert.equal(
        await page.locator(`.red-ui-palette-node[data-palette-type="${type}"] .red-ui-palette-label`).textContent(),
        label,
      );
      const icon = await page.evaluate<string>(`RED.utils.getNodeIcon(RED.nodes.getType('${type}'))`);
      assert.match(icon, new RegExp(`@nexoflows/node-red-nexo-retailer/${type}\\.svg$`));
      const served = await page.request.get(new URL(icon, editor.url).href);
      assert.equal(served.status(), 200);
      assert.match(await served.text(), /^<svg/);
      const sentence = await page.evaluate<string>(`$(RED.nodes.getNodeHelp('${type}')).filter('p').first().text()`);
      assert.match(sentence.replace(/\s+/g, ' '), tooltip);
    }
  });

  it('drop on the workspace with a label, and say that a terminal is missing', async () => {
    const { page } = editor;
    for (const [index, { type, drop, needsTerminal }] of nodes.entries()) {
      const at = { x: 450 + 250 * (index % 2), y: 120 + 80 * Math.floor(index / 2) };
      const id = await dragNode(page, type, at);
      ids.set(type, id);
      assert.equal((await page.locator(`[id="${id}"] .red-ui-flow-node-label`).textContent())?.trim(), drop);
      const errors = await page.evaluate<string[]>(`RED.nodes.node('${id}').validationErrors`);
      const missing = 'No terminal chosen. Pick one in the list, or add one with the + button.';
      assert.deepEqual(errors, needsTerminal ? [missing] : []);
    }
    await picture(page, 'workspace');
  });

  it('label every port', async () => {
    const { page } = editor;
    for (const { type, outputs } of nodes) {
      const node = page.locator(`[id="${ids.get(type)}"]`);
      assert.equal(await node.locator('.red-ui-flow-port-output').count(), outputs.length);
      for (const [index, label] of outputs.entries()) {
        await node.locator('.red-ui-flow-port-output').nth(index).hover();
        await page.waitForFunction(`$('.red-ui-flow-port-tooltip').text() === ${JSON.stringify(label)}`);
        await page.mouse.move(300, 750);
        await page.locator('.red-ui-flow-port-tooltip').waitFor({ state: 'detached' });
      }
      const input = await page.evaluate<string | undefined>(
        `((node) => node._def.inputs ? node._def.inputLabels.call(node, 0) : 'none')(RED.nodes.node('${ids.get(type)}'))`,
      );
      assert.match(input ?? '', /^[a-z ]+$/);
    }
  });

  it('have help that says what the node will never do', async () => {
    const { page } = editor;
    for (const { type, help } of nodes) {
      await page.evaluate(`RED.sidebar.help.show('${type}')`);
      const shown = page.locator('.red-ui-help').last();
      await page.waitForFunction(`$('.red-ui-help:visible').text().includes('Details')`);
      const text = ((await shown.textContent()) ?? '').replace(/\s+/g, ' ').trim();
      for (const part of help) assert.match(text, part);
      await picture(page, `help-${type}`);
    }
  });

  it('are set up: a terminal added on the way is chosen, and offered to the next node', async () => {
    const { page } = editor;
    const payment = ids.get('nexo-payment') ?? '';
    await openDialog(page, payment);
    await page.click('#node-input-btn-terminal-add');
    await tray(page, 'node-config-dialog-edit-form');
    await page.click('#node-config-dialog-ok');
    await page.locator('#node-config-dialog-edit-form').waitFor({ state: 'detached' });
    await settled(page);
    assert.equal(await page.locator('#node-input-terminal option:checked').textContent(), 'virtual terminal');
    await page.selectOption('#node-input-paymentType', 'Refund');
    await picture(page, 'payment');
    await page.click('#node-dialog-ok');
    await page.locator('#dialog-form').waitFor({ state: 'detached' });
    await settled(page);
    assert.equal((await page.locator(`[id="${payment}"] .red-ui-flow-node-label`).textContent())?.trim(), 'refund');

    for (const { type, needsTerminal, hasTerminal } of nodes) {
      await openDialog(page, ids.get(type) ?? '');
      if (needsTerminal) {
        const chosen = await page.locator('#node-input-terminal option:checked').textContent();
        assert.equal(chosen, 'virtual terminal', type);
      }
      const labels = await page.locator('#dialog-form label[for="node-input-terminal"]').allTextContents();
      assert.deepEqual(
        labels.map((text) => text.trim()),
        hasTerminal ? ['Terminal'] : [],
        type,
      );
      assert.equal(await page.locator('#node-input-terminal.input-error').count(), 0, type);
      assert.equal(await page.locator('#dialog-form nexo-row').count(), 0, type);
      if (type === 'nexo-logout') await page.check('#node-input-maintenanceAllowed');
      await picture(page, type);
      await page.click('#node-dialog-ok');
      await page.locator('#dialog-form').waitFor({ state: 'detached' });
      await settled(page);
      assert.deepEqual(await page.evaluate(`RED.nodes.node('${ids.get(type)}').validationErrors`), [], type);
    }
  });

  it('show of their settings what applies, and what is wrong with them', async () => {
    const { page } = editor;
    const visible = (selector: string) => page.locator(selector).isVisible();
    await openDialog(page, ids.get('nexo-payment') ?? '');
    assert.equal(await visible('#node-input-awaitFulfilment'), false, 'a refund has no goods');
    await page.selectOption('#node-input-paymentType', 'Normal');
    assert.equal(await visible('.nexo-waits'), false);
    await page.check('#node-input-awaitFulfilment');
    assert.equal(await visible('.nexo-waits'), true);
    await picture(page, 'payment-goods');
    await page.click('#node-dialog-cancel');
    await page.locator('#dialog-form').waitFor({ state: 'detached' });
    await settled(page);

    const transactions = ids.get('nexo-transactions') ?? '';
    await openDialog(page, transactions);
    const tip = page.locator('#nexo-transactions-tip');
    assert.match((await tip.textContent()) ?? '', /Needs nothing in the message/);
    await picture(page, 'transactions');
    for (const [query, limit, scope] of [
      ['byId', false, true],
      ['period', true, true],
      ['rule', false, false],
      ['totals', false, true],
    ] as const) {
      await page.selectOption('#node-input-query', query);
      assert.deepEqual([await visible('#node-input-limit'), await visible('#node-input-scope')], [limit, scope], query);
      assert.ok(((await tip.textContent()) ?? '').length > 20, query);
    }
    await page.click('#node-dialog-ok');
    await page.locator('#dialog-form').waitFor({ state: 'detached' });
    await settled(page);
    assert.equal(
      (await page.locator(`[id="${transactions}"] .red-ui-flow-node-label`).textContent())?.trim(),
      'totals',
    );
    const reasons = await page.evaluate<string[]>(`(() => {
      const node = RED.nodes.node('${transactions}');
      const { limit } = node;
      return ['', '0', '1001', '2.5', 'all'].map((value) => {
        node.limit = value;
        RED.editor.validateNode(node);
        const [reason] = node.validationErrors;
        node.limit = limit;
        RED.editor.validateNode(node);
        return reason;
      });
    })()`);
    for (const reason of reasons) assert.match(reason ?? 'no complaint', /whole number from 1 to 1000/);
  });

  it('deploy, come back the same, and do not change when opened and closed', async () => {
    const { page } = editor;
    await page.click('#red-ui-header-button-deploy');
    await page.waitForFunction('!RED.nodes.dirty()');
    await load(page, editor.url);
    for (const { type } of nodes) {
      const id = ids.get(type) ?? '';
      await openDialog(page, id);
      await page.click('#node-dialog-ok');
      await page.locator('#dialog-form').waitFor({ state: 'detached' });
      await settled(page);
      assert.equal(await page.evaluate(`Boolean(RED.nodes.node('${id}').changed)`), false, `${type} changed by itself`);
    }
    const saved = await page.evaluate<Record<string, unknown>>(
      `RED.nodes.createExportableNodeSet([RED.nodes.node('${ids.get('nexo-payment')}')])[0]`,
    );
    assert.equal(saved.paymentType, 'Refund');
    assert.equal(saved.awaitFulfilment, false);
    assert.equal(saved.version, 1);
    assert.equal(await page.evaluate(`RED.nodes.node('${ids.get('nexo-logout')}').maintenanceAllowed`), true);
  });

  it('say so when their terminal is disabled, incomplete or gone', async () => {
    const { page } = editor;
    const login = ids.get('nexo-login');
    const reason = (change: string): Promise<string[]> =>
      page.evaluate(`(() => {
        const login = RED.nodes.node('${login}');
        const terminal = RED.nodes.node(login.terminal);
        ${change};
        RED.editor.validateNode(login);
        return login.validationErrors;
      })()`);
    assert.match(String(await reason('terminal.d = true')), /is disabled\. Enable it/);
    assert.match(
      String(await reason('terminal.d = undefined; terminal.valid = false')),
      /not set up completely\. Open it/,
    );
    assert.match(
      String(await reason('terminal.valid = true; login.terminal = "gone"')),
      /no longer exists\. Pick another/,
    );
  });

  it('never made the browser complain', () => {
    assert.deepEqual(editor.complaints, []);
  });
});
