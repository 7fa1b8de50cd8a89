import type { IncomingMessage } from 'node:http';
import type { Visit } from './concurrency-limit.ts';

/** Why a body was given up. */
export type BodyFault = 'too_large' | 'too_slow' | 'no_room';

interface BodyLimits {
  /** Bytes. */
  body: number;
  /** ms for the whole of it. */
  time: number;
}

/**
 * Collects a request's body. Calls back once: with the bytes, or with why they are given up. Not at all when the
 * connection goes before: there is nobody to answer then.
 */
export function collect(
  request: IncomingMessage,
  visit: Visit,
  limits: BodyLimits,
  done: (result: Buffer | BodyFault) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const finish = (result: Buffer | BodyFault) => {
    clearTimeout(timer);
    request.off('data', take).off('end', complete).off('close', stop);
    visit.shrink();
    done(result);
  };
  const take = (chunk: Buffer) => {
    size += chunk.length;
    if (size > limits.body) finish('too_large');
    else if (visit.grow(chunk.length)) chunks.push(chunk);
    else finish('no_room');
  };
  const complete = () => finish(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size));
  const stop = () => {
    clearTimeout(timer);
    visit.shrink();
  };
  const timer = setTimeout(finish, limits.time, 'too_slow');
  request.on('data', take).on('end', complete).on('close', stop);
}
