import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type TracedExchange, traceLine } from './wire-trace.ts';

export interface TraceFileOptions {
  /** Bytes after which the file becomes `<file>.1`, in place of the one before. Default 1 MiB: 2 MiB on disk at most. */
  maxBytes?: number;
  /** Called when the disk begins to refuse the trace, and not again until it has taken some of it. */
  onProblem?: (error: Error) => void;
}

const MIB = 1024 * 1024;
/** Bytes of one line. Of a longer one the messages are left out. */
const LONGEST = 64 * 1024;
/** ms that `close` waits for the disk. */
const PATIENCE = 2000;

/**
 * Exchanges in a file of bounded size, as lines of JSON (`TracedExchange`, its `at` as ISO 8601). Writing is done in the
 * background: nothing waits for the disk, and what the disk does not take is missing from the trace, with a line
 * `{"dropped":n}` where it is.
 */
export class TraceFile {
  readonly #file: string;
  readonly #maxBytes: number;
  readonly #onProblem: (error: Error) => void;
  #pending: string[] = [];
  #pendingBytes = 0;
  #dropped = 0;
  /** Bytes in the file; undefined until they are known. */
  #size: number | undefined;
  #writing: Promise<void> | undefined;
  #troubled = false;
  users = 1;

  constructor(file: string, { maxBytes = MIB, onProblem = () => undefined }: TraceFileOptions = {}) {
    this.#file = file;
    this.#maxBytes = maxBytes;
    this.#onProblem = onProblem;
  }

  /** Adds an exchange. Never throws. */
  write(exchange: TracedExchange): void {
    const line = `${shortened(exchange)}\n`;
    const bytes = Buffer.byteLength(line);
    // No more may wait for the disk than fits into one file.
    if (this.#pendingBytes + bytes > this.#maxBytes) {
      this.#dropped++;
      return;
    }
    this.#pending.push(line);
    this.#pendingBytes += bytes;
    this.#writing ??= this.#drain();
  }

  /** Resolves when what was added is written, or the disk did not take it in two seconds. Never rejects. */
  async flush(): Promise<void> {
    if (this.#writing === undefined) return;
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((done) => {
      timer = setTimeout(done, PATIENCE);
    });
    await Promise.race([this.#writing, patience]);
    clearTimeout(timer);
  }

  /** Never rejects. */
  async #drain(): Promise<void> {
    // Lines that are added in the same turn go to the disk together.
    await Promise.resolve();
    while (this.#pending.length > 0 || (this.#dropped > 0 && !this.#troubled)) {
      const lines = this.#pending;
      const dropped = this.#dropped;
      const text = (dropped > 0 ? `${JSON.stringify({ dropped })}\n` : '') + lines.join('');
      this.#pending = [];
      this.#pendingBytes = 0;
      try {
        await this.#append(text, Buffer.byteLength(text));
        this.#troubled = false;
        this.#dropped -= dropped;
      } catch (error) {
        this.#failed(error as Error, lines.length);
      }
    }
    this.#writing = undefined;
  }

  async #append(text: string, bytes: number): Promise<void> {
    this.#size ??= await sizeOf(this.#file);
    if (this.#size > 0 && this.#size + bytes > this.#maxBytes) {
      await rename(this.#file, `${this.#file}.1`);
      this.#size = 0;
    }
    await appendFile(this.#file, text, { mode: 0o600 });
    this.#size += bytes;
  }

  #failed(error: Error, lines: number): void {
    this.#dropped += lines;
    this.#size = undefined;
    if (this.#troubled) return;
    this.#troubled = true;
    try {
      this.#onProblem(new Error(`The trace cannot be written to ${this.#file}: ${error.message}`, { cause: error }));
    } catch {
      // A listener's own error must not end the writing.
    }
  }
}

const open = new Map<string, TraceFile>();

/**
 * The trace in a file, shared by all in this process that name it; the options of the first count.
 * @returns what to write to, and how to leave. Leaving resolves when what was written is on disk, or two seconds later
 */
export function openTraceFile(
  path: string,
  options: TraceFileOptions = {},
): { write(exchange: TracedExchange): void; flush(): Promise<void>; close(): Promise<void> } {
  const file = resolve(path);
  const known = open.get(file);
  if (known) known.users++;
  const trace = known ?? new TraceFile(file, options);
  open.set(file, trace);
  let left = false;
  return {
    write: (exchange) => trace.write(exchange),
    flush: () => trace.flush(),
    close: async () => {
      if (!left && --trace.users === 0) open.delete(file);
      left = true;
      await trace.flush();
    },
  };
}

function shortened(exchange: TracedExchange): string {
  const line = traceLine(exchange);
  if (line.length <= LONGEST) return line;
  const { request: _request, response: _response, ...rest } = exchange;
  return traceLine({ ...rest, reason: `${rest.reason ?? ''} (messages left out: ${line.length} characters)`.trim() });
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await mkdir(dirname(file), { recursive: true });
    return 0;
  }
}
