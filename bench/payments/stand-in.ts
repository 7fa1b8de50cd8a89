/**
 * A stand-in for terminals, in its own process: answers every login and payment immediately with prepared bytes in which
 * only the identifiers change. It implements none of a terminal's rules and parses a minimum of HTTP, so that it costs less
 * than any contender.
 */
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';

const REQUEST_FIELDS =
  /ServiceID="3" SaleID="1" POIID="A-POIID"|TransactionID="1703372" TimeStamp="[^"]*"|AuthorizedAmount="56"/;

/** Bytes are read as latin1, so that string lengths are byte lengths. */
function sample(file: string): string {
  return readFileSync(new URL(`../../test/fixtures/wire/${file}`, import.meta.url), 'latin1');
}

/** The sample payment response, split where the request's values are inserted: header, sale transaction, amount. */
const payment = sample('payment-response-approved-contactless.xml').split(REQUEST_FIELDS);
const login = sample('login-response-success.xml').split('ServiceID="5" SaleID="1" POIID="A-POIID"');
if (payment.length !== 4 || login.length !== 2)
  throw new Error('The sample messages are not what the stand-in expects');

/** The value of an attribute, without parsing: the contenders' requests have a known form. */
function attribute(text: string, name: string, from = 0): string {
  const start = text.indexOf(` ${name}="`, from) + name.length + 3;
  return text.slice(start, text.indexOf('"', start));
}

function header(request: string): string {
  const id = (name: string) => `${name}="${attribute(request, name)}"`;
  return `${id('ServiceID')} ${id('SaleID')} ${id('POIID')}`;
}

function answer(request: string): string | undefined {
  if (request.includes('<PaymentRequest')) {
    const sale = request.indexOf('<SaleTransactionID');
    const transaction = `TransactionID="${attribute(request, 'TransactionID', sale)}" TimeStamp="${attribute(request, 'TimeStamp', sale)}"`;
    const amount = `AuthorizedAmount="${attribute(request, 'RequestedAmount')}"`;
    return `${payment[0]}${header(request)}${payment[1]}${transaction}${payment[2]}${amount}${payment[3]}`;
  }
  if (request.includes('<LoginRequest')) return `${login[0]}${header(request)}${login[1]}`;
  return undefined;
}

function respond(request: string): string {
  const body = answer(request);
  if (body === undefined) return 'HTTP/1.1 204 No Content\r\n\r\n';
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/xml; charset=utf-8\r\ncontent-length: ${body.length}`;
  return `${head}\r\n\r\n${body}`;
}

function serve(socket: Socket): void {
  let received = '';
  socket.setNoDelay(true);
  socket.setEncoding('latin1');
  socket.on('error', () => {}); // a contender that ends may reset its connections
  socket.on('data', (chunk: string) => {
    received += chunk;
    for (;;) {
      const head = received.indexOf('\r\n\r\n');
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(received)?.[1] ?? 0);
      const end = head + 4 + length;
      if (head < 0 || received.length < end) return;
      socket.write(respond(received.slice(head + 4, end)), 'latin1');
      received = received.slice(end);
    }
  });
}

const server = createServer(serve);
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.once('disconnect', () => process.exit(0));
