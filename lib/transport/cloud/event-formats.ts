import { StringDecoder } from 'node:string_decoder';
import type { Codec } from '../../protocol/codec.ts';

/** Maximum depth at which JSON is searched for messages. */
const MAX_DEPTH = 4;
/** Maximum size of one server-sent event, in characters. */
const MAX_CHARACTERS = 1024 * 1024;

/**
 * The nexo messages in text from an event channel: the text itself if it is one, or the strings in JSON that are messages,
 * at any place in arrays and objects: `[{ "id": 1, "message": "<SaleToPOIRequest …" }]`.
 * @returns the text of each message; empty where there is none
 */
export function messagesIn(text: string, codec: Pick<Codec, 'startsMessage'>): string[] {
  const trimmed = text.trim();
  if (codec.startsMessage(trimmed)) return [trimmed];
  if (!/^[[{"]/.test(trimmed)) return [];
  try {
    return textsIn(JSON.parse(trimmed), codec, MAX_DEPTH);
  } catch {
    return [];
  }
}

function textsIn(value: unknown, codec: Pick<Codec, 'startsMessage'>, depth: number): string[] {
  if (typeof value === 'string') return codec.startsMessage(value.trim()) ? [value.trim()] : [];
  if (typeof value !== 'object' || value === null || depth === 0) return [];
  return Object.values(value).flatMap((one) => textsIn(one, codec, depth - 1));
}

/** Parses `text/event-stream` (HTML standard, 9.2.6). Only `data` fields are used; event, id and retry are ignored. */
export class ServerSentEvents {
  readonly #onData: (data: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';
  #data: string[] = [];
  #size = 0;

  constructor(onData: (data: string) => void) {
    this.#onData = onData;
  }

  /**
   * Parses the next chunk; calls `onData` for each event that it completes.
   * @throws Error where one event is larger than 1 MiB
   */
  push(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
    if (this.#size + this.#rest.length > MAX_CHARACTERS) throw new Error('an event is larger than 1 MiB');
  }

  #line(line: string): void {
    if (line === '') {
      const data = this.#data.join('\n');
      this.#data = [];
      this.#size = 0;
      if (data !== '') this.#onData(data);
    } else if (line.startsWith('data:')) {
      const data = line.slice(line[5] === ' ' ? 6 : 5);
      this.#data.push(data);
      this.#size += data.length;
    }
  }
}
