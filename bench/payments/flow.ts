/** A flow of payments, controlled by the bench's driver node. */
import { type BenchFlow, startFlow } from '../flow.ts';
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
 * Starts Node-RED with a flow that contains a node `driver`. Each of its outputs leads to one terminal; the payment's
 * result, with `msg.payload.approved`, returns to it.
 */
export async function driveFlow(contest: Omit<BenchFlow<BenchMessage>, 'input'>): Promise<Pay> {
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
