import { NexoError } from '../../lib/protocol/errors.ts';
import type { ReadyTerminal } from './terminal-node.ts';

interface Done {
  payload: { loggedIn: boolean };
  nexo: unknown;
}

/**
 * Opens or ends the session of one terminal, or of each of a pool side by side: then `payload` is
 * `{ loggedIn, terminals: [{ terminal, loggedIn, …, error }] }`, where `loggedIn` is what all of them are.
 *
 * @throws NexoError by rejection, where it failed at every one
 */
export async function atEach(
  targets: readonly [ReadyTerminal, ...ReadyTerminal[]],
  ask: (ready: ReadyTerminal) => Promise<Done>,
): Promise<{ payload: unknown; nexo: unknown }> {
  const [first, ...more] = targets;
  if (more.length === 0) return ask(first);
  const ends = await Promise.allSettled(targets.map(ask));
  const failed = ends.filter((end) => end.status === 'rejected');
  const [failure] = failed;
  if (failure !== undefined && failed.length === ends.length) throw failure.reason;
  const terminals = ends.map((end, index) => {
    const terminal = targets[index]?.about;
    return end.status === 'fulfilled'
      ? { terminal, ...end.value.payload, error: null }
      : { terminal, loggedIn: null, error: errorOf(end.reason) };
  });
  const states = new Set(terminals.map(({ loggedIn }) => loggedIn));
  const [state] = states;
  return {
    payload: { loggedIn: states.size === 1 ? state : null, terminals },
    nexo: { request: null, response: null, terminal: null },
  };
}

function errorOf(reason: unknown): { condition: string; message: string } {
  const condition = reason instanceof NexoError ? reason.code : 'error';
  return { condition, message: reason instanceof Error ? reason.message : String(reason) };
}
