import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../../lib/protocol/types.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';
import { encode } from '../../lib/protocol/xml/encode.ts';
import { resultOf } from '../../lib/virtual/terminal/responses.ts';
import {
  VirtualTerminals,
  type VirtualTerminalsOptions,
  type WireAnswer,
} from '../../lib/virtual/virtual-terminals.ts';
import { ManualClock } from '../support/clock.ts';
import * as pos from '../support/pos.ts';

function host(options: VirtualTerminalsOptions = {}) {
  const clock = new ManualClock();
  const lines: string[] = [];
  const terminals = new VirtualTerminals({ clock, log: (line) => lines.push(line), ...options });
  const post = (body: Message | string) => {
    const answers: WireAnswer[] = [];
    const bytes = typeof body === 'string' ? Buffer.from(body) : encode(body);
    terminals.receive(bytes, (answer) => answers.push(answer));
    return answers;
  };
  return { clock, terminals, lines, post };
}

function read(answers: WireAnswer[]): string {
  const [answer] = answers;
  assert.equal(answers.length, 1);
  if (answer?.type !== 'http') return 'drop';
  if (answer.status !== 200) return `${answer.status}`;
  const result = resultOf(decode(answer.body).message);
  return [result?.Result, result?.ErrorCondition].filter((part) => part).join(' ');
}

test('every POIID is a terminal of its own', () => {
  const { clock, terminals, post } = host();
  const [a, b] = [
    { id: '1', poiId: 'A' },
    { id: '1', poiId: 'B' },
  ];
  assert.equal(read(post(pos.login(a))), 'Success');
  assert.equal(read(post(pos.payment({ ...b, id: '2' }, '1'))), 'Failure NotAllowed');
  assert.equal(read(post(pos.login(b))), 'Success');
  const first = post(pos.payment({ ...a, id: '2' }, '10'));
  const second = post(pos.payment({ ...b, id: '2' }, '20'));
  clock.advance(1500);
  assert.deepEqual([read(first), read(second)], ['Success', 'Success']);
  assert.equal(terminals.terminal('A')?.ledger.of('T2').charged, 1000);
  assert.equal(terminals.terminal('B')?.ledger.of('T2').charged, 2000);
});

test('a POIID that is not served is refused, and makes no terminal', () => {
  const { terminals, post } = host({ poiIds: ['A'] });
  assert.equal(read(post(pos.login({ id: '1', poiId: 'A' }))), 'Success');
  assert.equal(read(post(pos.login({ id: '1', poiId: 'B' }))), 'Failure Refusal');
  assert.equal(read(post(pos.abort({ id: '2', poiId: 'B' }, {}))), '400');
  assert.equal(terminals.terminal('B'), undefined);
});

test('against the schema: Failure/MessageFormat in the category asked, 400 where there is no response', () => {
  const { lines, post } = host();
  const wrong = encode(pos.payment({ id: '2' }, '10'))
    .toString()
    .replace('RequestedAmount', 'Requestedamount');
  const swapped = encode(pos.abort({ id: '3' }, { ServiceID: '2' }))
    .toString()
    .replace(/(<MessageReference[^>]*\/>)(<AbortReason>.*<\/AbortReason>)/, '$2$1');
  assert.equal(read(post(pos.login({ id: '1' }))), 'Success');
  assert.equal(read(post(wrong)), 'Failure MessageFormat');
  assert.equal(read(post(swapped)), '400');
  assert.match(lines.join('\n'), /Requestedamount: no such attribute/);
  assert.match(lines.join('\n'), /MessageReference: has to come before AbortReason/);
});

test('an unreadable message: 400 with a reason', () => {
  const { post } = host();
  for (const body of ['', 'hello', '<a>', '<html></html>', '<SaleToPOIRequest/>', '<!DOCTYPE x><x/>']) {
    const [answer] = post(body);
    assert.equal(answer?.type === 'http' && answer.status, 400);
    assert.ok(answer?.type === 'http' && answer.body.length > 10);
  }
  assert.equal(
    read(
      post(
        encode(pos.login({ id: '1' }))
          .toString()
          .replaceAll('Request', 'Response'),
      ),
    ),
    '400',
  );
});

test('a log line names terminal, category, id, amount and result, and nothing of the card', () => {
  const { clock, lines, post } = host();
  post(pos.login({ id: '1' }));
  const secret = { PAN: '9539031234567890', ExpiryDate: '2911' };
  const instrument = { PaymentInstrumentType: 'Card', CardData: { EntryMode: ['Keyed'], SensitiveCardData: secret } };
  const keyed = pos.payment({ id: '2' }, '10.05', { instrument });
  const answers = post(keyed);
  post(pos.status({ id: '3' }));
  post(pos.abort({ id: '4' }, { ServiceID: '99' }));
  clock.advance(1500);
  assert.deepEqual(lines, [
    'A-POIID Login 1 → Success',
    'A-POIID TransactionStatus 3 → Failure Busy',
    'A-POIID Abort 4 → 204',
    'A-POIID Payment 2 10.05 SEK → Success',
  ]);
  const [answer] = answers;
  const body = answer?.type === 'http' ? Buffer.from(answer.body).toString() : '';
  assert.match(body, /EntryMode="Keyed"/);
  assert.doesNotMatch(body + lines.join(), /9539031234567890|2911/);
});

test('a truncated answer is half of one, and the rest of the faults look as on a wire', () => {
  const { clock, post } = host({ delay: 0 });
  post(pos.login({ id: '1' }));
  const bodies = ['10.31', '10.32', '10.34', '10.35', '10.21'].map((amount, index) => {
    const answers = post(pos.payment({ id: String(index + 2) }, amount));
    clock.advance(0);
    const [answer] = answers;
    return answer?.type === 'http' ? `${answer.status} ${Buffer.from(answer.body).toString()}` : 'drop';
  });
  assert.match(bodies[0] ?? '', /^200 <!DOCTYPE html>/);
  assert.match(bodies[1] ?? '', /^200 .*<SaleToPOIResponse>/s);
  assert.throws(() => decode(Buffer.from((bodies[1] ?? '').slice(4))));
  assert.match(bodies[2] ?? '', /^500 /);
  assert.equal(bodies[3], '204 ');
  assert.equal(bodies[4], 'drop');
});
