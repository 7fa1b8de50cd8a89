import assert from 'node:assert/strict';
import { test } from 'node:test';
import { definitions, messages } from '../../lib/protocol/schema.ts';
import type { Message, Nexo } from '../../lib/protocol/types.ts';
import { encode } from '../../lib/protocol/xml/encode.ts';
import { formatProblem } from '../../lib/virtual/terminal/strict-format.ts';
import * as pos from '../support/pos.ts';
import { ClientPos, resultText } from './client-pos.ts';
import { FULL } from './recording-pos.ts';

type Header = { id: string };

const admin = (header: Header) => pos.request(header, 'Admin', { AdminRequest: { ServiceIdentification: 'OM02' } });

test('UpdateTerminal: Success, and a pending update is announced', () => {
  const client = new ClientPos({ maintenance: 1000 }, FULL);
  client.clock.advance(1000);
  client.takeLog();
  client.exchange(admin);
  assert.deepEqual(client.takeLog(), ['Admin →', '← Admin Success', 'Event SaleAdmin']);
  assert.equal(client.received.at(-1)?.EventNotification?.MaintenanceRequiredFlag, true);
});

test('UpdateTerminal where nothing is due: Success, and that is all', () => {
  const client = new ClientPos({}, FULL);
  client.takeLog();
  client.exchange(admin);
  assert.deepEqual(client.takeLog(), ['Admin →', '← Admin Success']);
});

test('diagnosis: who is logged in, how the terminal is, and which hosts it reaches', () => {
  const client = new ClientPos();
  const ask = (DiagnosisRequest: Nexo<'DiagnosisRequest'>) =>
    client.exchange((header) => pos.request(header, 'Diagnosis', { DiagnosisRequest })).DiagnosisResponse;
  const plain = ask({});
  assert.deepEqual(plain?.LoggedSaleID, ['ECR1']);
  assert.equal(plain?.POIStatus?.GlobalStatus, 'OK');
  assert.equal(plain?.HostStatus, undefined);
  assert.deepEqual(ask({ HostDiagnosisFlag: true })?.HostStatus, [{ AcquirerID: '877888', IsReachableFlag: true }]);
  assert.deepEqual(ask({ HostDiagnosisFlag: true, AcquirerID: ['1'] })?.HostStatus, [
    { AcquirerID: '1', IsReachableFlag: false },
  ]);
});

const totals = (TotalFilter?: Nexo<'TotalFilter'>) => (header: Header) =>
  pos.request(header, 'GetTotals', { GetTotalsRequest: TotalFilter ? { TotalFilter } : {} });
const reconcile =
  (ReconciliationType = 'SaleReconciliation') =>
  (header: Header) =>
    pos.request(header, 'Reconciliation', { ReconciliationRequest: { ReconciliationType } });

/** `Card SEK Debit 2 100.00` */
function rows(all: readonly Nexo<'TransactionTotals'>[] = []): string[] {
  return all.flatMap(({ PaymentInstrumentType, PaymentCurrency, PaymentTotals = [] }) =>
    PaymentTotals.map((one) =>
      [PaymentInstrumentType, PaymentCurrency, one.TransactionType, one.TransactionCount, one.TransactionAmount].join(
        ' ',
      ),
    ),
  );
}

test('totals are what the ledger says: by currency and instrument, reversals beside, declined ones not', () => {
  const client = new ClientPos();
  client.pay('10');
  client.pay('20');
  client.pay('5', { type: 'Refund' });
  client.terminal.script(['declined', 'mobile']);
  client.pay('7');
  client.pay('3');
  const id = client.last().PaymentResponse?.POIData.POITransactionID;
  assert.ok(id);
  client.exchange((header) => pos.reversal(header, id));
  client.exchange((header) => pos.payment(header, '8', { currency: 'NOK' }));
  const expected = [
    'Card SEK Debit 2 30.00',
    'Card SEK Credit 1 5.00',
    'Mobile SEK Debit 1 3.00',
    'Mobile SEK ReverseDebit 1 3.00',
    'Card NOK Debit 1 8.00',
  ];
  const { GetTotalsResponse: answer } = client.exchange(totals());
  assert.deepEqual(rows(answer?.TransactionTotals), expected);
  assert.deepEqual(rows(client.exchange(totals({ SaleID: 'ECR9' })).GetTotalsResponse?.TransactionTotals), []);
  assert.deepEqual(rows(client.exchange(totals({ POIID: 'else' })).GetTotalsResponse?.TransactionTotals), []);
  const { ReconciliationResponse: closed } = client.exchange(reconcile());
  assert.deepEqual(rows(closed?.TransactionTotals), expected);
  assert.equal(closed?.POIReconciliationID, '1');
});

test('a reconciliation begins a new period; other kinds are not done', () => {
  const client = new ClientPos();
  client.pay('10');
  assert.equal(resultText(client.exchange(reconcile('AcquirerReconciliation'))), 'Failure UnavailableService');
  client.exchange(reconcile());
  assert.deepEqual(rows(client.exchange(totals()).GetTotalsResponse?.TransactionTotals), []);
  client.exchange(reconcile());
  client.pay('4');
  const { GetTotalsResponse: answer } = client.exchange(totals());
  assert.deepEqual(rows(answer?.TransactionTotals), ['Card SEK Debit 1 4.00']);
  assert.equal(answer?.POIReconciliationID, '3');
});

interface Schema {
  $ref?: string;
  type?: string;
  enum?: readonly string[];
  pattern?: string;
  minLength?: number;
  minimum?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: readonly string[];
}
const table: Record<string, Schema> = definitions;

/** The least that a schema takes. */
function least(schema: Schema): unknown {
  if (schema.$ref !== undefined) return least(table[schema.$ref.slice('#/$defs/'.length)] ?? {});
  if (schema.enum) return schema.enum[0];
  if (schema.type === 'array') return [least(schema.items ?? {})];
  if (schema.type === 'boolean') return false;
  if (schema.type === 'integer') return schema.minimum ?? 1;
  if (schema.type === 'object')
    return Object.fromEntries((schema.required ?? []).map((name) => [name, least(schema.properties?.[name] ?? {})]));
  const { pattern = '', minLength = 1 } = schema;
  return TEXTS.find((text) => text.length >= minLength && new RegExp(pattern).test(text)) ?? '1'.repeat(minLength);
}

const TEXTS = ['1', 'en', 'SEK', 'MQ==', '2023-08-24T17:03:37+02:00'];

/** Every request of the table, as small as it may be. */
function every(): [string, (header: Header) => Message][] {
  return Object.entries(messages)
    .filter(([, { root, type }]) => root === 'SaleToPOIRequest' && type === 'Request')
    .map(([name, { category, class: messageClass }]) => [
      name,
      (header: Header) => pos.request(header, category, { [name]: least(table[name] ?? {}) }, messageClass),
    ]);
}

/** Whose answer is HTTP 204 by the rules of nexo. */
const SILENT = new Set(['AbortRequest', 'InputUpdate']);

for (const loggedIn of [true, false])
  for (const [name, make] of every())
    test(`${name} ${loggedIn ? 'in a session' : 'before a login'} is answered, and in its own shape`, () => {
      const client = new ClientPos({ delay: 0 });
      if (!loggedIn) client.terminal.reboot();
      const before = client.responses.length;
      client.start(make);
      client.clock.advance(60_000);
      const [answer, ...more] = client.responses.slice(before);
      assert.deepEqual(more, []);
      if (SILENT.has(name)) return assert.deepEqual(answer, { type: 'empty' });
      assert.ok(answer?.type === 'message' || (answer?.type === 'empty' && name === 'PrintRequest'), answer?.type);
      if (answer.type !== 'message') return undefined;
      assert.equal(formatProblem(encode(answer.message)), undefined);
      const { MessageHeader: header, ...bodies } = Object.values(answer.message)[0] as Nexo<'SaleToPOIResponse'>;
      assert.deepEqual(Object.keys(bodies), [name.replace('Request', 'Response')]);
      assert.equal(header.MessageType, 'Response');
      return undefined;
    });

const UNAVAILABLE = ['BalanceInquiry', 'Batch', 'Loyalty', 'StoredValue', 'PIN', 'CardReaderInit', 'CardReaderAPDU'];
for (const [name, make] of every().filter(([one]) => UNAVAILABLE.includes(one.replace(/Request$/, ''))))
  test(`${name}: UnavailableService`, () => {
    assert.equal(resultText(new ClientPos().exchange(make)), 'Failure UnavailableService');
  });
