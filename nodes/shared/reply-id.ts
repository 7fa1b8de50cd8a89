import { questionIn, replyToOf } from '../../lib/contract/reply-input.ts';
import { lateReplyError } from '../../lib/session/errors.ts';
import type { Terminal } from '../../lib/terminal/terminal.ts';
import { runningAs } from './running-terminals.ts';

/** `msg.nexo.replyTo` of a question that a running terminal asks. */
export function replyToAt(terminal: Terminal, replyId: string): string {
  return replyToOf(replyId, runningAs(terminal.config.terminal)?.start ?? '');
}

/**
 * The question that a message answers, and its terminal.
 * @throws NexoError `no_reply_to`; `reply_too_late` where its terminal was stopped, or started again, since
 */
export function questionOf(nexo: unknown): { terminal: Terminal; replyId: string } {
  const question = questionIn(nexo);
  const known = runningAs(question.terminal);
  if (known === undefined || known.start !== question.start) throw lateReplyError(false);
  return { terminal: known.ready.terminal, replyId: question.replyId };
}
