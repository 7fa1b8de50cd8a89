/**
 * Waits for a promise, but not past an abort. The promise itself is not cancelled.
 * @throws Error by rejection: the promise's own, or `cancelled before it was sent` once `signal` is aborted
 */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(new Error('cancelled before it was sent'));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
