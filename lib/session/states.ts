/**
 * Where a payment stands while a session works on it, and the only ways from one place to the next.
 *
 * `journalling`: its intent is being written. `waiting`: in line, or its turn is about to come. `login`: waits for the
 * login session. `arming`: the mark that a request may leave is being written. `open`: its request is out, its
 * connection open. `pausing`: nothing was started; to be tried again. `resolving`: the outcome is unknown and asked for.
 * `closing`: something is certain and being written. `held`: approved; somebody has yet to confirm the goods or the
 * signature. `closed`: told. A reversal takes the same way from `login` or `arming` on.
 */
export const transitions = {
  journalling: ['waiting', 'open', 'closing', 'closed'],
  waiting: ['login', 'arming', 'resolving', 'closing', 'held'],
  login: ['arming', 'pausing', 'closing'],
  arming: ['open', 'pausing', 'closing', 'closed'],
  open: ['pausing', 'login', 'resolving', 'closing'],
  pausing: ['login', 'arming', 'closing'],
  resolving: ['pausing', 'login', 'closing'],
  closing: ['closed', 'held', 'login', 'arming'],
  held: ['closing'],
  closed: [],
} as const satisfies Record<string, readonly string[]>;

export type PaymentState = keyof typeof transitions;

/** Hears of every step a payment takes; a simulation uses it to see that each one was taken. */
export type Trace = (from: PaymentState, to: PaymentState) => void;
