import type { ErrorCode } from './error-codes.ts';

/**
 * An error in a message, a value or a setting. Its message says what to do next.
 *
 * `code` is stable and meant for programs: `error-codes.ts` lists them all. `path` names the field, in nexo's own names
 * joined by dots, as in `SaleToPOIRequest.PaymentRequest.PaymentTransaction.AmountsReq.Currency`, with `[n]` for the n-th
 * of several (from 0). Messages never quote what may be card data.
 */
export class NexoError extends Error {
  readonly code: ErrorCode;
  readonly path?: string;

  constructor(code: ErrorCode, message: string, options: { path?: string | undefined; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'NexoError';
    this.code = code;
    if (options.path !== undefined) this.path = options.path;
  }
}

/** A setting of a node, of that name, is wrong or missing. */
export function settingError(path: string, message: string): NexoError {
  return new NexoError('invalid_config', message, { path });
}

/** A value for an error message: cut short, and left out if it could be a card number. */
export function quote(value: unknown): string {
  const text = String(value);
  if (/\d{8}/.test(text.replace(/[ .-]/g, ''))) return '(not shown: many digits)';
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
