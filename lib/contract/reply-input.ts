/** Reads the answer to a question of the terminal. */
import { NexoError } from '../protocol/errors.ts';
import type { ReplyValue } from '../session/inbound/input-reply.ts';
import { textIn } from './fields.ts';

/** A question: its id at the terminal, `<SaleID>/<POIID>` of that terminal, and which start of it. */
export interface Question {
  replyId: string;
  terminal: string;
  start: string | undefined;
}

/** `msg.nexo.replyTo` of a question, as a listener sends it: `<SaleID>/<POIID>#<number>.<start>`. */
export function replyToOf(replyId: string, start: string): string {
  return `${replyId}.${start}`;
}

/**
 * The question that a message answers.
 * @throws NexoError `no_reply_to`
 */
export function questionIn(nexo: unknown): Question {
  const replyTo = textIn(nexo, 'replyTo');
  if (replyTo === undefined) {
    throw new NexoError(
      'no_reply_to',
      'Which question this answers is missing: keep the msg.nexo that came out of a listener’s print or input output.',
      { path: 'nexo.replyTo' },
    );
  }
  const [, replyId = '', terminal = '', start] = /^((.*)#\d+)\.(\w+)$/s.exec(replyTo) ?? [];
  return { replyId, terminal, start };
}

/** The answer in a payload. @throws NexoError `reply_unfit` */
export function replyValueOf(payload: unknown): ReplyValue {
  if (typeof payload === 'boolean' || typeof payload === 'string') return payload;
  throw new NexoError('reply_unfit', 'Answer with msg.payload = true, false, or the digits as text.', {
    path: 'payload',
  });
}
