import type { TransactionRecord } from '../../lib/session/record.ts';
import { idOf, known, requestId, type Sent } from './evidence.ts';
import type { Row } from './journal.ts';
import type { Post } from './post.ts';
import type { World } from './world.ts';

/**
 * Why a payment may stay unresolved once all trouble is over: the terminal cannot tell any more, and nothing proves that
 * it never started. Judged by what the terminal really holds, not by what the session heard.
 *
 * @returns undefined where there is no such reason
 */
export function unresolvedFor(world: World, row: Row): string | undefined {
  if (row.state === 'closed') return undefined;
  const post = world.posts.find(({ config }) => config.terminal === row.terminal);
  if (post === undefined) return 'no terminal has its settings any more';
  if (post.config.poiId.startsWith('X')) return 'the terminal is not the one in the settings';
  if (row.state === 'held' || row.state === 'ruled') return undefined;
  const { reversal }: TransactionRecord = JSON.parse(row.text);
  if (row.state === 'intent' || row.state === 'sent') return untaken(world, row);
  if (row.state === 'reverse' && reversal?.attempts === 0 && reversal.cause === 'flow') {
    for (const other of world.journal.rows.values()) {
      const blocks = other.terminal === row.terminal && (other.state === 'unresolved' || other.state === 'reversing');
      if (blocks && unresolvedFor(world, other) !== undefined) return 'in line behind what is unresolved for good';
    }
  }
  if (row.state !== 'unresolved' && !(row.state === 'reversing' && reversal?.reported)) return undefined;
  const serviceId = reversal?.serviceId ?? row.serviceId;
  const sent = known(post.till, row.terminal, serviceId)?.sent;
  if (reversal !== undefined && post.plan.vendor?.forgetsReversals) return 'its terminal knows of no reversals';
  const name = requestId(row.terminal, serviceId);
  if (post.device.records.some(({ header }) => idOf(header) === name)) return undefined;
  return (sent && unprovable(post, sent)) ?? hidden(world, post, row, sent) ?? untaken(world, row);
}

/** Nothing that a terminal says can prove that this request never started. */
function unprovable({ plan, device }: Post, sent: Sent): string | undefined {
  if (sent.sentTo !== device.memory || sent.memory !== device.memory)
    return 'its terminal lost its records, or is gone';
  if (sent.stranger) return 'another terminal stood in its place, which may have got it';
  // It may have been taken up, and forgotten in a restart: nothing tells that from a request that is still on its way.
  if (plan.relay) return 'a relay may still deliver it';
  // Whether a repeated Busy means that it was refused, or that it runs, is each vendor's own.
  if (plan.remembers && !sent.begun) return 'the terminal repeats that it refused it';
  return undefined;
}

/** The terminal's last transaction is not the one before it, or was not known. */
function hidden(
  { journal }: World,
  { till, device, config, plan }: Post,
  row: Row,
  sent: Sent | undefined,
): string | undefined {
  const last = device.last(config.saleId, plan.vendor);
  const before = sent?.lastBefore;
  if (before === undefined) return 'there was no transaction before it';
  if (!row.text.includes(`"${before}"`)) return 'the last transaction before it is not known';
  if (last?.header.ServiceID === before) return undefined;
  const lastKey = last && till.byServiceId.get(idOf(last.header))?.story.key;
  const lastRow = lastKey === undefined ? undefined : journal.rows.get(lastKey);
  if (lastKey !== undefined && lastRow === undefined) return 'what this journal does not know came last';
  if (lastRow?.text.includes('"ruling"')) return 'what a person ruled on came last';
  if (last?.header.MessageCategory === 'CardAcquisition') return 'a card was read for another purpose';
  return undefined;
}

/**
 * The flow was told that nothing was started, and that the disk does not take it: what the disk holds is what was before.
 * The next start finds it, and tells the same; unless other payments came after it, which hide that it never started.
 */
function untaken(world: World, row: Row): string | undefined {
  const story = world.monitor.story(row.transactionId);
  const refused = story.told.some(({ final, record: { outcome, error } }) => {
    return final && outcome === 'not_started' && error?.condition === 'Journal';
  });
  const unknown = story.sent.some(({ refused, ended }) => !refused && ended === undefined);
  return !unknown && (refused || story.blind) ? 'not started, and the disk did not take it' : undefined;
}
