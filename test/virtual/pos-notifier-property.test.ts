import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Message } from '../../lib/protocol/types.ts';
import type { PosReply } from '../../lib/virtual/pos/pos.ts';
import { resultOf } from '../../lib/virtual/terminal/responses.ts';
import { type ScenarioName, scenarios } from '../../lib/virtual/terminal/scenarios.ts';
import type { Movement } from '../../lib/virtual/terminal/transaction-records.ts';
import * as pos from '../support/pos.ts';
import {
  accepting,
  FULL,
  login,
  type PosBehaviour,
  RecordingPos,
  replyTo,
  silent,
  slow,
  unreachable,
} from './recording-pos.ts';

const garbling: PosBehaviour = (message, answered, clock) => {
  const nonsense = { type: 'message', message: { SaleToPOIResponse: {} } } as PosReply;
  const replies: PosReply[] = [nonsense, { type: 'message', message }, { type: 'failed', reason: 'HTTP 500' }];
  const reply = replies[clock.now() % replies.length] ?? nonsense;
  answered(reply);
  answered(replyTo(message, true));
};

const listeners: Record<string, PosBehaviour> = { polite: accepting, slow: slow(300), silent, unreachable, garbling };

// A signature is the one thing that is the POS's to decide.
const names = (Object.keys(scenarios) as ScenarioName[]).filter((name) => name !== 'signature');

const sale = fc.record({
  name: fc.constantFrom(...names),
  crowns: fc.integer({ min: 1, max: 900 }),
  abort: fc.option(fc.integer({ min: 0, max: 1600 }), { nil: undefined }),
});

test('the ledger is the same with a POS that answers, is slow, is silent, garbles or does not listen', () => {
  fc.assert(
    fc.property(fc.array(sale, { minLength: 1, maxLength: 8 }), (sales) => {
      const ledger = (recordingPos: RecordingPos, capabilities: string[]): Movement[] => {
        sales.forEach(({ name, crowns, abort }, index) => {
          const id = `${index}`;
          recordingPos.request(login(capabilities, 'sv', `l${id}`));
          recordingPos.clock.advance(10_000);
          recordingPos.request(pos.payment({ id }, String(crowns), { transactionId: `${name}-${id}` }));
          if (abort !== undefined) {
            recordingPos.clock.advance(abort);
            recordingPos.request(pos.abort({ id: `a${id}` }, { ServiceID: id }));
          }
          recordingPos.clock.advance(120_000 - (abort ?? 0));
        });
        assert.equal(recordingPos.clock.pending, 0);
        const requests = recordingPos.log.filter((line) => line.endsWith('→')).length;
        assert.equal(recordingPos.responses.length, requests, 'one answer each');
        return [...recordingPos.terminal.ledger.movements];
      };
      const alone = ledger(new RecordingPos({}, silent), ['PrinterReceipt']);
      for (const [name, listener] of Object.entries(listeners))
        assert.deepEqual(ledger(new RecordingPos({}, listener), FULL), alone, name);
    }),
    { numRuns: 150 },
  );
});

type Step =
  | {
      do: 'send';
      kind: 'login' | 'logout' | 'payment' | 'status' | 'abort' | 'card' | 'input';
      id: number;
      cents: number;
    }
  | { do: 'turn'; ms: number }
  | { do: 'listen'; how: string }
  | { do: 'reboot' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      kind: fc.constantFrom('login', 'logout', 'payment', 'payment', 'payment', 'status', 'abort', 'card', 'input'),
      id: fc.integer({ min: 1, max: 12 }),
      cents: fc.constantFrom(0, 0, 1, 2, 5, 5, 14, 21, 23, 24, 41, 42),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('turn' as const), ms: fc.constantFrom(1, 100, 700, 1500, 4000) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('listen' as const), how: fc.constantFrom(...Object.keys(listeners)) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'reboot' as const }) },
);

test('whatever is sent, and however the POS listens: one answer each, and no Success without money', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), (steps) => {
      const recordingPos = new RecordingPos({ busyAfterPayment: 100, maintenance: 500 });
      recordingPos.login(FULL, 'sv', '0');
      for (const one of steps) {
        if (one.do === 'turn') recordingPos.clock.advance(one.ms);
        else if (one.do === 'listen') recordingPos.behaviour = listeners[one.how] ?? accepting;
        else if (one.do === 'reboot') recordingPos.terminal.reboot();
        else recordingPos.request(messageOf(one));
      }
      recordingPos.clock.advance(200_000);
      assert.equal(recordingPos.clock.pending, 0, 'nothing is left to happen');
      const requests = recordingPos.log.filter((line) => line.endsWith('→')).length;
      assert.equal(recordingPos.responses.length, requests, 'one answer each');
      const { movements } = recordingPos.terminal.ledger;
      const keys = movements.map((one) => `${one.session}/${one.serviceId}`);
      assert.equal(new Set(keys).size, keys.length, 'no ServiceID moved money twice');
      const approvals = recordingPos.responses.filter(
        (answer) =>
          answer.type === 'message' &&
          'SaleToPOIResponse' in answer.message &&
          answer.message.SaleToPOIResponse.PaymentResponse !== undefined &&
          resultOf(answer.message)?.Result === 'Success',
      ).length;
      assert.ok(approvals <= movements.length, 'an approval was reported that moved nothing');
    }),
    { numRuns: 400 },
  );
});

function messageOf(one: Extract<Step, { do: 'send' }>): Message {
  const header = { id: String(one.id) };
  switch (one.kind) {
    case 'login':
      return login(one.cents % 2 ? ['PrinterReceipt'] : FULL, 'sv', header.id);
    case 'logout':
      return pos.request(header, 'Logout', { LogoutRequest: { MaintenanceAllowed: one.cents % 2 === 0 } });
    case 'payment':
      return pos.payment(header, `${one.id * 100}.${String(one.cents).padStart(2, '0')}`);
    case 'status':
      return pos.status(header, one.cents % 2 ? { ServiceID: String((one.id % 12) + 1) } : undefined);
    case 'abort':
      return pos.abort(header, { ServiceID: String((one.id % 12) + 1) });
    case 'card':
      return pos.cardAcquisition(header);
    case 'input': {
      const InputData = { Device: 'CustomerInput', InfoQualify: 'Input', InputCommand: 'GetConfirmation' };
      return pos.request(header, 'Input', { InputRequest: { InputData } }, 'Device');
    }
  }
}
