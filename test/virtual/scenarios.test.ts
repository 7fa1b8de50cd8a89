import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asksForSignature, decodeReceipts } from '../../lib/protocol/receipts/receipts.ts';
import type { Message, Nexo } from '../../lib/protocol/types.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';
import { encode } from '../../lib/protocol/xml/encode.ts';
import type { TerminalAnswer } from '../../lib/virtual/terminal/responses.ts';
import { scenarioHelp } from '../../lib/virtual/terminal/scenario-help.ts';
import {
  isScenario,
  type ScenarioName,
  scenarioByDecimals,
  scenarioFor,
  scenarios,
} from '../../lib/virtual/terminal/scenarios.ts';
import { formatProblem } from '../../lib/virtual/terminal/strict-format.ts';
import { VirtualTerminal } from '../../lib/virtual/terminal/terminal.ts';
import { ManualClock } from '../support/clock.ts';
import * as pos from '../support/pos.ts';

function run(message: Message, options: { script?: ScenarioName[]; turn?: number } = {}) {
  const clock = new ManualClock();
  const terminal = new VirtualTerminal({ poiId: 'A-POIID', clock });
  const answers: TerminalAnswer[] = [];
  terminal.receive(pos.login({ id: '1' }), () => {});
  terminal.script(options.script ?? []);
  terminal.receive(message, (answer) => answers.push(answer));
  clock.advance(options.turn ?? 60_000);
  const status: TerminalAnswer[] = [];
  terminal.receive(pos.status({ id: '8' }, { ServiceID: '2' }), (answer) => status.push(answer));
  return { terminal, answers, status, charged: terminal.ledger.of('T2').charged };
}

function paymentOf(answer: TerminalAnswer | undefined): Nexo<'PaymentResponse'> {
  if (answer?.type !== 'message') throw new Error(`no message but ${answer?.type}`);
  const bytes = encode(answer.message);
  assert.equal(formatProblem(bytes), undefined);
  const { message } = decode(bytes);
  const body = 'SaleToPOIResponse' in message ? message.SaleToPOIResponse.PaymentResponse : undefined;
  if (!body) throw new Error('no payment response');
  return body;
}

function statusOf(answers: TerminalAnswer[]): Nexo<'TransactionStatusResponse'> {
  const [answer] = answers;
  if (answer?.type !== 'message' || !('SaleToPOIResponse' in answer.message)) throw new Error('no status');
  const body = answer.message.SaleToPOIResponse.TransactionStatusResponse;
  if (!body) throw new Error('no status');
  return body;
}

const response: [string, string, number, { receipts: boolean; verdict?: string }][] = [
  ['89.00', 'Success', 8900, { receipts: true, verdict: 'Godkänd' }],
  ['89.50', 'Success', 8950, { receipts: true, verdict: 'Godkänd' }],
  ['89.01', 'Failure Refusal', 0, { receipts: true, verdict: 'Medges ej' }],
  ['89.02', 'Failure WrongPIN', 0, { receipts: true, verdict: 'Medges ej' }],
  ['89.03', 'Failure InvalidCard', 0, { receipts: true, verdict: 'Medges ej' }],
  ['89.04', 'Failure Cancel', 0, { receipts: true, verdict: 'Avbrutet' }],
  ['89.05', 'Success', 8905, { receipts: true, verdict: 'Godkänd' }],
  ['89.06', 'Success', 8906, { receipts: true, verdict: 'Godkänd' }],
  ['89.07', 'Partial PaymentRestriction', 4400, { receipts: true, verdict: 'Godkänd' }],
  ['89.08', 'Success', 8908, { receipts: true, verdict: 'Godkänd' }],
  ['89.09', 'Success', 9799, { receipts: true, verdict: 'Godkänd' }],
  ['89.11', 'Failure PaymentRestriction', 0, { receipts: true, verdict: 'Medges ej' }],
  ['89.12', 'Failure Busy', 0, { receipts: false }],
  ['89.13', 'Failure UnreachableHost', 0, { receipts: true, verdict: 'Medges ej' }],
  ['89.14', 'Failure Cancel', 0, { receipts: false }],
];
for (const [amount, result, charged, expected] of response)
  test(`${amount}: ${result}, ${charged} moved, and the status agrees`, () => {
    const played = run(pos.payment({ id: '2' }, amount));
    assert.equal(played.answers.length, 1);
    const body = paymentOf(played.answers[0]);
    const { Result, ErrorCondition } = body.Response;
    assert.equal([Result, ErrorCondition].filter((part) => part).join(' '), result);
    assert.equal(played.charged, charged);
    const { customer, merchant } = decodeReceipts(body.PaymentReceipt);
    assert.equal(customer !== undefined && merchant !== undefined, expected.receipts);
    if (expected.verdict) assert.ok(customer?.lines.includes(expected.verdict), customer?.text);
    const repeated = statusOf(played.status).RepeatedMessageResponse?.PaymentResponse;
    assert.deepEqual(repeated && { ...repeated }, ErrorCondition === 'Busy' ? undefined : body);
  });

test('signature: SignatureBlock is true, and the merchant has a line to sign', () => {
  const { PaymentReceipt } = paymentOf(run(pos.payment({ id: '2' }, '89.05')).answers[0]);
  const { merchant, customer } = decodeReceipts(PaymentReceipt);
  assert.equal(asksForSignature(PaymentReceipt), true);
  assert.ok(merchant?.lines.includes('Signatur:'));
  assert.ok(!customer?.lines.includes('Signatur:'));
});

test('slow: nothing is decided for 20 s, so that an abort can be tried', () => {
  assert.deepEqual(run(pos.payment({ id: '2' }, '89.06'), { turn: 19_999 }).answers, []);
});

test('tip, mobile and restriction say what the samples say', () => {
  const tip = paymentOf(run(pos.payment({ id: '2' }, '89.09')).answers[0]).PaymentResult?.AmountsResp;
  assert.deepEqual([tip?.AuthorizedAmount, tip?.TipAmount], ['97.99', '8.90']);
  const mobile = paymentOf(run(pos.payment({ id: '2' }, '89.08')).answers[0]).PaymentResult?.PaymentInstrumentData;
  assert.equal(mobile?.PaymentInstrumentType, 'Mobile');
  const restricted = paymentOf(run(pos.payment({ id: '2' }, '89.11')).answers[0]).PaymentResult;
  assert.equal(restricted?.AmountsResp?.AuthorizedAmount, '89.11', 'an amount that was not authorised');
});

const broken: [string, string, number, string][] = [
  ['89.21', 'drop', 8921, 'Success'],
  ['89.22', 'drop', 0, 'Failure NotFound'],
  ['89.24', 'drop', 8924, 'Success'],
  ['89.31', 'bytes', 8931, 'Success'],
  ['89.32', 'truncated', 8932, 'Success'],
  ['89.34', 'bytes', 8934, 'Success'],
  ['89.35', 'empty', 8935, 'Success'],
  ['89.41', 'drop', 0, 'Failure NotAllowed'],
  ['89.42', 'drop', 8942, 'Failure NotAllowed'],
];
for (const [amount, type, charged, status] of broken)
  test(`${amount} (${scenarioByDecimals[amount.slice(-2)]}): ${type}, ${charged} moved, status ${status}`, () => {
    const played = run(pos.payment({ id: '2' }, amount));
    assert.deepEqual(
      played.answers.map((answer) => answer.type),
      [type],
    );
    assert.equal(played.charged, charged);
    const { Result, ErrorCondition } = statusOf(played.status).Response;
    assert.equal([Result, ErrorCondition].filter((part) => part).join(' '), status);
  });

test('after a restart and a new login, the status finds what was approved before', () => {
  const { terminal } = run(pos.payment({ id: '2' }, '89.42'));
  const answers: TerminalAnswer[] = [];
  terminal.receive(pos.login({ id: '1' }), () => {});
  terminal.receive(pos.status({ id: '3' }, { ServiceID: '2' }), (answer) => answers.push(answer));
  assert.equal(statusOf(answers).RepeatedMessageResponse?.PaymentResponse?.Response.Result, 'Success');
});

test('a late answer comes 30 s after the terminal is done, and the status knows it before', () => {
  assert.deepEqual(run(pos.payment({ id: '2' }, '89.23'), { turn: 31_499 }).answers, []);
  const { answers, status, charged } = run(pos.payment({ id: '2' }, '89.23'), { turn: 31_500 });
  assert.equal(paymentOf(answers[0]).Response.Result, 'Success');
  assert.equal(statusOf(status).Response.Result, 'Success');
  assert.equal(charged, 8923);
});

test('a connection that drops at once does so before the payment ends', () => {
  const played = run(pos.payment({ id: '2' }, '89.24'), { turn: 0 });
  assert.deepEqual(played.answers, [{ type: 'drop' }]);
  assert.equal(statusOf(played.status).Response.ErrorCondition, 'Busy');
  assert.equal(played.charged, 0);
});

test('a wrong ServiceID is never the right one', () => {
  const [answer] = run(pos.payment({ id: '2' }, '89.33')).answers;
  assert.ok(answer?.type === 'message' && 'SaleToPOIResponse' in answer.message);
  assert.notEqual(answer.message.SaleToPOIResponse.MessageHeader.ServiceID, '2');
});

test('script before transaction id, transaction id before amount', () => {
  const named = pos.payment({ id: '2' }, '89.03', { transactionId: 'declined-1' });
  assert.equal(paymentOf(run(named).answers[0]).Response.ErrorCondition, 'Refusal');
  assert.equal(paymentOf(run(named, { script: ['wrongPin'] }).answers[0]).Response.ErrorCondition, 'WrongPIN');
});

test('names that are no scenarios choose nothing', () => {
  for (const id of ['constructor-1', '__proto__-1', '-1', '', 'Declined-1', 'unknown-declined'])
    assert.equal(scenarioFor(id, 8900, 2), 'approved');
  assert.equal(isScenario('toString'), false);
  assert.equal(scenarioFor('x', 8901, 0), 'approved');
  assert.equal(scenarioFor('x', 8901, 2), 'declined');
});

test('every magic amount names a scenario of its own, all but some have one, and prices are spared', () => {
  const named = Object.values(scenarioByDecimals);
  assert.equal(new Set(named).size, named.length);
  for (const name of named) assert.ok(isScenario(name), name);
  const others = Object.keys(scenarios).filter((name) => !named.some((one) => one === name));
  const byName = ['chip', 'combined', 'fuelCard', 'loyalty', 'mobilePay', 'nonPaymentToken', 'otherCard', 'vipps'];
  assert.deepEqual(others.sort(), ['approved', ...byName]);
  const listed = scenarioHelp().join('\n');
  for (const name of [...named, ...byName]) assert.ok(listed.includes(`${name} `), name);
  for (const decimals of ['00', '10', '20', '25', '40', '50', '75', '80', '90', '95', '99'])
    assert.equal(scenarioByDecimals[decimals], undefined);
});

test('faults of reversals come from the script', () => {
  const clock = new ManualClock();
  const terminal = new VirtualTerminal({ poiId: 'A-POIID', clock, delay: 0 });
  const send = (message: Message) => {
    const answers: TerminalAnswer[] = [];
    terminal.receive(message, (answer) => answers.push(answer));
    clock.advance(0);
    return answers;
  };
  send(pos.login({ id: '1' }));
  const paid = paymentOf(send(pos.payment({ id: '2' }, '10'))[0]).POIData.POITransactionID;
  terminal.script(['declined', 'lostRequest', 'lostResponse']);
  const [declined] = send(pos.reversal({ id: '3' }, paid));
  assert.equal(declined?.type, 'message');
  assert.deepEqual(send(pos.reversal({ id: '4' }, paid)), [{ type: 'drop' }]);
  assert.equal(terminal.ledger.of('T2').reversed, 0);
  assert.deepEqual(send(pos.reversal({ id: '5' }, paid)), [{ type: 'drop' }]);
  assert.equal(terminal.ledger.of('T2').reversed, 1000);
});
