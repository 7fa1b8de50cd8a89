import { payloadOf } from '../../lib/contract/payment-output.ts';
import { swedbankPay } from '../../lib/protocol/profiles/swedbank-pay.ts';
import type { MessageHeader } from '../../lib/protocol/types.ts';
import type { TransactionRecord } from '../../lib/session/record.ts';
import { SECRET_PAN } from './codec.ts';
import { type Call, idOf, known, type Story, type Telling, type Till } from './evidence.ts';
import type { Row } from './journal.ts';
import { authorizedIn, minorOf } from './reading.ts';

/** An invariant that did not hold: `invariant` is its number in the list below, 0 where something never ended. */
export class Violation extends Error {
  readonly invariant: number;

  constructor(invariant: number, message: string) {
    super(message);
    this.invariant = invariant;
  }
}

/**
 * The invariants of the payments guide; the last ones are numbered here. The thirteenth is about requests that a terminal
 * sends: there are none yet.
 */
export const invariants: Readonly<Record<number, string>> = {
  0: 'Every payment ends, or is unresolved for a reason.',
  1: 'The money the terminal moved equals the money reported, per transactionId.',
  2: 'At most one approved, unreversed charge per transactionId, whatever the caller repeats.',
  3: 'No approval without a response that matches in ServiceID, SaleTransactionID, currency and amount.',
  4: 'No declined, aborted or not_started while the terminal has, or later gets, an approval for it.',
  5: 'No PaymentRequest leaves before its intent is durable; no outcome is told before its answer is.',
  6: 'After a kill and a restart the outcome is the one in the terminal’s ledger, or unresolved; never another.',
  7: 'No ServiceID is ever sent twice to a terminal.',
  8: 'No other payment starts while one is unknown there.',
  9: 'Every transactionId gets exactly one final outcome; repeats are answered from the journal.',
  10: 'Abort never changes an outcome by itself.',
  11: 'A reversal targets only the transaction it names, and only while it is last.',
  12: 'Login is never sent before status when something is unresolved.',
  14: 'Memory, queues and journal stay bounded.',
  15: 'No card secrets in the journal, nor in what the flow is told.',
  16: 'Two terminals never share state; one that is blocked delays no other.',
  17: 'A card that was read before the amount is charged for its own payment only.',
  18: 'What is unresolved is reported, by each process.',
  19: 'Every result reaches a flow.',
  20: 'What is open is in the default list, and what a list says equals the terminal’s ledger.',
  21: 'A journal that is new, or older than the terminal, is reported before a payment starts on it.',
  22: 'What was reported as not reversed is not reversed later.',
};

/** @throws Violation */
export function hold(condition: boolean, invariant: number, why: () => string): asserts condition {
  if (!condition) throw new Violation(invariant, why());
}

const approved = (record: TransactionRecord) => record.outcome === 'approved' || record.outcome === 'partial';
export const unreversed = (story: Story) => story.moved.filter((one) => !one.reversed);

/**
 * 1. The terminal's ledger is the truth; the record and its column for totals are held against it, each on its own.
 *
 * @param telling the latest certain outcome of the story
 */
export function moneyEqualsReport(story: Story, { record }: Telling): void {
  if (story.ruled) return;
  const moved = unreversed(story);
  const sum = BigInt(moved.reduce((total, { amount }) => total + amount, 0));
  const inRecord = approved(record) ? authorizedIn(record) : 0n;
  const inColumn = approved(record) ? BigInt(record.authorized ?? -1) : 0n;
  hold(inRecord === sum && inColumn === sum, 1, () => {
    return `${story.key}: told ${inRecord}, column ${inColumn} (${record.outcome}), but ${sum} moved`;
  });
  const currencies = moved.every(({ currency }) => currency === record.currency);
  hold(currencies, 1, () => `${story.key}: told ${record.currency}, but money of another currency moved`);
}

/** 1. The same of what the flow gets. */
export function moneyEqualsPayload(story: Story, { record }: Telling): void {
  if (story.ruled) return;
  const sum = BigInt(unreversed(story).reduce((total, { amount }) => total + amount, 0));
  const { amount, currency } = payloadOf(record, swedbankPay);
  hold(minorOf(amount ?? '', currency) === sum, 1, () => {
    return `${story.key}: the payload says ${amount} (${record.outcome}), but ${sum} moved`;
  });
}

/** 2. */
export function atMostOneCharge(story: Story): void {
  const moved = unreversed(story);
  hold(moved.length <= 1, 2, () => {
    return `${story.key}: charged ${moved.length} times, by ${moved.map((one) => one.serviceId).join(' and ')}`;
  });
}

/** 3. Judged anew, from the record alone. */
export function approvalMatches(story: Story, till: Till, { record }: Telling): void {
  if (!approved(record)) return;
  const { key } = story;
  const answer = record.response?.PaymentResponse;
  const amounts = answer?.PaymentResult?.AmountsResp;
  const sale = answer?.SaleData.SaleTransactionID.TransactionID;
  hold(answer !== undefined && amounts !== undefined, 3, () => `${key}: ${record.outcome} without an answer`);
  hold(sale === key, 3, () => `${key}: ${record.outcome} by an answer about ${sale}`);
  hold(amounts.Currency === record.currency, 3, () => `${key}: approved in ${amounts.Currency}`);
  const poi = answer.POIData.POITransactionID.TransactionID;
  const own = known(till, record.terminal, record.serviceId)?.story === story;
  const moved = story.moved.find((one) => one.serviceId === record.serviceId);
  hold(own && moved?.poiTransactionId === poi, 3, () => {
    return `${key}: ${record.outcome} by transaction ${poi}, which is not that of ServiceID ${record.serviceId}`;
  });
  const minor = (value = '0') => minorOf(value, record.currency) ?? -1n;
  const extra = minor(amounts.AuthorizedAmount) - BigInt(record.amount);
  const explained = record.outcome === 'partial' ? extra < 0n : extra === 0n || extra === minor(amounts.TipAmount);
  hold(explained, 3, () => `${key}: ${record.outcome} for ${amounts.AuthorizedAmount}, asked for ${record.amount}`);
}

/** 4. To be asked whenever money has moved or an outcome was told. */
export function noApprovalDenied(story: Story): void {
  if (story.ruled) return;
  for (const { record, final, order } of story.told) {
    if (!final || approved(record)) continue;
    const denied = story.moved.find((one) => {
      const sent = story.sent.find(({ serviceId }) => serviceId === one.serviceId);
      return !one.reversed && sent !== undefined && sent.order < order;
    });
    hold(denied === undefined, 4, () => {
      return `${story.key}: told ${record.outcome} (${record.error?.condition}), but ${denied?.serviceId} is approved`;
    });
  }
}

/** 5, first half. @param row what the disk holds now for that transactionId */
export function intentIsDurable(key: string, serviceId: string, row: Row | undefined): void {
  const payment = row?.state === 'sent' && row.serviceId === serviceId;
  const reversal = row?.state === 'reversing' && row.reversal?.serviceId === serviceId;
  hold(payment || reversal, 5, () => {
    return `${key}: request ${serviceId} leaves while the disk says ${row?.state ?? 'nothing'} ${row?.serviceId ?? ''}`;
  });
}

/** Outcomes that rest on no answer, where nothing has left for the terminal. */
const UNSENT = new Set(['Journal', 'Busy', 'Unresolved']);

/** Rows whose outcome is certain, and stays so until something else is. */
const CERTAIN = new Set(['closed', 'held', 'ruled', 'reverse']);

/** 5, second half. */
export function answerIsDurable(till: Till, { record }: Telling, row: Row | undefined): void {
  const { transactionId: key, outcome, serviceId } = record;
  const certain = row !== undefined && CERTAIN.has(row.state);
  if (certain && row.outcome === outcome && row.serviceId === serviceId) return;
  const unsent = outcome === 'not_started' && UNSENT.has(record.error?.condition ?? '') && till.out?.key !== key;
  hold(unsent, 5, () => `${key}: told ${outcome} while the disk says ${row?.state ?? 'nothing'} ${row?.outcome ?? ''}`);
}

/** 6. A certain outcome stays what it was, whatever is killed in between; only not_started may be tried again. */
export function sameAfterKill(story: Story): void {
  if (!story.killed || story.ruled) return;
  const certain = story.told.filter(({ final, record }) => final && record.outcome !== 'not_started');
  const [first] = certain;
  for (const { record } of certain) {
    const same = follows(first, record) && record.serviceId === first?.record.serviceId;
    hold(same, 6, () => `${story.key}: told ${first?.record.outcome}, and after a kill ${record.outcome}`);
  }
  const last = story.told.findLast(({ final }) => final);
  const moved = unreversed(story).length > 0;
  hold(last === undefined || approved(last.record) === moved, 6, () => {
    return `${story.key}: after a kill told ${last?.record.outcome}, but money ${moved ? 'moved' : 'did not move'}`;
  });
}

/** 7. */
export function serviceIdIsNew(till: Till, header: MessageHeader): void {
  const { ServiceID: serviceId = '' } = header;
  hold(serviceId.length <= 10, 7, () => `ServiceID ${serviceId} is too long for ${till.name}`);
  hold(!till.serviceIds.has(idOf(header)), 7, () => `ServiceID ${serviceId} was sent to ${till.name} before`);
}

/** What a terminal is reserved for: goods, signature, or a reversal that is owed. */
const RESERVED = new Set(['held', 'reverse', 'reversing']);

/** 8. Asked when a request leaves that moves money. @param rows all that the disk holds */
export function nothingElseIsOut(till: Till, key: string, reversal: boolean, rows: Iterable<Row>): void {
  const { out } = till;
  const own = out !== undefined && reversal && out.settled && out.key === key;
  hold(out === undefined || own, 8, () => {
    return `${key} is sent while ${out?.key} (${out?.serviceId}) is not settled on ${till.name}`;
  });
  for (const row of rows) {
    if (!RESERVED.has(row.state) || !till.names.has(row.terminal) || row.transactionId === key) continue;
    // A flow that takes an earlier payment back waits in line for it.
    const inLine = row.state === 'reverse' && row.reversal?.cause === 'flow';
    hold(inLine, 8, () => `${key} is sent while ${row.transactionId} is ${row.state} on ${till.name}`);
  }
}

/** 9. */
export function answeredOnce(call: Call): void {
  hold(call.answers === 0, 9, () => `${call.about}: caller ${call.ref} is told twice`);
}

/** 9. Asked at every outcome: nobody hears two, and what was certain stays so. */
export function oneFinalOutcome(story: Story, calls: readonly Call[], { record, final }: Telling): void {
  const before = story.told.findLast((one) => one.final && one.record.outcome !== 'not_started');
  const reversing = !final && record.reversal !== undefined;
  const same = story.ruled || reversing || before === undefined || (final && follows(before, record));
  hold(same, 9, () => `${story.key}: told ${before?.record.outcome} first, ${record.outcome} later`);
  for (const call of calls) {
    answeredOnce(call);
    const asked = call.amount === undefined || call.amount === record.amount;
    hold(asked, 9, () => `${story.key}: asked for ${call.amount}, told of ${record.amount}`);
  }
}

/** What was certain stays so, but for an approval that is taken back. */
function follows(before: Telling | undefined, { outcome }: TransactionRecord): boolean {
  if (before === undefined || before.record.outcome === outcome) return true;
  return approved(before.record) && outcome === 'reversed';
}

/** 10. */
export function abortDecidesNothing(story: Story, { record }: Telling): void {
  if (record.outcome !== 'aborted') return;
  const last = story.sent.at(-1);
  if (last === undefined || last.refused || story.told.some((one) => one.final && one.order > last.order)) return;
  hold(last.ended === 'Aborted' || last.ended === 'Cancel', 10, () => {
    return `${story.key}: told aborted, but for the terminal ${last.serviceId} ${last.ended ?? 'has not ended'}`;
  });
}

/** 11. Asked when a reversal leaves, and when one was done. */
export function reversesItsOwn(story: Story | undefined, named: string | undefined): void {
  const own = story?.moved.some(({ poiTransactionId, reversed }) => poiTransactionId === named && !reversed);
  hold(own === true, 11, () => `a reversal for ${story?.key} names ${named}, which is not its own`);
}

/** 11. Only the last payment of a terminal can be taken back. @param later its payments since */
export function wasLast(story: Story, later: number): void {
  hold(later === 0, 11, () => `${story.key} was reversed, though ${later} payments came after it`);
}

/** 12. Asked when a Login leaves. */
export function statusCameFirst(till: Till): void {
  const { out } = till;
  hold(
    out === undefined || out.asked || out.settled,
    12,
    () => `Login to ${till.name} before ${out?.key} was asked about`,
  );
}

/** So many messages take at least ten seconds, whatever goes wrong. */
export const STORM = 100;

/** 14. @param ms in which the latest `STORM` messages left */
export function noStorm(till: Till, ms: number): void {
  hold(ms >= 10_000, 14, () => `${STORM} messages to ${till.name} in ${ms} ms`);
}

/** 14. Nothing is left over once everything has ended. */
export function nothingLeftOver(till: Till, timers: readonly string[], exchanges: number): void {
  hold(timers.length === 0 && exchanges === 0, 14, () => {
    return `${till.name} is idle, but keeps ${exchanges} exchanges and the timers ${timers.join(', ')}`;
  });
}

/** 15. */
export function noSecrets(what: string, text: string): void {
  hold(!text.includes(SECRET_PAN), 15, () => `${what} holds a card number`);
}

/** 16. */
export function staysApart(till: Till, header: MessageHeader): void {
  hold(header.POIID === till.poiId, 16, () => `${till.name} sends a message for ${header.POIID}`);
}

/** 16. A terminal without trouble of its own answers in its usual time, whatever happens on others. */
export function notDelayed(call: Call, ms: number): void {
  hold(ms <= 150_000, 16, () => `${call.about} took ${ms} ms on ${call.till.name}, which had no trouble`);
}

/** 17. But for a request that comes late, when a person has ruled on its payment and so let the next customer begin. */
export function chargesItsOwn(till: Till, readFor: string, { key, ruled }: Story): void {
  hold(readFor === key || ruled, 17, () => `the card read for ${readFor} is charged for ${key} on ${till.name}`);
}

/** 0. @param reason why it is unresolved, if there is a reason */
export function hasEnded(key: string, state: string, reason: string | undefined): void {
  hold(reason !== undefined, 0, () => `${key} is still ${state}, though nothing stands in the way`);
}

/** 0. Evidence against what a person ruled does not stay hidden. */
export function alarmWasRaised(story: Story, row: Row): void {
  const ended = story.evidence[2];
  if (ended === undefined || row.reversal !== undefined) return;
  const ruled = row.outcome === 'approved' || row.outcome === 'partial';
  const moved = ended === 'Success' || ended === 'Partial';
  hold(
    ruled === moved || story.alarmed,
    0,
    () => `${story.key} was ruled ${row.outcome}, but ended ${ended}: no alarm`,
  );
}

/** 0. */
export function wasAnswered(call: Call): void {
  hold(call.answers > 0, 0, () => `${call.ref} asked for ${call.about}, and never heard of it`);
}
