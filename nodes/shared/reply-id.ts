import { NexoError } from '../../lib/protocol/errors.ts';
import { lateReplyError } from '../../lib/session/errors.ts';
import type { Terminal } from '../../lib/terminal/terminal.ts';
import { runningAs } from './running-terminals.ts';

/** A question's name as flows get it (`msg.nexo.replyTo`): `<SaleID>/<POIID>#<number>.<start>`. */
export function replyToOf(terminal: Terminal, replyId: string): string {
  return `${replyId}.${runningAs(terminal.config.terminal)?.start ?? ''}`;
}

/**
 * The question that a message answers.
 * @throws NexoError `no_reply_to`; `reply_too_late` where its terminal was stopped, or started anew, since
 */
export function questionOf(nexo: unknown): { terminal: Terminal; replyId: string } {
  const replyTo = typeof nexo === 'object' && nexo !== null && 'replyTo' in nexo ? nexo.replyTo : undefined;
  if (typeof replyTo !== 'string' || replyTo === '') {
    throw new NexoError(
      'no_reply_to',
      'Which question this answers is missing: keep the msg.nexo that came out of a listener’s print or input output.',
      { path: 'nexo.replyTo' },
    );
  }
  const [, replyId = '', name = '', start] = /^((.*)#\d+)\.(\w+)$/s.exec(replyTo) ?? [];
  const known = runningAs(name);
  if (known === undefined || known.start !== start) throw lateReplyError(false);
  return { terminal: known.ready.terminal, replyId };
}
