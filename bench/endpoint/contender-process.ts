/** Contenders as the parent sees them: each a process of its own. */
import { type ChildProcess, fork } from 'node:child_process';
import { endChild, nextMessage } from '../child-process.ts';
import type { Usage } from './contender.ts';

export interface ContenderProcess {
  child: ChildProcess;
  /** Where it listens. */
  port: number;
}

/** Starts a module of this folder; resolves when it is ready. */
export async function startContender(module: string, ...args: string[]): Promise<ContenderProcess> {
  const child = fork(new URL(`./${module}.ts`, import.meta.url), args);
  const { port } = await nextMessage<{ port: number }>(child);
  return { child, port };
}

export function usage({ child }: ContenderProcess): Promise<Usage> {
  const result = nextMessage<Usage>(child);
  child.send('usage');
  return result;
}

export function stopContender({ child }: ContenderProcess): Promise<void> {
  return endChild(child);
}
