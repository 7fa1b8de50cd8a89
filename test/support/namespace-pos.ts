/**
 * A POS on a host of a `TestNetwork`. Arguments: address and port of the terminal, and `tls` for HTTPS.
 * Takes `{ send: body }`, `'abort'` (the last request) and `'close'` (the transport, which the next request opens again);
 * sends `{ reply }` for each request.
 */
import { readFileSync } from 'node:fs';
import { LanTransport } from '../../lib/transport/lan.ts';

const [host = '', port, security] = process.argv.slice(2);
const ca = readFileSync(new URL('../fixtures/tls/cert.pem', import.meta.url));
const open = () =>
  new LanTransport({
    host,
    port: Number(port),
    ...(security === 'tls' ? { secure: true, tls: { ca, servername: 'terminal.test' } } : {}),
  });
let transport = open();
let cancel = new AbortController();

process.on('message', (command: 'abort' | 'close' | { send: string }) => {
  if (command === 'abort') return cancel.abort();
  if (command === 'close') {
    transport.close();
    transport = open();
    return;
  }
  cancel = new AbortController();
  transport
    .send(Buffer.from(command.send), { overtake: false, signal: cancel.signal })
    .then(({ type }) => process.send?.({ reply: type }));
});
process.once('disconnect', () => process.exit(0));
process.send?.({ ready: true });
