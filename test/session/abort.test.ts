import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Nexo } from '../../lib/protocol/types.ts';
import { Driver } from '../support/session-driver.ts';

const DisplayOutput = { Device: 'CustomerDisplay', InfoQualify: 'Display', OutputContent: { OutputFormat: 'Text' } };
const question = (Device: string): Nexo<'InputRequest'> => ({
  DisplayOutput,
  InputData: { Device, InfoQualify: 'Input', InputCommand: 'GetConfirmation' },
});

function aborted(driver: Driver) {
  const answer = driver.done.at(-1);
  if (answer?.type === 'failed') return answer.error.code;
  assert.ok(answer?.type === 'done' && answer.result.type === 'abort');
  return answer.result.sent;
}

describe('an abort', () => {
  it('takes a question back that nobody answers', () => {
    const driver = new Driver({ loggedIn: true });
    driver.event({ type: 'device', ref: 'q', body: { InputRequest: question('CustomerInput') } });
    driver.event({ type: 'abort', ref: 'a' });
    const about = driver.open('Abort').request.AbortRequest?.MessageReference;
    assert.deepEqual([about?.MessageCategory, about?.ServiceID], ['Input', driver.open('Input').header.DeviceID]);
    driver.reply(driver.open('Abort'), { type: 'empty' });
    assert.equal(aborted(driver), true);
    const Response = { Result: 'Failure', ErrorCondition: 'Aborted' };
    driver.answer('Input', {
      InputResponse: { InputResult: { Device: 'CustomerInput', InfoQualify: 'Input', Response } },
    });
    const answer = driver.done.at(-1);
    assert.equal(answer?.type === 'failed' && answer.error.code, 'dialog_cancelled');
  });

  it('sends nothing where a text is shown: that is there at once', () => {
    const driver = new Driver({ loggedIn: true });
    driver.event({ type: 'device', ref: 'q', body: { DisplayRequest: { DisplayOutput: [DisplayOutput] } } });
    driver.event({ type: 'abort', ref: 'a' });
    assert.equal(aborted(driver), false);
  });

  it('is not sent while the terminal waits for a signature to be checked', () => {
    const driver = new Driver({ loggedIn: true, config: { inbound: 'all' } });
    driver.event({ type: 'listeners', count: 1 });
    driver.pay('A');
    const MessageHeader = { ...driver.open('Payment').header, MessageClass: 'Device', MessageCategory: 'Input' };
    driver.event({ type: 'inbound', ref: 'in', request: { MessageHeader, InputRequest: question('CashierInput') } });
    driver.event({ type: 'abort', ref: 'a' });
    assert.equal(aborted(driver), 'abort_not_taken');
    assert.equal(driver.categories().includes('Abort'), false);
    const input = driver.notifications.find((notice) => notice.type === 'notification' && notice.replyId !== undefined);
    const replyId = (input?.type === 'notification' && input.replyId) || '';
    driver.event({ type: 'answerQuestion', ref: 'yes', replyId, value: true });
    driver.event({ type: 'abort', ref: 'a' });
    assert.equal(driver.categories().at(-1), 'Abort');
  });
});
