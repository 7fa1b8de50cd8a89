/** Terminals that send display requests, each on a connection of its own, one after the other. */
import net from 'node:net';

export const PATH = '/EPASSaleToPOI/3.1';
export const TERMINALS = 1000;

export const nameOf = (index: number): string => `BENCH-${index}`;

let ids = 0;

/**
 * A display request as terminals send it: its text begins with its number. All characters are ASCII. Identifiers are
 * unique, because a second message with the same one is a repeat.
 */
function request(index: number, number: number, responseRequired: boolean): string {
  const id = String(++ids);
  const body =
    `<?xml version="1.0" encoding="UTF-8"?>\n<SaleToPOIRequest>\n <MessageHeader MessageClass="Device" MessageCategory="Display" ` +
    `MessageType="Request" ServiceID="${id}" DeviceID="${id}" SaleID="1" POIID="${nameOf(index)}"/>\n <DisplayRequest>\n  ` +
    `<DisplayOutput ResponseRequiredFlag="${responseRequired}" Device="CashierDisplay" InfoQualify="Status">\n   ` +
    `<OutputContent OutputFormat="Text">\n    <OutputText>${number},"Please insert, swipe or tap your card"</OutputText>\n   ` +
    '</OutputContent>\n  </DisplayOutput>\n </DisplayRequest>\n</SaleToPOIRequest>';
  return (
    `POST ${PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\nContent-Type: application/xml; charset=utf-8\r\n` +
    `Content-Length: ${body.length}\r\n\r\n${body}`
  );
}

/** One terminal's connection. */
export class BenchTerminal {
  readonly #index: number;
  readonly #socket: net.Socket;
  #number = 0;
  #received = '';
  #answered: ((error?: Error) => void) | undefined;

  static async connect(port: number, index: number): Promise<BenchTerminal> {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new BenchTerminal(socket, index);
  }

  private constructor(socket: net.Socket, index: number) {
    this.#socket = socket;
    this.#index = index;
    socket.setEncoding('latin1').on('data', (chunk: string) => this.#receive(chunk));
    socket.on('error', (error) => this.#answered?.(error));
    socket.on('close', () => this.#answered?.(new Error('The connection was closed')));
  }

  /**
   * Sends the next display; numbers begin at 1 with each connection.
   * @returns ms until the answer; rejects where the answer is not the expected one
   */
  display(responseRequired: boolean): Promise<number> {
    const from = performance.now();
    const expected = responseRequired ? 'HTTP/1.1 200' : 'HTTP/1.1 204';
    return new Promise((resolve, reject) => {
      this.#answered = (error) => {
        this.#answered = undefined;
        const head = this.#received.slice(0, expected.length);
        this.#received = '';
        if (error || head !== expected) reject(error ?? new Error(`Answered ${head}`));
        else resolve(performance.now() - from);
      };
      if (this.#socket.destroyed) this.#answered(new Error('The connection is closed'));
      this.#socket.write(request(this.#index, ++this.#number, responseRequired), 'latin1');
    });
  }

  close(): void {
    this.#socket.removeAllListeners('close').destroy();
  }

  #receive(chunk: string): void {
    this.#received += chunk;
    const head = this.#received.indexOf('\r\n\r\n');
    if (head < 0) return;
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(this.#received)?.[1] ?? 0);
    if (this.#received.length >= head + 4 + length) this.#answered?.();
  }
}

export async function connectAll(port: number, count: number): Promise<BenchTerminal[]> {
  const terminals: BenchTerminal[] = [];
  for (let index = 0; index < count; index++) terminals.push(await BenchTerminal.connect(port, index));
  return terminals;
}
