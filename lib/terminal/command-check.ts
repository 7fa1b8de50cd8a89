import { NexoError } from '../protocol/errors.ts';
import type { Result } from '../session/effects.ts';
import type { SessionEvent } from '../session/events.ts';

/** The result of a command. */
export type ResultOf<Q extends { type: string }> = Extract<Result, { type: Q['type'] }>;

/** The events that `Terminal.ask` passes on. One that moves money has a method of its own. */
const COMMANDS: ReadonlySet<unknown> = new Set<SessionEvent['type']>([
  'login',
  'logout',
  'abort',
  'status',
  'rule',
  'device',
  'card',
  'request',
]);

/**
 * For programs without types: another command would never be answered, or would move money.
 * @throws NexoError `invalid_command`
 */
export function checkCommand(command: { type: string }): void {
  if (COMMANDS.has(command?.type)) return;
  throw new NexoError('invalid_command', `type must be one of ${[...COMMANDS].join(', ')}: nothing was sent.`, {
    path: 'type',
  });
}
