import { rowOf as listRowOf } from '../../lib/contract/transaction-rows.ts';
import { swedbankPay } from '../../lib/protocol/profiles/swedbank-pay.ts';
import type { Story } from './evidence.ts';
import { hold, unreversed } from './invariants.ts';
import type { Row } from './journal.ts';
import { minorOf } from './reading.ts';

/** Invariants 18 to 22: what people get to know, and when. */

/** 19, at the end. @param row closed */
export function wasTold(row: Row, story: Story | undefined): void {
  const told = story?.told.some(({ final, record }) => final && record.outcome === row.outcome) === true;
  hold(told, 19, () => `${row.transactionId}: ${row.outcome} is in the journal, but reached no flow`);
}

/** 18. Asked when a process ends, and at the end. @param life the process that had that row in its journal all along */
export function unresolvedIsTold(row: Row, story: Story, life: number): void {
  const told = story.told.some((one) => one.life === life && (!one.final || one.record.ruling !== undefined));
  hold(told, 18, () => `${row.transactionId} is ${row.state} in a process that never reported it`);
}

/** 20. @param lists names that terminals have now, whose lists are asked for */
export function isListed(row: Row, lists: ReadonlySet<string>): void {
  hold(lists.has(row.terminal), 20, () => {
    return `${row.transactionId} is ${row.state} for ${row.terminal}, which no terminal's list shows`;
  });
}

/** 20. @param row closed, not ruled on */
export function listEqualsLedger(row: Row, story: Story): void {
  const listed = listRowOf(JSON.parse(row.text), swedbankPay);
  const moved = unreversed(story);
  const back = story.moved.filter(({ reversed }) => reversed);
  const sum = (some: typeof moved) => BigInt(some.reduce((total, { amount }) => total + amount, 0));
  // Of what was reversed a list shows what went back.
  const expected = listed.reversed ? sum(back.slice(-1)) : sum(moved);
  const shown = minorOf(listed.amount ?? '', listed.currency);
  hold(shown === expected && (!listed.reversed || moved.length === 0), 20, () => {
    return `${row.transactionId}: a list says ${listed.outcome} ${listed.amount}, the terminal ${sum(moved)}`;
  });
}

/** 21. Asked when a request for a payment leaves. @param missing an unreported change of the journal */
export function journalIsKnown(key: string, missing: string | undefined): void {
  hold(missing === undefined, 21, () => `${key} is sent, and nothing has reported ${missing}`);
}

/** 22. Asked when a reversal leaves. */
export function wasNotDenied(story: Story, row: Row | undefined): void {
  hold(!(story.denied && row?.reversal?.cause === 'flow'), 22, () => {
    return `${story.key} is reversed after it was reported as standing`;
  });
}
