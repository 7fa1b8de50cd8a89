import { StringDecoder } from 'node:string_decoder';

/** How deep messages are looked for in JSON. */
const DEEPEST = 4;
/** Characters of one server-sent event, at most. */
const LONGEST = 1024 * 1024;

/**
 * The nexo messages in what an event channel sent: the XML itself, or JSON that holds XML as texts, alone, in a list or in
 * the fields of objects, such as `[{ "id": 1, "message": "<SaleToPOIRequest …" }]`. Anything else is no message.
 */
export function messagesIn(text: string): string[] {
  const trimmed = text.trim();
  if (trimmed.startsWith('<')) return [trimmed];
  if (!/^[[{"]/.test(trimmed)) return [];
  try {
    return textsIn(JSON.parse(trimmed), DEEPEST);
  } catch {
    return [];
  }
}

function textsIn(value: unknown, depth: number): string[] {
  if (typeof value === 'string') return value.trimStart().startsWith('<') ? [value.trim()] : [];
  if (typeof value !== 'object' || value === null || depth === 0) return [];
  return Object.values(value).flatMap((one) => textsIn(one, depth - 1));
}

/** Reads `text/event-stream` (HTML standard, 9.2.6) as far as it carries data: names, ids and pauses are not needed. */
export class ServerSentEvents {
  readonly #heard: (data: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';
  #data: string[] = [];
  #size = 0;

  constructor(heard: (data: string) => void) {
    this.#heard = heard;
  }

  /** @throws Error where one event is larger than 1 MiB */
  push(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
    if (this.#size + this.#rest.length > LONGEST) throw new Error('an event is larger than 1 MiB');
  }

  #line(line: string): void {
    if (line === '') {
      const data = this.#data.join('\n');
      this.#data = [];
      this.#size = 0;
      if (data !== '') this.#heard(data);
    } else if (line.startsWith('data:')) {
      const data = line.slice(line[5] === ' ' ? 6 : 5);
      this.#data.push(data);
      this.#size += data.length;
    }
  }
}
