/** A flow of payments, driven by the bench's own node. */
import { type Contest, startFlow } from '../flow.ts';
import type { Pay } from './contender.ts';

interface BenchMessage {
  payload: unknown;
  benchTerminal: number;
}

interface Waiting {
  resolve(): void;
  reject(error: Error): void;
}

const AMOUNT = '89.00';

/**
 * Starts Node-RED with a flow that holds a node `driver`: its output number is the terminal's, and what comes back to
 * it is a payment's result with `msg.payload.approved`.
 */
export async function driveFlow(contest: Omit<Contest<BenchMessage>, 'input'>): Promise<Pay> {
  const waiting = new Map<number, Waiting>();
  const input = ({ payload, benchTerminal }: BenchMessage) => {
    const payment = waiting.get(benchTerminal);
    if ((payload as { approved?: boolean }).approved) payment?.resolve();
    else payment?.reject(new Error(`Not approved: ${JSON.stringify(payload)}`));
  };
  const { driver } = await startFlow({ ...contest, input });
  if (driver === undefined) throw new Error('The flow has no driver');
  return (terminal) =>
    new Promise((resolve, reject) => {
      waiting.set(terminal, { resolve, reject });
      const messages: (BenchMessage | null)[] = Array(terminal + 1).fill(null);
      messages[terminal] = { payload: AMOUNT, benchTerminal: terminal };
      driver.send(messages);
    });
}
