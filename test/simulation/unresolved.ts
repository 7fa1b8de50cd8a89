import type { TransactionRecord } from '../../lib/session/record.ts';
import { idOf, known } from './evidence.ts';
import type { Row } from './journal.ts';
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
  const record: TransactionRecord = JSON.parse(row.text);
  const { reversal } = record;
  if (row.state === 'intent' || row.state === 'sent') return untaken(world, row);
  if (row.state === 'reverse' && reversal?.attempts === 0 && reversal.cause === 'flow') {
    for (const other of world.journal.rows.values()) {
      const blocks = other.terminal === row.terminal && (other.state === 'unresolved' || other.state === 'reversing');
      if (blocks && unresolvedFor(world, other) !== undefined) return 'in line behind what is unresolved for good';
    }
  }
  if (row.state !== 'unresolved' && !(row.state === 'reversing' && reversal?.reported)) return undefined;
  const { serviceId, baseline } = reversal ?? record;
  const { till, device } = post;
  const { records, memory } = device;
  if (records.some(({ header }) => header.ServiceID === serviceId)) return undefined;
  const sent = known(till, row.terminal, serviceId)?.sent;
  if (sent !== undefined && sent.memory !== memory) return 'its terminal lost its records, or is gone';
  // What a person ruled on, and what was lost since, is no transaction that the terminal has.
  const last = records.at(-1);
  const before =
    baseline?.none || baseline?.serviceIds.some((id) => records.some(({ header }) => header.ServiceID === id));
  if (!before) return 'the last transaction before it is not known';
  if (baseline?.none && last !== undefined) return 'the terminal has a past that the POS does not know';
  const ruled = [...world.journal.rows.values()].some((other) => {
    return (
      other.terminal === row.terminal && other.text.includes('"ruling"') && other.serviceId === last?.header.ServiceID
    );
  });
  const lastKey = last && till.byServiceId.get(idOf(last.header))?.story.key;
  if (lastKey !== undefined && !world.journal.rows.has(lastKey)) return 'what this journal does not know came last';
  if (ruled) return 'what a person ruled on came last';
  if (last?.header.MessageCategory === 'CardAcquisition') return 'a card was read for another purpose';
  return untaken(world, row);
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
