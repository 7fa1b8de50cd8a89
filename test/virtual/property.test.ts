import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Message, Nexo } from '../../lib/protocol/types.ts';
import type { TerminalAnswer } from '../../lib/virtual/terminal/responses.ts';
import { type ScenarioName, scenarios } from '../../lib/virtual/terminal/scenarios.ts';
import { VirtualTerminal } from '../../lib/virtual/terminal/terminal.ts';
import type { Movement } from '../../lib/virtual/terminal/transaction-records.ts';
import { ManualClock } from '../support/clock.ts';
import * as pos from '../support/pos.ts';
import { payment } from './client-pos.ts';

type Kind =
  | 'login'
  | 'logout'
  | 'payment'
  | 'refund'
  | 'status'
  | 'abort'
  | 'reversal'
  | 'enable'
  | 'card'
  | 'continue'
  | 'end reading';

type Step =
  | {
      do: 'send';
      kind: Kind;
      id: number;
      cents: number;
    }
  | { do: 'turn'; ms: number }
  | { do: 'script'; name: ScenarioName }
  | { do: 'reboot' };

// Few ids and few sales, so that they collide.
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      kind: fc.constantFrom(
        'login',
        'logout',
        'payment',
        'payment',
        'payment',
        'payment',
        'status',
        'abort',
        'refund',
        'reversal',
        'enable',
        'card',
        'card',
        'continue',
        'end reading',
      ),
      id: fc.integer({ min: 1, max: 12 }),
      cents: fc.oneof(
        { weight: 2, arbitrary: fc.constant(0) },
        { weight: 1, arbitrary: fc.integer({ min: 0, max: 45 }) },
      ),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('turn' as const), ms: fc.constantFrom(1, 100, 1200, 1600, 1600) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('script' as const),
      name: fc.constantFrom(...(Object.keys(scenarios) as ScenarioName[])),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'reboot' as const }) },
);

test('whatever is sent: one answer each, one approval per ServiceID and session, and no Success without money', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), (steps) => {
      const clock = new ManualClock();
      const terminal = new VirtualTerminal({ poiId: 'A-POIID', clock, busyAfterPayment: 100 });
      const open: TerminalAnswer[][] = [];
      terminal.receive(pos.login({ id: '0' }), () => {});
      for (const one of steps) {
        if (one.do === 'turn') clock.advance(one.ms);
        else if (one.do === 'script') terminal.script([one.name]);
        else if (one.do === 'reboot') terminal.reboot();
        else {
          const answers: TerminalAnswer[] = [];
          open.push(answers);
          terminal.receive(messageOf(one, open.flat()), (answer) => answers.push(answer));
        }
      }
      clock.advance(120_000);
      assert.equal(clock.pending, 0, 'nothing is left to happen');
      for (const answers of open) assert.equal(answers.length, 1, 'one answer');
      const { movements } = terminal.ledger;
      const keys = movements.map((one) => `${one.session}/${one.serviceId}`);
      assert.equal(new Set(keys).size, keys.length, 'no ServiceID moved money twice');
      for (const transactionId of new Set(movements.map((one) => one.transactionId))) {
        const { charged, refunded, reversed } = terminal.ledger.of(transactionId);
        assert.ok(reversed <= charged + refunded);
      }
      for (const { apm } of movements)
        if (apm) assert.ok(remaining(movements, apm.reference) >= 0, 'more went back than came');
      const approvals = open.flat().filter(isApproval).length;
      assert.ok(approvals <= movements.length, 'an approval was reported that moved nothing');
    }),
    { numRuns: 500 },
  );
});

function messageOf(one: Extract<Step, { do: 'send' }>, results: TerminalAnswer[]): Message {
  const header = { id: String(one.id) };
  switch (one.kind) {
    case 'login':
      return pos.login(header);
    case 'logout':
      return pos.logout(header);
    case 'payment':
      return pos.payment(header, `10.${String(one.cents).padStart(2, '0')}`);
    case 'status':
      return pos.status(header, one.cents % 2 ? { ServiceID: String((one.id % 12) + 1) } : undefined);
    case 'abort':
      return pos.abort(header, { ServiceID: String((one.id % 12) + 1) });
    case 'enable':
      return pos.enable(header, 'StartTransaction');
    case 'end reading':
      return pos.enable(header, 'AbortTransaction');
    case 'card':
      return pos.cardAcquisition(header);
    case 'continue':
      return continueMessage(header);
    case 'refund':
      return payment(header, '4', { type: 'Refund', apmReference: lastReference(results) });
    case 'reversal':
      return pos.reversal(header, lastApproved(results));
  }
}

function continueMessage(header: pos.Header): Message {
  const OutputContent = { OutputFormat: 'Text', OutputText: [{ Text: 'continue_processing' }] };
  const DisplayOutput = [{ Device: 'CustomerDisplay', InfoQualify: 'Display', OutputContent }];
  return pos.request(header, 'Display', { DisplayRequest: { DisplayOutput } }, 'Device');
}

/** What of a payment by reference is not refunded yet, reversals counted. */
function remaining(movements: readonly Movement[], reference: string): number {
  const standing = movements.filter(({ apm, reversed }) => apm?.reference === reference && !reversed);
  const original = movements.find(({ apm, paymentType }) => apm?.reference === reference && paymentType === 'Normal');
  const refunds = standing.filter(({ paymentType }) => paymentType === 'Refund');
  return (original?.amount ?? 0) - refunds.reduce((sum, { amount }) => sum + amount, 0);
}

function lastReference(results: TerminalAnswer[]): string {
  const references = results.map((answer) => {
    const message = answer.type === 'message' && 'SaleToPOIResponse' in answer.message ? answer.message : undefined;
    const result = message?.SaleToPOIResponse.PaymentResponse?.PaymentResult;
    return result?.PaymentAcquirerData?.AcquirerTransactionID?.TransactionID;
  });
  return references.findLast((one) => one !== undefined) ?? '1';
}

function lastApproved(results: TerminalAnswer[]): Nexo<'TransactionIdentification'> {
  const last = results.findLast(isApproval);
  const message = last?.type === 'message' && 'SaleToPOIResponse' in last.message ? last.message.SaleToPOIResponse : {};
  const { PaymentResponse: body } = message as Partial<Nexo<'SaleToPOIResponse'>>;
  return body?.POIData.POITransactionID ?? { TransactionID: '1', TimeStamp: '2023-08-24T15:04:00.498Z' };
}

function isApproval(answer: TerminalAnswer): boolean {
  if (answer.type !== 'message' || !('SaleToPOIResponse' in answer.message)) return false;
  return ['Success', 'Partial'].includes(answer.message.SaleToPOIResponse.PaymentResponse?.Response.Result ?? '');
}
