import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { NexoError } from '../../lib/protocol/errors.ts';
import { openStore } from '../../lib/virtual/store.ts';
import type { StoredTransaction } from '../../lib/virtual/terminal/transaction-records.ts';

function file(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'virtual-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'terminal.jsonl');
}

const record = (id: string): StoredTransaction => ({
  header: {
    MessageClass: 'Service',
    MessageCategory: 'Payment',
    MessageType: 'Response',
    ServiceID: id,
    SaleID: 'å',
    POIID: 'p',
  },
  body: {},
});
const ids = (records: StoredTransaction[]) => records.map((one) => one.header.ServiceID);

test('what was appended is there again, in order', (t) => {
  const path = file(t);
  const store = openStore(path);
  assert.deepEqual(store.records, []);
  store.append(record('1'));
  store.append(record('2'));
  store.close();
  const again = openStore(path);
  assert.deepEqual(again.records, [record('1'), record('2')]);
  again.append(record('3'));
  again.close();
  const last = openStore(path);
  assert.deepEqual(ids(last.records), ['1', '2', '3']);
  last.close();
});

test('a last line that was cut off anywhere is dropped, and the file goes on', (t) => {
  const path = file(t);
  const line = `${JSON.stringify(record('2'))}\n`;
  for (let cut = 1; cut < line.length; cut += 7) {
    writeFileSync(path, `${JSON.stringify(record('1'))}\n${line.slice(0, cut)}`);
    const store = openStore(path);
    assert.deepEqual(ids(store.records), ['1']);
    store.append(record('3'));
    store.close();
    const again = openStore(path);
    assert.deepEqual(ids(again.records), ['1', '3']);
    again.close();
  }
});

test('a file with other content is refused and not changed', (t) => {
  const path = file(t);
  for (const content of ['precious', 'precious\n', '{"a":1}\n', '[]\n', '{']) {
    writeFileSync(path, content);
    if (content === '{') {
      openStore(path).close();
      continue;
    }
    assert.throws(
      () => openStore(path),
      (error: NexoError) => error.code === 'store_damaged',
    );
    assert.equal(readFileSync(path, 'utf8'), content);
  }
  appendFileSync(path, '');
});

test('a folder that does not exist is named', () => {
  assert.throws(
    () => openStore('/does/not/exist/terminal.jsonl'),
    (error: NexoError) => error.code === 'store_unusable' && error.message.includes('/does/not/exist'),
  );
});

test('a kill -9 right after an append loses nothing', async (t) => {
  const path = file(t);
  const script = `
    import { openStore } from ${JSON.stringify(new URL('../../lib/virtual/store.ts', import.meta.url).href)};
    const store = openStore(${JSON.stringify(path)});
    for (let i = 1; ; i++) {
      store.append({ header: { POIID: 'p', ServiceID: String(i) }, body: {} });
      process.stdout.write(i + '\\n');
    }`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
    if (output.split('\n').length > 20) child.kill('SIGKILL');
  });
  await once(child, 'close');
  const last = Number(output.split('\n').at(-2));
  const store = openStore(path);
  t.after(() => store.close());
  assert.ok(store.records.length >= last, `${store.records.length} kept, ${last} told`);
  assert.deepEqual(
    ids(store.records),
    store.records.map((_, index) => String(index + 1)),
  );
});
