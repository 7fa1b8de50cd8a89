/** Cards before the amount, requests, and pools of terminals, in the editor. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { dragNode, type Editor, load, openDialog, openEditor, picture, settled, tray } from './harness.ts';

interface Expected {
  type: string;
  label: string;
  tooltip: RegExp;
  outputs: string[];
  help: RegExp;
}

const nodes: Expected[] = [
  {
    type: 'nexo-card',
    label: 'read card',
    tooltip: /^Reads a customer's card before the amount/,
    outputs: ['card', 'no card'],
    help: /never pays for anything else/,
  },
  {
    type: 'nexo-request',
    label: 'diagnosis',
    tooltip: /^Sends a payment terminal any nexo message/,
    outputs: ['done', 'refused'],
    help: /never interrupts a payment/,
  },
];

describe('cards, requests and pools in the editor', () => {
  let editor: Editor;
  const ids = new Map<string, string>();
  const id = (type: string) => ids.get(`nexo-${type}`) ?? '';

  before(async () => {
    editor = await openEditor();
  });
  after(() => editor?.close());

  async function save(): Promise<void> {
    const { page } = editor;
    await page.click('#node-dialog-ok');
    await page.locator('#dialog-form').waitFor({ state: 'detached' });
    await settled(page);
  }

  /** Adds a terminal on the way, and leaves its dialog as `set` left it. */
  async function addTerminal(name: string, set: () => Promise<void> = async () => undefined): Promise<void> {
    const { page } = editor;
    await page.selectOption('#node-input-terminal', '_ADD_');
    await page.click('#node-input-btn-terminal-add');
    await tray(page, 'node-config-dialog-edit-form');
    await page.fill('#node-config-input-name', name);
    await set();
    await page.click('#node-config-dialog-ok');
    await page.locator('#node-config-dialog-edit-form').waitFor({ state: 'detached' });
    await settled(page);
  }

  const property = <T>(node: string, name: string) => editor.page.evaluate<T>(`RED.nodes.node('${node}').${name}`);
  const terminalNamed = (name: string) =>
    editor.page.evaluate<string>(`(() => {
      let found;
      RED.nodes.eachConfig((node) => { if (node.name === '${name}') found = node.id; });
      return found;
    })()`);

  it('are in the palette, with sentence, ports and help', async () => {
    const { page } = editor;
    for (const [index, { type, label, tooltip, outputs, help }] of nodes.entries()) {
      const sentence = await page.evaluate<string>(`$(RED.nodes.getNodeHelp('${type}')).filter('p').first().text()`);
      assert.match(sentence, tooltip);
      const node = await dragNode(page, type, { x: 550, y: 150 + 90 * index });
      ids.set(type, node);
      const shown = page.locator(`[id="${node}"]`);
      assert.equal((await shown.locator('.red-ui-flow-node-label').textContent())?.trim(), label);
      assert.equal(await shown.locator('.red-ui-flow-port-output').count(), outputs.length, type);
      const labels = await page.evaluate<string[]>(
        `((node) => [0, 1].map((port) => node._def.outputLabels.call(node, port)))(RED.nodes.node('${node}'))`,
      );
      assert.deepEqual(labels, outputs);
      await page.evaluate(`RED.sidebar.help.show('${type}')`);
      await page.waitForFunction(`$('.red-ui-help:visible').text().includes('Details')`);
      const shownHelp = (await page.locator('.red-ui-help').last().textContent()) ?? '';
      assert.match(shownHelp.replace(/\s+/g, ' '), help);
      await picture(page, `help-${type}`);
    }
    await picture(page, 'choice-workspace');
  });

  it('show of a card node what applies', async () => {
    const { page } = editor;
    await openDialog(page, id('card'));
    await addTerminal('Till 1');
    await picture(page, 'card');
    assert.equal(await page.locator('#node-input-paymentType').isVisible(), true);
    for (const action of ['continue', 'abort']) {
      await page.selectOption('#node-input-action', action);
      assert.equal(await page.locator('#node-input-paymentType').isVisible(), false);
      assert.ok(((await page.locator('#nexo-card-tip').textContent()) ?? '').length > 40);
    }
    await picture(page, 'card-abort');
    await save();
    assert.equal(
      (await page.locator(`[id="${id('card')}"] .red-ui-flow-node-label`).textContent())?.trim(),
      'release card',
    );
    assert.deepEqual(await property(id('card'), 'validationErrors'), []);
  });

  it('fill in a request, and say what is wrong with its body', async () => {
    const { page } = editor;
    await openDialog(page, id('request'));
    const messages = await page.locator('#node-input-message option').allTextContents();
    assert.ok(messages.includes('Admin') && messages.includes('GetTotals') && !messages.includes('Payment'));
    assert.equal(await page.locator('#nexo-request-preset').inputValue(), 'status');
    await picture(page, 'request');
    await page.selectOption('#nexo-request-preset', 'totals');
    assert.equal(await page.locator('#node-input-message').inputValue(), 'GetTotalsRequest');
    await page.selectOption('#node-input-message', 'AdminRequest');
    assert.equal(await page.locator('#nexo-request-preset').inputValue(), 'update');
    await page.locator('.red-ui-typedInput-input').fill('{ "ServiceIdentification": "OM02" }');
    await page.locator('.red-ui-typedInput-input').press('Tab');
    assert.equal(await page.locator('#nexo-request-preset').inputValue(), '', 'it is one of their own');
    await save();
    assert.deepEqual(await property(id('request'), 'validationErrors'), []);
    assert.equal(await property(id('request'), 'body'), '{ "ServiceIdentification": "OM02" }');
    const reasons = await page.evaluate<string[]>(`(() => {
      const node = RED.nodes.node('${id('request')}');
      const { body } = node;
      return ['{', '[]', '7'].map((value) => {
        node.body = value;
        RED.editor.validateNode(node);
        const [reason] = node.validationErrors;
        node.body = body;
        RED.editor.validateNode(node);
        return reason;
      });
    })()`);
    for (const reason of reasons) assert.match(reason ?? 'no complaint', /JSON object/);
  });

  it('make a pool of terminals, which counts as a user of each', async () => {
    const { page } = editor;
    await openDialog(page, id('request'));
    await addTerminal('Till 2');
    await save();
    await openDialog(page, id('card'));
    await addTerminal('Shop', async () => {
      await page.selectOption('#node-config-input-connection', 'pool');
      assert.equal(await page.locator('#node-config-input-poiId').isVisible(), false);
      assert.equal(await page.locator('.nexo-advanced').isVisible(), false);
      const add = page.locator('.nexo-pool .red-ui-editableList-addButton');
      await add.click();
      await add.click();
      const rows = page.locator('.nexo-pool li select');
      assert.deepEqual(await rows.nth(0).locator('option').allTextContents(), ['Till 1', 'Till 2']);
      await rows.nth(0).selectOption({ label: 'Till 2' });
      await rows.nth(1).selectOption({ label: 'Till 1' });
      await picture(page, 'pool');
    });
    assert.equal(await page.locator('#node-input-terminal option:checked').textContent(), 'Shop');
    await save();
    const [shop, one, two] = await Promise.all(['Shop', 'Till 1', 'Till 2'].map(terminalNamed));
    assert.deepEqual(await property(shop ?? '', 'pool'), [two, one]);
    assert.deepEqual(await property(shop ?? '', 'validationErrors'), []);
    assert.deepEqual(await property(id('card'), 'validationErrors'), []);
    assert.deepEqual(await property(one ?? '', 'users.map(({ id }) => id)'), [shop]);
    const exported = await page.evaluate<string[]>(
      `RED.nodes.createExportableNodeSet([RED.nodes.node('${id('card')}')]).map(({ id }) => id)`,
    );
    assert.deepEqual(exported.sort(), [id('card'), shop, one, two].sort(), 'it is exported with its terminals');
  });

  it('deploy, come back the same, and do not change when opened and closed', async () => {
    const { page } = editor;
    await page.click('#red-ui-header-button-deploy');
    await page.waitForFunction('!RED.nodes.dirty()');
    assert.equal(await page.locator('.red-ui-notification:has-text("unused")').count(), 0);
    await load(page, editor.url);
    const shop = await terminalNamed('Shop');
    const one = await terminalNamed('Till 1');
    assert.deepEqual(await property(one, 'users.map(({ id }) => id)'), [shop]);
    for (const { type } of nodes) {
      const node = ids.get(type) ?? '';
      await openDialog(page, node);
      await save();
      assert.equal(await property(node, 'changed'), false, `${type} changed by itself`);
    }
    await page.evaluate(`RED.editor.editConfig('', 'nexo-terminal', '${shop}')`);
    await tray(page, 'node-config-dialog-edit-form');
    assert.deepEqual(await page.locator('.nexo-pool li select option:checked').allTextContents(), ['Till 2', 'Till 1']);
    await page.click('#node-config-dialog-ok');
    await page.locator('#node-config-dialog-edit-form').waitFor({ state: 'detached' });
    await settled(page);
    assert.ok(!(await property(shop, 'changed')), 'the pool changed by itself');
  });

  it('say what is wrong with a pool', async () => {
    const { page } = editor;
    const shop = await terminalNamed('Shop');
    const one = await terminalNamed('Till 1');
    const reason = (change: string) =>
      page.evaluate<string>(`(() => {
        const shop = RED.nodes.node('${shop}');
        const one = RED.nodes.node('${one}');
        const { pool, currency } = shop;
        ${change};
        RED.editor.validateNode(shop);
        const reasons = String(shop.validationErrors);
        Object.assign(shop, { pool, currency });
        one.d = undefined;
        RED.editor.validateNode(shop);
        return reasons;
      })()`);
    assert.match(await reason('shop.pool = []'), /no terminals\. Add two/);
    assert.match(await reason('shop.pool = ["gone"]'), /missing, disabled or not set up/);
    assert.match(await reason('shop.pool = [shop.id]'), /missing, disabled or not set up/);
    assert.match(await reason('one.d = true'), /missing, disabled or not set up/);
    assert.equal(await reason('shop.currency = ""'), '', 'what a pool’s dialog hides');
  });

  it('never made the browser complain', () => {
    assert.deepEqual(editor.complaints, []);
  });
});
