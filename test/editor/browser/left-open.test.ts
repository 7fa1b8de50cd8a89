/** Edits of a terminal that would leave its open transactions alone are warned of before a deploy. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { dragNode, type Editor, openDialog, openEditor, settled, tray } from './harness.ts';

let editor: Editor;
let payment: string;
/** What the server says is open. */
let open: object[] = [];

before(async () => {
  editor = await openEditor();
  const answer = () => ({ name: 'Till', settings: { poiId: '', saleId: '1', journal: '' }, open });
  await editor.page.route('**/nexo-terminal/*/open', (route) => route.fulfill({ json: answer() }));
  payment = await dragNode(editor.page, 'nexo-payment', { x: 500, y: 200 });
});
after(() => editor?.close());

const hint = () => editor.page.locator('#nexo-terminal-left-open');
const warnings = () => editor.page.locator('.red-ui-notification-warning');

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

it('the dialog shows what is open, and an edit of what it is found by is warned of', async () => {
  const { page, complaints } = editor;
  await openTerminal();
  assert.equal(await hint().isVisible(), false);
  await save();
  open = [{ transactionId: 'order-<b>9', amount: '89.00', currency: 'SEK', state: 'sent' }];
  await openTerminal();
  await hint().filter({ hasText: 'order-<b>9 (89.00 SEK)' }).waitFor();
  await page.fill('#node-config-input-name', 'Bar');
  await save();
  assert.equal(await warnings().count(), 0);
  await openTerminal();
  await page.fill('#node-config-input-saleId', '2');
  await save();
  await warnings().filter({ hasText: 'order-<b>9' }).waitFor();
  assert.deepEqual(complaints, []);
});
