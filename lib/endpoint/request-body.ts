import type { IncomingMessage } from 'node:http';
import type { Admission } from './concurrency-limit.ts';

/** Why a body is not read to its end. */
export type BodyFault = 'too_large' | 'too_slow' | 'no_room';

interface BodyLimits {
  /** Maximum bytes. */
  bodyBytes: number;
  /** Maximum ms for the whole body. */
  requestTime: number;
}

/**
 * Collects a request's body. Calls `onResult` once, with the bytes or with the fault. Never calls it where the connection
 * closes first: then no answer can be sent.
 */
export function collect(
  request: IncomingMessage,
  admission: Admission,
  limits: BodyLimits,
  onResult: (result: Buffer | BodyFault) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const finish = (result: Buffer | BodyFault) => {
    clearTimeout(timer);
    request.off('data', onData).off('end', onEnd).off('close', onClose);
    admission.releaseBody();
    onResult(result);
  };
  const onData = (chunk: Buffer) => {
    size += chunk.length;
    if (size > limits.bodyBytes) finish('too_large');
    else if (admission.reserveBody(chunk.length)) chunks.push(chunk);
    else finish('no_room');
  };
  const onEnd = () => finish(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size));
  const onClose = () => {
    clearTimeout(timer);
    admission.releaseBody();
  };
  const timer = setTimeout(finish, limits.requestTime, 'too_slow');
  request.on('data', onData).on('end', onEnd).on('close', onClose);
}
