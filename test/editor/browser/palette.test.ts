import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { dragNode, type Editor, load, openDialog, openEditor, picture, settled, tray } from './harness.ts';

const nodes: { type: string; label: string; tooltip: RegExp; outputs: string[]; help: RegExp[] }[] = [
  {
    type: 'nexo-login',
    label: 'login',
    tooltip: /^Opens a payment terminal's login session/,
    outputs: ['logged in'],
    help: [/never logs in while the result of a payment is unknown/],
  },
  {
    type: 'nexo-payment',
    label: 'payment',
    tooltip: /^Takes a card payment, or gives a refund/,
    outputs: ['approved', 'not approved (no money moved)', 'unresolved'],
    help: [/never charges twice for one transactionId/, /Do not hand out the goods/, /"outcome": "approved"/],
  },
  {
    type: 'nexo-abort',
    label: 'abort',
    tooltip: /^Asks a payment terminal to stop/,
    outputs: ['sent'],
    help: [/never decides or changes a payment's result/],
  },
  {
    type: 'nexo-status',
    label: 'status',
    tooltip: /^Asks a payment terminal how a payment ended/,
    outputs: ['result'],
    help: [/never starts, changes or ends a payment/, /payload\.session/],
  },
  {
    type: 'nexo-logout',
    label: 'logout',
    tooltip: /^Ends a payment terminal's login session/,
    outputs: ['logged out'],
    help: [/never cuts a payment short/],
  },
];

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
      assert.match(sentence, tooltip);
    }
  });

  it('drop on the workspace with a label, and say that a terminal is missing', async () => {
    const { page } = editor;
    for (const [index, { type, label }] of nodes.entries()) {
      const id = await dragNode(page, type, { x: 500, y: 150 + 90 * index });
      ids.set(type, id);
      assert.equal((await page.locator(`[id="${id}"] .red-ui-flow-node-label`).textContent())?.trim(), label);
      const errors = await page.evaluate<string[]>(`RED.nodes.node('${id}').validationErrors`);
      assert.deepEqual(errors, ['No terminal chosen. Pick one in the list, or add one with the + button.']);
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
      const input = await page.evaluate<string>(
        `((node) => node._def.inputLabels.call(node, 0))(RED.nodes.node('${ids.get(type)}'))`,
      );
      assert.match(input, /^[a-z ]+$/);
    }
  });

  it('have help that says what the node will never do', async () => {
    const { page } = editor;
    for (const { type, help } of nodes) {
      await page.evaluate(`RED.sidebar.help.show('${type}')`);
      const shown = page.locator('.red-ui-help').last();
      await page.waitForFunction(`$('.red-ui-help:visible').text().includes('Details')`);
      for (const part of help) assert.match(((await shown.textContent()) ?? '').replace(/\s+/g, ' '), part);
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

    for (const { type } of nodes) {
      await openDialog(page, ids.get(type) ?? '');
      assert.equal(await page.locator('#node-input-terminal option:checked').textContent(), 'virtual terminal', type);
      assert.equal(await page.locator('#node-input-terminal.input-error').count(), 0, type);
      if (type === 'nexo-logout') {
        await page.check('#node-input-maintenanceAllowed');
        await picture(page, 'logout');
      }
      await page.click('#node-dialog-ok');
      await page.locator('#dialog-form').waitFor({ state: 'detached' });
      await settled(page);
      assert.deepEqual(await page.evaluate(`RED.nodes.node('${ids.get(type)}').validationErrors`), [], type);
    }
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
