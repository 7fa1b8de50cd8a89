/** Contenders as the parent sees them: each a process of its own. */
import { type ChildProcess, fork } from 'node:child_process';
import type { Usage } from './contender.ts';

export interface Entrant {
  child: ChildProcess;
  /** Where it listens. */
  port: number;
}

/** The next message of a child; rejects if it ends instead. */
function next<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`A contender ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message as T);
    });
  });
}

/** Starts a module of this folder; resolves when it is ready. */
export async function enter(module: string, ...args: string[]): Promise<Entrant> {
  const child = fork(new URL(`./${module}.ts`, import.meta.url), args);
  const { port } = await next<{ port: number }>(child);
  return { child, port };
}

export function usage({ child }: Entrant): Promise<Usage> {
  const result = next<Usage>(child);
  child.send('usage');
  return result;
}

export async function leave({ child }: Entrant): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  if (child.connected) child.disconnect();
  await ended;
}
