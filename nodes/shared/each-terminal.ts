import { NexoError } from '../../lib/protocol/errors.ts';
import type { ReadyTerminal } from './ready-terminal.ts';

interface SessionResult {
  payload: { loggedIn: boolean };
  nexo: unknown;
}

/**
 * Opens or ends the session of one terminal, or of all terminals of a pool in parallel: then `payload` is
 * `{ loggedIn, terminals: [{ terminal, loggedIn, …, error }] }`. `loggedIn` is null if the terminals differ.
 *
 * @throws NexoError by rejection, if it failed at all of them
 */
export async function forEachTerminal(
  targets: readonly [ReadyTerminal, ...ReadyTerminal[]],
  run: (ready: ReadyTerminal) => Promise<SessionResult>,
): Promise<{ payload: unknown; nexo: unknown }> {
  const [first, ...more] = targets;
  if (more.length === 0) return run(first);
  const settled = await Promise.allSettled(targets.map(run));
  const failed = settled.filter((one) => one.status === 'rejected');
  const [failure] = failed;
  if (failure !== undefined && failed.length === settled.length) throw failure.reason;
  const terminals = settled.map((one, index) => {
    const terminal = targets[index]?.about;
    return one.status === 'fulfilled'
      ? { terminal, ...one.value.payload, error: null }
      : { terminal, loggedIn: null, error: errorOf(one.reason) };
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
