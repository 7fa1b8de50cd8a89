/** A signature without an endpoint: the node asks for it with the same two messages as a terminal that talks back. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Lane } from '../support/node-red-flow.ts';
import { displayOnly, SIGNATURE_REFUSED, terminalMessages } from '../support/node-red-inbound.ts';
import { Rig } from '../support/node-red-rig.ts';

const nodes = { payment: {}, listener: {}, reply: {}, status: {} };
const yes = new Lane('yes', { nodes });
const no = new Lane('no', { nodes });
const inside = new Lane('inside', { nodes, terminal: { connection: 'virtual', host: '' } });
const wrong = new Lane('wrong', { nodes });
const nobody = new Lane('nobody', { nodes: { payment: {} } });
const restarted = new Lane('restarted', { nodes });
const lanes = [yes, no, inside, wrong, nobody, restarted];

let rig: Rig;
before(async () => {
  rig = await Rig.start({ lanes, extra: displayOnly(nobody) });
});
after(() => rig?.end());

describe('a signature in client-only mode', { concurrency: true }, () => {
  for (const lane of [yes, inside]) {
    it(`is printed and asked for before the payment is told: ${lane.name}`, async () => {
      const msgid = await rig.feed(lane, 'payment', {
        payload: { amount: '10.05', transactionId: `sign-${lane.name}` },
      });
      const { print, question } = await terminalMessages(rig, lane).signature();
      const { kind, qualifier, receipt, text } = print.payload;
      assert.deepEqual([kind, qualifier], ['print', 'CashierReceipt']);
      assert.match(text, /SIGNATUR/i);
      assert.equal(receipt?.text, text);
      assert.equal(print.nexo.replyTo, undefined, 'nobody waits for the printer');
      assert.deepEqual([question.payload.kind, question.payload.command], ['input', 'GetConfirmation']);
      assert.equal(question.nexo.terminal.id, lane.terminalId);
      assert.equal(typeof question.nexo.replyTo, 'string');
      assert.deepEqual(rig.collector.all({ lane: lane.name, kind: 'output', node: 'payment' }), []);

      await terminalMessages(rig, lane).reply(question, true);
      const { port, msg } = await rig.final(lane, msgid);
      const { outcome, amount, signatureRequired } = msg.payload;
      assert.deepEqual([port, outcome, amount, signatureRequired], [1, 'approved', '10.05', true]);
      await rig.status(lane, 'reply', 'answered');
    });
  }

  it('that is refused takes the payment back: it leaves by output 2', async () => {
    const msgid = await rig.feed(no, 'payment', { payload: { amount: '11.05', transactionId: 'sign-no' } });
    const { question } = await terminalMessages(rig, no).signature();
    await terminalMessages(rig, no).reply(question, false);
    const { port, msg } = await rig.final(no, msgid);
    assert.deepEqual([port, msg.payload.outcome, msg.payload.amount], [2, 'declined', '0.00']);
    assert.deepEqual(msg.payload.error, SIGNATURE_REFUSED, 'the same with and without an endpoint');
    assert.ok(rig.terminal.exchanges(no.poiId).some((line) => /^Reversal .*Success/.test(line)));
    assert.equal((await rig.pay(no, '12.00')).port, 1, 'the terminal is free again');
  });

  it('waits for an answer that fits, and takes only one', async () => {
    const msgid = await rig.feed(wrong, 'payment', { payload: '13.05' });
    const { question, print } = await terminalMessages(rig, wrong).signature();
    const refused = async (payload: unknown, nexo: unknown) => {
      const { code, cause } = await rig.caught(wrong, await rig.feed(wrong, 'reply', { payload, nexo }));
      return [code, cause?.path];
    };
    assert.deepEqual(await refused(true, print.nexo), ['no_reply_to', 'nexo.replyTo']);
    assert.deepEqual(await refused('yes', question.nexo), ['reply_unfit', 'payload']);
    assert.deepEqual(await refused(1, question.nexo), ['reply_unfit', 'payload']);
    assert.deepEqual(await refused(true, { replyTo: '1/POI-wrong#1' }), ['reply_too_late', 'nexo.replyTo']);
    assert.deepEqual(await refused(true, { replyTo: '1/nobody#1.00' }), ['reply_too_late', 'nexo.replyTo']);
    await rig.status(wrong, 'reply', 'error');
    await terminalMessages(rig, wrong).reply(question, true);
    assert.equal((await rig.final(wrong, msgid)).port, 1);
    assert.deepEqual(await refused(false, question.nexo), ['reply_too_late', 'nexo.replyTo']);
  });

  it('is told with the approval where no listener could pass an answer on', async () => {
    const { port, msg } = await rig.pay(nobody, '14.05');
    assert.deepEqual([port, msg.payload.outcome, msg.payload.signatureRequired], [1, 'approved', true]);
  });
});

describe('kill -9 while a signature is checked', () => {
  it('asks again after the restart; an answer to the first question is not taken for the second', async () => {
    await rig.feed(restarted, 'payment', { payload: { amount: '15.05', transactionId: 'sign-again', context: 7 } });
    const first = (await terminalMessages(rig, restarted).signature()).question;
    await rig.killNodeRed();
    await rig.startNodeRed();
    const second = (await terminalMessages(rig, restarted).signature(2)).question;
    const late = await rig.caught(restarted, await rig.feed(restarted, 'reply', { payload: true, nexo: first.nexo }));
    assert.equal(late.code, 'reply_too_late');
    await terminalMessages(rig, restarted).reply(second, true);
    const { run, port, msg } = await rig.collector.next({ lane: 'restarted', kind: 'output', node: 'payment' });
    const { outcome, recovered, context, transactionId } = msg.payload;
    assert.deepEqual(
      { run, port, outcome, recovered, context, transactionId },
      { run: 2, port: 1, outcome: 'approved', recovered: true, context: 7, transactionId: 'sign-again' },
    );
    assert.equal(rig.terminal.moved('sign-again').length, 1);
  });
});

it('was worth no warning', () => {
  assert.doesNotMatch(rig.nodeRed.log, /unhandled|TypeError|Warning/i);
});
