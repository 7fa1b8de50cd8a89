/** The cloud's part of the terminal dialog, against its stand-in. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type RunningCloud, serveCloud } from '../../../lib/virtual/cloud/cloud-server.ts';
import { CloudService } from '../../../lib/virtual/cloud/cloud-service.ts';
import { dragNode, type Editor, openDialog, openEditor, picture, settled, tray } from './harness.ts';

const CLIENT = { clientId: 'till-client', clientSecret: 'sEcReT-9' };
const FIELDS = ['baseUrl', 'tokenUrl', 'scope'] as const;

describe('a terminal in the cloud, in the editor', () => {
  let editor: Editor;
  let service: CloudService;
  let cloud: RunningCloud;
  let payment: string;

  before(async () => {
    service = new CloudService({ client: CLIENT, relay: () => {} });
    cloud = await serveCloud(service, { port: 0 });
    editor = await openEditor();
    payment = await dragNode(editor.page, 'nexo-payment', { x: 500, y: 200 });
  });
  after(async () => {
    await editor?.close();
    await cloud?.close();
    service?.close();
  });

  const at = (field: string) => editor.page.locator(`#node-config-input-${field}`);
  const result = () => editor.page.locator('#nexo-terminal-pairing-result');

  async function openTerminal(): Promise<void> {
    await openDialog(editor.page, payment);
    const terminal = await editor.page.evaluate<string>(`$('#node-input-terminal').val()`);
    await editor.page.click(`#node-input-btn-terminal-${terminal === '_ADD_' ? 'add' : 'edit'}`);
    await tray(editor.page, 'node-config-dialog-edit-form');
  }

  async function save(): Promise<void> {
    const { page } = editor;
    await page.click('#node-config-dialog-ok');
    await page.locator('#node-config-dialog-edit-form').waitFor({ state: 'detached' });
    await settled(page);
    await page.click('#node-dialog-ok');
    await page.locator('#dialog-form').waitFor({ state: 'detached' });
    await settled(page);
  }

  async function pairWith(code: string, says: RegExp): Promise<void> {
    await editor.page.fill('#nexo-terminal-code', code);
    await editor.page.click('#nexo-terminal-pair');
    await result().filter({ hasText: says }).waitFor();
  }

  it('shows the cloud’s rows only where it is chosen, with the test environment filled in', async () => {
    const { page } = editor;
    await openTerminal();
    assert.equal(await at('baseUrl').isVisible(), false);
    await page.selectOption('#node-config-input-connection', 'cloud');
    for (const field of [...FIELDS, 'environment', 'clientId', 'clientSecret', 'channelId', 'events']) {
      assert.equal(await at(field).isVisible(), true, field);
    }
    for (const field of ['host', 'tls', 'endpoint']) assert.equal(await at(field).isVisible(), false, field);
    assert.equal(await at('baseUrl').inputValue(), 'https://cloudconnect.stage.swedbankpay.com');
    assert.equal(await at('baseUrl').getAttribute('readonly'), '');
    await at('environment').scrollIntoViewIfNeeded();
    await picture(page, 'terminal-cloud-test');
  });

  it('fills in addresses by environment, and keeps what was typed', async () => {
    const { page } = editor;
    await page.selectOption('#node-config-input-environment', 'production');
    for (const field of FIELDS) assert.equal(await at(field).inputValue(), '', field);
    assert.equal(await page.locator('#node-config-input-baseUrl.input-error').count(), 1);
    await page.selectOption('#node-config-input-environment', 'own');
    assert.equal(await at('baseUrl').inputValue(), 'http://127.0.0.1:11090');
    await at('baseUrl').fill('http://cloud.example');
    await at('baseUrl').press('End');
    assert.equal(await page.locator('#node-config-input-baseUrl.input-error').count(), 1);
    await at('baseUrl').fill(cloud.baseUrl);
    await at('tokenUrl').fill(cloud.tokenUrl);
    await at('tokenUrl').press('End');
    await page.selectOption('#node-config-input-environment', 'production');
    assert.equal(await at('baseUrl').inputValue(), cloud.baseUrl);
    assert.equal(await page.locator('#node-config-input-baseUrl.input-error').count(), 0);
    await page.selectOption('#node-config-input-environment', 'own');
  });

  it('pairs: says what is wrong, then fills in the channel', async () => {
    const { page } = editor;
    await at('poiId').fill('A-POIID');
    await page.click('#nexo-terminal-pair');
    await result().filter({ hasText: 'Enter the code that the terminal shows first' }).waitFor();
    await pairWith('123', /client id of the cloud service is missing/);
    await at('clientId').fill(CLIENT.clientId);
    await at('clientSecret').fill('wrong');
    await pairWith('123', /client secret is wrong or has expired/);
    await at('clientSecret').fill(CLIENT.clientSecret);
    await pairWith('000000', /does not accept this pairing code.*enter the new code/);
    await at('environment').scrollIntoViewIfNeeded();
    await picture(page, 'terminal-cloud-wrong-code');
    await pairWith(service.channels.codes[0]?.code ?? '', /Paired.*deploy now/);
    const channelId = await at('channelId').inputValue();
    assert.ok(service.channels.find(channelId));
    assert.equal(await at('channelId').getAttribute('type'), 'password');
    assert.equal(await page.inputValue('#nexo-terminal-code'), '');
    await picture(page, 'terminal-cloud-paired');
    await save();
  });

  it('pairs anew with the secret that is kept, once it is deployed', async () => {
    const { page, complaints } = editor;
    await page.click('#red-ui-header-button-deploy');
    await page.waitForFunction(`$('#red-ui-header-button-deploy').hasClass('disabled')`);
    await openTerminal();
    assert.equal(await at('clientId').inputValue(), CLIENT.clientId);
    assert.equal(await at('clientSecret').inputValue(), '__PWRD__');
    assert.equal(await at('channelId').inputValue(), '__PWRD__');
    await pairWith(service.channels.codes[0]?.code ?? '', /Paired/);
    assert.ok(service.channels.find(await at('channelId').inputValue()));
    await save();
    assert.deepEqual(
      complaints.filter((one) => !one.includes('422')),
      [],
    );
  });
});
