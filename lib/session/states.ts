/**
 * The states of a payment while a session works on it, and the only transitions between them.
 *
 * `journalling`: its intent is being written. `waiting`: in the queue, or about to run. `login`: waits for the
 * login session. `arming`: the mark that a request may leave is being written. `open`: its request is out, its
 * connection open. `pausing`: nothing was started; to be tried again. `resolving`: the outcome is unknown, or a refusal is
 * not confirmed yet: the status is asked.
 * `closing`: something is certain and being written. `held`: approved; the goods or the signature have yet to be
 * confirmed. `closed`: reported. A reversal takes the same transitions from `login` or `arming` on.
 */
export const transitions = {
  journalling: ['waiting', 'open', 'closing', 'closed'],
  waiting: ['login', 'arming', 'resolving', 'closing', 'held'],
  login: ['arming', 'pausing', 'closing'],
  arming: ['open', 'pausing', 'closing', 'closed'],
  open: ['resolving', 'closing'],
  pausing: ['login', 'arming', 'closing'],
  resolving: ['pausing', 'login', 'arming', 'closing'],
  closing: ['closed', 'held', 'login', 'arming'],
  held: ['closing'],
  closed: [],
} as const satisfies Record<string, readonly string[]>;

export type PaymentState = keyof typeof transitions;

const CERTAIN: ReadonlySet<PaymentState> = new Set(['closing', 'held', 'closed']);

/** Whether the outcome is certain. */
export function isCertain(state: PaymentState): boolean {
  return CERTAIN.has(state);
}

/** Called with every transition; a simulation uses it to see that each one was taken. */
export type TransitionObserver = (from: PaymentState, to: PaymentState) => void;
