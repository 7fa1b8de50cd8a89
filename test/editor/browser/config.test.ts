import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { dragNode, type Editor, load, openDialog, openEditor, picture, settled, tray } from './harness.ts';

/** What is typed where, and what the field's tooltip must then say; `null`: nothing is wrong. */
const lanFields: [field: string, value: string, reason: RegExp | null][] = [
  ['host', '', /address is missing\. Enter the terminal's IP address/],
  ['host', 'http://192.168.1.20', /must not start with http:/],
  ['host', '192.168.1.20/path', /must not contain a path/],
  ['host', '192.168.1.20:11000', /must not contain a port/],
  ['host', '192.168.1.256', /not an IP address/],
  ['host', '192.168.1', /not an IP address/],
  ['host', 'till 1', /not a host name/],
  ['host', 'a..b', /not a host name/],
  ['host', '[fd00::20]', null],
  ['host', 'terminal-1.local', null],
  ['host', `\${TERMINAL_HOST}`, null],
  ['host', '192.168.1.20', null],
  ['port', '', /whole number from 1 to 65535/],
  ['port', '0', /whole number from 1 to 65535/],
  ['port', '65536', /whole number from 1 to 65535/],
  ['port', '11000.5', /whole number from 1 to 65535/],
  ['port', 'eleven', /whole number from 1 to 65535/],
  ['port', `\${PORT}`, null],
  ['port', '65535', null],
  ['port', '1', null],
  ['path', 'EPASSaleToPOI/3.1', /must start with \//],
  ['path', '/EPAS SaleToPOI', /must start with \//],
  ['path', '/EPASSaleToPOI/3.1', null],
  ['poiId', '', /terminal id is missing/],
  ['poiId', 'x'.repeat(33), /at most 32 characters/],
  ['poiId', ' A-POIID', /starts or ends with a blank/],
  ['poiId', 'x'.repeat(32), null],
  ['poiId', 'A-POIID', null],
  ['saleId', '', /till id is missing/],
  ['saleId', '1', null],
  ['currency', 'KRONA', /not a currency/],
  ['currency', 'XYZ', /not a currency/],
  ['currency', '', /not a currency/],
  ['currency', 'GBP', null],
  ['currency', 'SEK', null],
  ['responseTimeout', '0', /whole seconds from 1/],
  ['responseTimeout', '-5', /whole seconds from 1/],
  ['responseTimeout', `\${SECONDS}`, null],
  ['responseTimeout', '240', null],
  ['recoveryTimeout', 'soon', /whole seconds from 1/],
  ['recoveryTimeout', '120', null],
  ['probeAfter', 'never', /whole seconds from 1/],
  ['probeAfter', '', /whole seconds from 1/],
  ['probeAfter', '60', null],
  ['cardTimeout', '0', /whole seconds from 1/],
  ['cardTimeout', '', /whole seconds from 1/],
  ['cardTimeout', '45', null],
];

describe('config nodes in the editor', () => {
  let editor: Editor;
  let payment: string;

  before(async () => {
    editor = await openEditor();
    payment = await dragNode(editor.page, 'nexo-payment', { x: 500, y: 200 });
  });
  after(() => editor?.close());

  const row = (field: string) => editor.page.locator(`.form-row:has(> #node-config-input-${field})`);

  /** The reason a field's tooltip gives, or null when the field is not marked. */
  function reasonOf(field: string): Promise<string | null> {
    return editor.page.evaluate<string | null>(`(async () => {
      const input = $('#node-config-input-${field}');
      if (!input.hasClass('input-error')) return null;
      const tooltip = input.data('tooltip').open(true);
      await new Promise((resolve) => setTimeout(resolve));
      const text = tooltip.element.text();
      tooltip.close(true);
      return text;
    })()`);
  }

  async function type(field: string, value: string): Promise<void> {
    const input = editor.page.locator(`#node-config-input-${field}`).last();
    await input.fill(value);
    await input.press('End');
  }

  async function openTerminal(): Promise<void> {
    await openDialog(editor.page, payment);
    const terminal = await editor.page.evaluate<string>(`$('#node-input-terminal').val()`);
    await editor.page.click(`#node-input-btn-terminal-${terminal === '_ADD_' ? 'add' : 'edit'}`);
    await tray(editor.page, 'node-config-dialog-edit-form');
  }

  async function closeTerminal(): Promise<void> {
    const { page } = editor;
    await page.click('#node-config-dialog-ok');
    await page.locator('#node-config-dialog-edit-form').waitFor({ state: 'detached' });
    await settled(page);
    await page.click('#node-dialog-ok');
    await page.locator('#dialog-form').waitFor({ state: 'detached' });
    await settled(page);
  }

  it('start with a virtual terminal that needs nothing more', async () => {
    const { page } = editor;
    await openTerminal();
    for (const field of ['host', 'path']) assert.equal(await row(field).isVisible(), false, field);
    assert.equal(await page.locator('#node-config-input-secure').isVisible(), false);
    assert.equal(await page.locator('#node-config-input-tls').isVisible(), false);
    assert.equal(await page.locator('.nexo-virtual').isVisible(), true);
    assert.equal(await page.locator('#node-config-dialog-edit-form .input-error').count(), 0);
    assert.deepEqual(await page.locator('#node-config-input-connection option').allTextContents(), [
      'Virtual terminal (simulated here, no hardware)',
      'On the local network (LAN)',
      "Through Swedbank Pay's cloud",
      'A pool: any free one of several terminals',
    ]);
    await page.waitForFunction(`$('#node-config-input-journal option:selected').text().startsWith('built-in')`);
    await picture(page, 'terminal-virtual');
  });

  it('show what a terminal on the network needs, and say what is wrong with it', async () => {
    const { page } = editor;
    await page.selectOption('#node-config-input-connection', 'lan');
    assert.equal(await page.locator('.nexo-virtual').isVisible(), false);
    for (const field of ['host', 'path']) assert.equal(await row(field).isVisible(), true, field);
    await picture(page, 'terminal-lan');
    assert.equal(await page.locator('#node-config-input-probeAfter').isVisible(), false, 'folded away');
    await page.locator('.nexo-advanced summary').click();
    await picture(page, 'terminal-advanced');
    for (const [field, value, reason] of lanFields) {
      await type(field, value);
      const said = await reasonOf(field);
      if (reason === null) assert.equal(said, null, `${field} = ${JSON.stringify(value)}`);
      else assert.match(said ?? 'no complaint', reason, `${field} = ${JSON.stringify(value)}`);
    }
  });

  it('show a reason when the pointer is over the field', async () => {
    const { page } = editor;
    await type('port', '70000');
    await page.hover('#node-config-input-port');
    const popover = page.locator('.red-ui-popover').filter({ hasText: 'whole number from 1 to 65535' });
    await popover.waitFor();
    await picture(page, 'terminal-reason');
    await type('port', '11000');
    await popover.waitFor({ state: 'detached' });
  });

  it('put a currency in capitals', async () => {
    const { page } = editor;
    await type('currency', 'nok');
    await page.locator('#node-config-input-currency').blur();
    assert.equal(await page.inputValue('#node-config-input-currency'), 'NOK');
    assert.equal(await reasonOf('currency'), null);
  });

  it('ask for certificates only with HTTPS', async () => {
    const { page } = editor;
    const tls = page.locator('#node-config-input-tls');
    assert.equal(await tls.isVisible(), false);
    await page.check('#node-config-input-secure');
    assert.equal(await tls.isVisible(), true);
    await page.waitForFunction(`$('#node-config-input-tls option:selected').text().includes('system')`);
    await page.selectOption('#node-config-input-connection', 'virtual');
    assert.equal(await tls.isVisible(), false);
    await page.selectOption('#node-config-input-connection', 'lan');
    await page.selectOption('#node-config-input-whenBusy', 'refuse');
    await page.selectOption('#node-config-input-approvedAfterAbort', 'reverse');
  });

  it('add a journal from the terminal', async () => {
    const { page } = editor;
    await page.click('#node-config-input-btn-journal-add');
    const form = page.locator('#node-config-dialog-edit-form').last();
    await form.locator('#node-config-input-retentionDays').waitFor();
    await settled(page);
    assert.equal(await form.locator('#node-config-input-retentionDays').inputValue(), '550');
    for (const [field, value, reason] of [
      ['retentionDays', '-1', /whole days, 0/],
      ['retentionDays', 'all', /whole days, 0/],
      ['retentionDays', '0', null],
      ['file', '/data/', /This is a folder/],
      ['file', '/data/payments.sqlite', null],
    ] as const) {
      await type(field, value);
      const said = await reasonOf(field);
      if (reason === null) assert.equal(said, null);
      else assert.match(said ?? 'no complaint', reason);
    }
    await picture(page, 'journal');
    await type('file', '');
    await page.locator('#node-config-dialog-ok').last().click();
    await form.locator('#node-config-input-retentionDays').waitFor({ state: 'detached' });
    await settled(page);
    assert.equal(await page.locator('#node-config-input-journal option:checked').textContent(), 'journal');
    await page.waitForFunction(`$('#node-config-input-journal option[value="_ADD_"]').text().startsWith('built-in')`);
    await page.selectOption('#node-config-input-journal', '_ADD_');
  });

  it('name themselves after their address, and come back as they were saved', async () => {
    const { page } = editor;
    await closeTerminal();
    const id = await page.evaluate<string>(`RED.nodes.node('${payment}').terminal`);
    const label = (): Promise<string> => page.evaluate(`RED.utils.getNodeLabel(RED.nodes.node('${id}'))`);
    assert.equal(await label(), '192.168.1.20:11000');
    assert.deepEqual(await page.evaluate(`RED.nodes.node('${id}').validationErrors`), []);
    await page.click('#red-ui-header-button-deploy');
    // Node-RED asks whether an unused config node, the journal, is meant to stay.
    const anyway = page.locator('.red-ui-notification button.primary');
    await page.waitForFunction(`!RED.nodes.dirty() || $('.red-ui-notification button.primary').length > 0`);
    if (await page.evaluate<boolean>('RED.nodes.dirty()')) await anyway.last().click();
    await page.waitForFunction('!RED.nodes.dirty()');
    await load(page, editor.url);
    assert.equal(await label(), '192.168.1.20:11000');
    await openTerminal();
    assert.equal(await page.inputValue('#node-config-input-host'), '192.168.1.20');
    assert.equal(await page.isChecked('#node-config-input-secure'), true);
    assert.equal(await page.inputValue('#node-config-input-whenBusy'), 'refuse');
    assert.equal(await page.inputValue('#node-config-input-approvedAfterAbort'), 'reverse');
    assert.equal(await page.inputValue('#node-config-input-probeAfter'), '60');
    assert.equal(
      await page.locator('#node-config-input-probeAfter').isVisible(),
      true,
      'it was changed: not folded away',
    );
    assert.equal(await page.inputValue('#node-config-input-currency'), 'NOK');
    assert.equal(await page.locator('#node-config-dialog-edit-form .input-error').count(), 0);
    await closeTerminal();
    assert.equal(await page.evaluate(`Boolean(RED.nodes.node('${id}').changed)`), false);
  });

  it('are judged as saved, not as the dialog of another terminal shows them', async () => {
    const { page } = editor;
    await page.evaluate(`RED.nodes.import([
      { id: 'incomplete', type: 'nexo-terminal', connection: 'lan', port: 11000, path: '/x', saleId: '1', currency: 'SEK',
        language: 'sv', responseTimeout: 300, recoveryTimeout: 120, whenBusy: 'wait' }])`);
    await openTerminal();
    await page.selectOption('#node-config-input-connection', 'virtual');
    const errors = await page.evaluate<string[]>(
      `(RED.editor.validateNode(RED.nodes.node('incomplete')), RED.nodes.node('incomplete').validationErrors)`,
    );
    assert.match(errors.join('\n'), /address is missing[\s\S]*terminal id is missing/);
    await page.click('#node-config-dialog-cancel');
    await page.locator('#node-config-dialog-edit-form').waitFor({ state: 'detached' });
    await settled(page);
    await page.click('#node-dialog-cancel');
    await page.locator('#dialog-form').waitFor({ state: 'detached' });
  });

  it('need no address where the terminal announces it: with an endpoint, and while its address is followed', async () => {
    const { page } = editor;
    const errors = await page.evaluate<string[][]>(`(() => {
      const terminal = { type: 'nexo-terminal', connection: 'lan', host: '', port: 11000, path: '/x', poiId: 'P', saleId: '1',
        currency: 'SEK', language: 'sv', journal: '', tls: '', autoLogin: true, responseTimeout: 300, recoveryTimeout: 120,
        whenBusy: 'wait' };
      RED.nodes.import([
        { id: 'calls', type: 'nexo-endpoint', name: '', address: '0.0.0.0', port: 11001, allow: '', mount: false,
          secure: false, tls: '', version: 1 },
        { ...terminal, id: 'waited', endpoint: 'calls' },
        { ...terminal, id: 'not-followed', endpoint: 'calls', followAddress: false },
        { ...terminal, id: 'mute', endpoint: '' }]);
      return ['waited', 'not-followed', 'mute'].map((id) => {
        RED.editor.validateNode(RED.nodes.node(id));
        return RED.nodes.node(id).validationErrors;
      });
    })()`);
    assert.deepEqual(errors[0], []);
    for (const reasons of errors.slice(1)) assert.match(reasons.join('\n'), /address is missing/);
  });

  it('stay valid when saved before a setting existed, and open with its default', async () => {
    const { page } = editor;
    const errors = await page.evaluate<string[]>(`(() => {
      RED.nodes.import([
        { id: 'yesterday', type: 'nexo-terminal', connection: 'virtual', host: '', port: 11000, path: '/x', poiId: '',
          saleId: '1', currency: 'SEK', language: 'sv', journal: '', tls: '', autoLogin: true, responseTimeout: 300,
          recoveryTimeout: 120, whenBusy: 'wait' }]);
      RED.editor.validateNode(RED.nodes.node('yesterday'));
      return RED.nodes.node('yesterday').validationErrors;
    })()`);
    assert.deepEqual(errors, []);
    await page.evaluate(`RED.editor.editConfig('', 'nexo-terminal', 'yesterday')`);
    await tray(page, 'node-config-dialog-edit-form');
    assert.equal(await page.inputValue('#node-config-input-approvedAfterAbort'), 'keep');
    assert.equal(await page.inputValue('#node-config-input-probeAfter'), '120');
    assert.equal(await page.locator('#node-config-dialog-edit-form .input-error').count(), 0);
    await page.click('#node-config-dialog-cancel');
    await page.locator('#node-config-dialog-edit-form').waitFor({ state: 'detached' });
    await settled(page);
  });

  it('have help', async () => {
    const { page } = editor;
    for (const [type, part] of [
      ['nexo-terminal', /never has two payments in progress/],
      ['nexo-journal', /never holds card numbers/],
    ] as const) {
      await page.evaluate(`RED.sidebar.help.show('${type}')`);
      await page.waitForFunction(`$('.red-ui-help:visible').text().includes('Details')`);
      assert.match(((await page.locator('.red-ui-help').last().textContent()) ?? '').replace(/\s+/g, ' '), part);
      await picture(page, `help-${type}`);
    }
  });

  it('never made the browser complain', () => {
    assert.deepEqual(editor.complaints, []);
  });
});
