/** The nodes for messages between flows and terminals, in the editor. */
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
    type: 'nexo-listener',
    label: 'listener',
    tooltip: /^Receives what a payment terminal displays/,
    outputs: ['display', 'event', 'print', 'input (needs an answer)'],
    help: /never waits for your flow/,
  },
  {
    type: 'nexo-reply',
    label: 'reply',
    tooltip: /^Answers a question/,
    outputs: [],
    help: /never answers twice/,
  },
  {
    type: 'nexo-display',
    label: 'display',
    tooltip: /^Shows the customer a text/,
    outputs: ['displayed'],
    help: /never interrupts a payment/,
  },
  {
    type: 'nexo-input',
    label: 'input',
    tooltip: /^Asks the customer/,
    outputs: ['answer'],
    help: /never ask for a card number/,
  },
  { type: 'nexo-print', label: 'print', tooltip: /^Prints on a payment/, outputs: ['printed'], help: /"startRow": 20/ },
  {
    type: 'nexo-receipt',
    label: 'receipt',
    tooltip: /^Renders a payment/,
    outputs: ['receipt'],
    help: /own text is never altered/,
  },
];

describe('dialogs in the editor', () => {
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

  const errorsOf = (node: string) => editor.page.evaluate<string[]>(`RED.nodes.node('${node}').validationErrors`);

  it('are in the palette, with sentence, ports and help', async () => {
    const { page } = editor;
    for (const [index, { type, label, tooltip, outputs, help }] of nodes.entries()) {
      const sentence = await page.evaluate<string>(`$(RED.nodes.getNodeHelp('${type}')).filter('p').first().text()`);
      assert.match(sentence, tooltip);
      const node = await dragNode(page, type, { x: 550, y: 150 + 90 * index });
      ids.set(type, node);
      const shown = page.locator(`[id="${node}"]`);
      const text = (await shown.locator('.red-ui-flow-node-label').textContent())?.trim();
      assert.equal(text, type === 'nexo-input' ? 'yes or no' : label);
      assert.equal(await shown.locator('.red-ui-flow-port-output').count(), outputs.length, type);
      assert.equal(await shown.locator('.red-ui-flow-port-input').count(), type === 'nexo-listener' ? 0 : 1, type);
      for (const [port, name] of outputs.entries()) {
        await shown.locator('.red-ui-flow-port-output').nth(port).hover();
        await page.waitForFunction(`$('.red-ui-flow-port-tooltip').text() === ${JSON.stringify(name)}`);
        await page.mouse.move(300, 750);
        await page.locator('.red-ui-flow-port-tooltip').waitFor({ state: 'detached' });
      }
      await page.evaluate(`RED.sidebar.help.show('${type}')`);
      await page.waitForFunction(`$('.red-ui-help:visible').text().includes('Details')`);
      const shownHelp = (await page.locator('.red-ui-help').last().textContent()) ?? '';
      assert.match(shownHelp.replace(/\s+/g, ' '), help);
    }
    await picture(page, 'dialogs');
  });

  it('say that a terminal is missing, where one is needed', async () => {
    for (const type of ['display', 'input', 'print']) {
      assert.match(String(await errorsOf(id(type))), /No terminal chosen/, type);
    }
    for (const type of ['listener', 'reply', 'receipt']) assert.deepEqual(await errorsOf(id(type)), [], type);
  });

  it('take a terminal that was added on the way; a listener may receive from all of them', async () => {
    const { page } = editor;
    await openDialog(page, id('display'));
    await page.click('#node-input-btn-terminal-add');
    await tray(page, 'node-config-dialog-edit-form');
    await page.click('#node-config-dialog-ok');
    await page.locator('#node-config-dialog-edit-form').waitFor({ state: 'detached' });
    await settled(page);
    await page.fill('#node-input-text', 'Welcome!\nCome again');
    await picture(page, 'display');
    await save();
    for (const type of ['input', 'print']) {
      await openDialog(page, id(type));
      assert.equal(await page.locator('#node-input-terminal option:checked').textContent(), 'virtual terminal', type);
      await picture(page, type);
      await save();
      assert.deepEqual(await errorsOf(id(type)), [], type);
    }
    await openDialog(page, id('listener'));
    await page.waitForFunction(`$('#node-input-terminal option:selected').text() === 'all terminals'`);
    await picture(page, 'listener');
    await save();
    assert.equal(await page.evaluate(`RED.nodes.node('${id('listener')}').terminal`), '');
    await openDialog(page, id('listener'));
    await page.selectOption('#node-input-terminal', { label: 'virtual terminal' });
    await save();
    assert.deepEqual(await errorsOf(id('listener')), []);
    await openDialog(page, id('reply'));
    await picture(page, 'reply');
    await save();
  });

  it('format a receipt in a language, and show only settings that apply', async () => {
    const { page } = editor;
    const shown = (name: string) => page.locator(`.nexo-${name}`).isVisible();
    const rows = async () => [await shown('language'), await shown('columns'), await shown('header')];
    await openDialog(page, id('receipt'));
    assert.deepEqual(await rows(), [false, false, false]);
    await page.selectOption('#node-input-format', 'escpos');
    assert.deepEqual(await rows(), [true, true, false]);
    await page.selectOption('#node-input-format', 'formatted');
    assert.deepEqual(await rows(), [true, true, true]);
    await page.locator('#node-input-language.input-error').waitFor();
    await page.selectOption('#node-input-language', 'fi');
    await page.locator('#node-input-language:not(.input-error)').waitFor();
    await page.selectOption('#node-input-columns', '24');
    await picture(page, 'receipt');
    await save();
    assert.deepEqual(await errorsOf(id('receipt')), []);
    const saved = await page.evaluate(
      `(({ format, language, columns }) => [format, language, String(columns)])(RED.nodes.node('${id('receipt')}'))`,
    );
    assert.deepEqual(saved, ['formatted', 'fi', '24']);
  });

  it('ask for digits within bounds, and say what is wrong with them', async () => {
    const { page } = editor;
    await openDialog(page, id('input'));
    const digits = page.locator('.nexo-digits');
    assert.equal(await digits.isVisible(), false);
    await page.selectOption('#node-input-command', 'DigitString');
    assert.equal(await digits.isVisible(), true);
    const wrong = async (field: string, value: string) => {
      await page.fill(`#node-input-${field}`, value);
      await page.locator(`#node-input-${field}`).press('End');
      return page.locator(`#node-input-${field}.input-error`).count();
    };
    assert.equal(await wrong('minLength', '0'), 1);
    assert.equal(await wrong('minLength', '7'), 0);
    assert.equal(await wrong('maxLength', '6'), 1);
    assert.equal(await wrong('maxLength', '101'), 1);
    assert.equal(await wrong('maxLength', '10'), 0);
    assert.equal(await wrong('timeout', 'soon'), 1);
    assert.equal(await wrong('timeout', '30'), 0);
    await picture(page, 'input-digits');
    await save();
    assert.deepEqual(await errorsOf(id('input')), []);
    // The workspace is drawn after the dialog has closed.
    await page.locator(`[id="${id('input')}"] .red-ui-flow-node-label`, { hasText: /^digits$/ }).waitFor();
  });

  it('belong to a terminal that can have an endpoint, and an hour for its updates', async () => {
    const { page } = editor;
    await openDialog(page, id('print'));
    await page.click('#node-input-btn-terminal-edit');
    await tray(page, 'node-config-dialog-edit-form');
    const endpoint = page.locator('#node-config-input-endpoint');
    const hour = '#node-config-input-maintenanceHour';
    assert.equal(await endpoint.isVisible(), false, 'the virtual one needs none');
    await page.selectOption('#node-config-input-connection', 'lan');
    assert.equal(await endpoint.isVisible(), true);
    await page.waitForFunction(`$('#node-config-input-endpoint option:selected').text().startsWith('none')`);
    for (const [value, errors] of [
      ['24', 1],
      ['3.5', 1],
      ['0', 0],
      ['3', 0],
      ['', 0],
    ] as const) {
      await page.fill(hour, value);
      await page.locator(hour).press('End');
      assert.equal(await page.locator(`${hour}.input-error`).count(), errors, value);
    }
    await page.locator(hour).scrollIntoViewIfNeeded();
    await picture(page, 'terminal-endpoint');
    await page.click('#node-config-dialog-cancel');
    await page.locator('#node-config-dialog-edit-form').waitFor({ state: 'detached' });
    await settled(page);
    await save();
  });

  it('deploy, and come back the same', async () => {
    const { page } = editor;
    await page.click('#red-ui-header-button-deploy');
    await page.waitForFunction('!RED.nodes.dirty()');
    await load(page, editor.url);
    for (const { type } of nodes) {
      await openDialog(page, ids.get(type) ?? '');
      await save();
      assert.equal(await page.evaluate(`Boolean(RED.nodes.node('${ids.get(type)}').changed)`), false, type);
    }
    const saved = await page.evaluate<Record<string, unknown>>(
      `RED.nodes.createExportableNodeSet([RED.nodes.node('${id('input')}')])[0]`,
    );
    const { command, minLength, maxLength, timeout } = saved;
    assert.deepEqual(
      { command, minLength, maxLength, timeout },
      {
        command: 'DigitString',
        minLength: '7',
        maxLength: '10',
        timeout: '30',
      },
    );
    assert.equal(await page.evaluate(`RED.nodes.node('${id('display')}').text`), 'Welcome!\nCome again');
  });

  it('left nothing in the console', () => assert.deepEqual(editor.complaints, []));
});
