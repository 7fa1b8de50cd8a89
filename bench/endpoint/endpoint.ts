/** The endpoint alone, with a thousand terminals. Their receivers read every text and check the order. */

import { Endpoint } from '../../lib/endpoint/endpoint.ts';
import type { Receiver } from '../../lib/endpoint/options.ts';
import { success } from '../../lib/protocol/answers.ts';
import { serveParent } from './contender.ts';
import { nameOf, TERMINALS } from './terminals.ts';

let received = 0;
let disordered = 0;

function receiver(): Receiver {
  let last = 0;
  return {
    receive: async (message) => {
      const request = 'SaleToPOIRequest' in message ? message.SaleToPOIRequest : undefined;
      const text = request?.DisplayRequest?.DisplayOutput[0]?.OutputContent.OutputText?.[0]?.Text ?? '';
      const number = Number.parseInt(text, 10);
      // Numbers start again with each run.
      if (number !== last + 1 && number !== 1) disordered++;
      last = number;
      received++;
      return success(message);
    },
  };
}

const endpoint = new Endpoint({ port: 0, log: ({ code }) => console.error(`Refused: ${code}`) });
await Promise.all(Array.from({ length: TERMINALS }, (_, index) => endpoint.register(nameOf(index), receiver())));
serveParent(endpoint.listening?.port ?? 0, () => ({ received, disordered }));
