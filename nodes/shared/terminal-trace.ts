import type { Node, NodeAPI } from 'node-red';
import { openTraceFile } from '../../lib/terminal/trace-file.ts';
import { type TraceHook, traceText } from '../../lib/terminal/wire-trace.ts';
import { inUserDirectory } from './built-in-journal.ts';

/** The settings of a `nexo-terminal` that its trace depends on. */
export interface TraceDef {
  id: string;
  name: string;
  poiId: string;
  /** Absent in terminals saved before there was such a setting: off. */
  trace?: boolean;
}

/** Levels of Node-RED's log that show `trace`. */
const SHOWN: ReadonlySet<unknown> = new Set(['trace', 'audit', 'metric']);

/**
 * The trace of a terminal's exchanges: to Node-RED's log where its level shows it, and to a file where the terminal's
 * *Trace* is switched on. Without either there is no hook, and nothing is built for one.
 */
export function traceOf(RED: NodeAPI, node: Node, config: TraceDef): { hook?: TraceHook; close(): Promise<void> } {
  const logged = isTraceLogged(RED.settings);
  const file = config.trace === true ? openTraceFile(fileOf(RED, config), { onProblem: warnings(node) }) : undefined;
  const close = async () => file?.close();
  if (!logged && file === undefined) return { close };
  const hook: TraceHook = (exchange) => {
    file?.write(exchange);
    if (logged) node.trace(traceText(exchange));
  };
  return { hook, close };
}

/** `nexo-trace-<name>.log` in Node-RED's user directory. */
function fileOf(RED: NodeAPI, { id, name, poiId }: TraceDef): string {
  const label = (name || poiId || id).replace(/[^\p{L}\p{N}._-]+/gu, '-').slice(0, 64);
  return inUserDirectory(RED, `nexo-trace-${label}.log`);
}

function warnings(node: Node): (error: Error) => void {
  return (error) => node.warn(`${error.message}. Payments go on without it.`);
}

/** Whether one of the log's handlers shows the level `trace`. */
function isTraceLogged(settings: object): boolean {
  const logging: unknown = 'logging' in settings ? settings.logging : undefined;
  if (typeof logging !== 'object' || logging === null) return false;
  return Object.values(logging).some((handler: unknown) => SHOWN.has(Object(handler).level));
}
