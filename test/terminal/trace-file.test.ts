/** A trace in a file: bounded, complete where the disk takes it, and no burden where it does not. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { MemoryJournal } from '../../lib/journal/memory.ts';
import type { TransactionRecord } from '../../lib/session/record.ts';
import { pay } from '../../lib/terminal/promises.ts';
import { Terminal } from '../../lib/terminal/terminal.ts';
import { openTraceFile } from '../../lib/terminal/trace-file.ts';
import type { TracedExchange } from '../../lib/terminal/wire-trace.ts';
import { VirtualTransport } from '../../lib/transport/virtual.ts';
import { VirtualTerminals } from '../../lib/virtual/virtual-terminals.ts';

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'nexo-trace-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function exchange(id: number, text = ''): TracedExchange {
  const header = { MessageClass: 'Service', MessageCategory: 'Display', MessageType: 'Request' };
  return {
    at: Date.UTC(2026, 0, 1),
    duration: 1,
    terminal: '1/T1',
    direction: 'sent',
    category: 'Display',
    id: String(id),
    result: 'message',
    request: { SaleToPOIRequest: { MessageHeader: { ...header, SaleID: '1', POIID: text } } },
  };
}

const linesIn = (file: string) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

test('one line for each exchange, in order, readable by its owner alone', async (t) => {
  const file = join(folderFor(t), 'deeper', 'trace.log');
  const trace = openTraceFile(file);
  for (let id = 1; id <= 50; id++) trace.write(exchange(id));
  await trace.close();
  assert.deepEqual(
    linesIn(file).map(({ id }) => Number(id)),
    Array.from({ length: 50 }, (_, index) => index + 1),
  );
  assert.equal(statSync(file).mode & 0o077, 0);
});

test('two files of bounded size, the older half goes first', async (t) => {
  const folder = folderFor(t);
  const file = join(folder, 'trace.log');
  const maxBytes = 10_000;
  for (let run = 0; run < 40; run++) {
    const trace = openTraceFile(file, { maxBytes });
    for (let id = 0; id < 10; id++) trace.write(exchange(run * 10 + id, 'x'.repeat(100)));
    await trace.close();
  }
  assert.deepEqual(readdirSync(folder).sort(), ['trace.log', 'trace.log.1']);
  for (const name of readdirSync(folder)) assert.ok(statSync(join(folder, name)).size <= maxBytes, name);
  const ids = [...linesIn(`${file}.1`), ...linesIn(file)].map(({ id }) => Number(id));
  assert.equal(ids.at(-1), 399);
  assert.ok(ids.length > 20);
  assert.deepEqual(
    ids,
    ids.map((_, index) => 400 - ids.length + index),
  );
});

test('what comes faster than the disk is left out, and the file says so', async (t) => {
  const file = join(folderFor(t), 'trace.log');
  const trace = openTraceFile(file, { maxBytes: 2000 });
  for (let id = 0; id < 100; id++) trace.write(exchange(id));
  await trace.close();
  const lines = [`${file}.1`, file].filter((one) => existsSync(one)).flatMap(linesIn);
  const kept = lines.filter(({ id }) => id !== undefined).length;
  assert.ok(kept > 3 && kept < 20, `${kept} lines`);
  assert.deepEqual(
    lines.filter(({ dropped }) => dropped !== undefined),
    [{ dropped: 100 - kept }],
  );
});

test('a message that is too long is left out, its exchange is not', async (t) => {
  const file = join(folderFor(t), 'trace.log');
  const trace = openTraceFile(file);
  trace.write(exchange(1, 'x'.repeat(100_000)));
  await trace.close();
  const [line] = linesIn(file);
  assert.deepEqual([line.id, line.request], ['1', undefined]);
  assert.match(line.reason, /left out: 100\d+ characters/);
});

test('a disk that refuses is reported once, and counted when it is back', async (t) => {
  const folder = folderFor(t);
  const file = join(folder, 'trace.log');
  mkdirSync(file);
  const problems: string[] = [];
  const trace = openTraceFile(file, { onProblem: (error) => problems.push(error.message) });
  for (const id of [1, 2, 3]) {
    trace.write(exchange(id));
    await trace.flush();
  }
  assert.equal(problems.length, 1);
  assert.match(problems[0] ?? '', /trace\.log: EISDIR/);
  rmSync(file, { recursive: true });
  trace.write(exchange(4));
  await trace.close();
  const [dropped, line] = linesIn(file);
  assert.deepEqual([dropped, line.id], [{ dropped: 3 }, '4']);
});

test('those who name one file share it', async (t) => {
  const file = join(folderFor(t), 'trace.log');
  const [one, two] = [openTraceFile(file), openTraceFile(file)];
  one.write(exchange(1));
  await one.close();
  two.write(exchange(2));
  await two.close();
  assert.deepEqual(
    linesIn(file).map(({ id }) => id),
    ['1', '2'],
  );
});

test('a payment goes on where the trace cannot be written', async (t) => {
  const problems: Error[] = [];
  const trace = openTraceFile(folderFor(t), { onProblem: (error) => problems.push(error) });
  const terminals = new VirtualTerminals({ delay: 20 });
  const terminal = new Terminal({
    config: { saleId: '1', poiId: 'TRACED' },
    transport: new VirtualTransport(terminals),
    journal: async () => new MemoryJournal<TransactionRecord>(),
    trace: (one) => trace.write(one),
  });
  const { outcome } = await pay(terminal, { amount: '89.00', currency: 'SEK' });
  assert.equal(outcome, 'approved');
  await terminal.close();
  await trace.close();
  terminals.close();
  assert.equal(problems.length, 1);
});
