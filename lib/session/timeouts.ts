/** How long a session waits, in ms, and how often it tries. The defaults follow how terminals behave in the field. */
export interface Timeouts {
  /** No answer to a payment for this long: its connection is closed. The payment goes on. */
  response: number;
  /** An outcome that is still unknown after this long is reported as `unresolved`; asking continues. */
  recovery: number;
  /** The status of a payment that is open for this long is asked, while its connection stays open. */
  probe: number;
  login: number;
  status: number;
  abort: number;
  logout: number;
  /** Pauses before asking for an unknown outcome; the last one repeats, until after `pollSlowAfter` it is `pollSlow`. */
  polls: readonly number[];
  pollSlow: number;
  pollSlowAfter: number;
  /**
   * Proof that nothing was started needs two idle rounds at least `proofGap` apart, in a series of idle rounds of at least
   * `proofSpan` (a status may lag behind), and not before `proofFloor` after the request's connection has ended or the
   * process has started: for so long a kernel may still deliver what a socket had left.
   */
  proofGap: number;
  proofSpan: number;
  proofFloor: number;
  /** Pauses before a request is sent again after `Busy`. */
  busyPayment: readonly number[];
  /** Pauses before a login is tried again after `Busy`: terminals call their host right after power-up. */
  busyLogin: readonly number[];
  /** Pauses before a failed write of the journal is tried again; the last one repeats. */
  journal: readonly number[];
  /** Pauses before a reversal that is owed, and could not be started, is tried again; the last one repeats. */
  owed: readonly number[];
  /** How often the status of a payment that was ruled on is asked, `pollSlow` apart. */
  watches: number;
  /** A display, an input or a print on the terminal. */
  dialog: number;
  /** How long a card that was read waits for its payment. */
  card: number;
  /** How long a flow has to answer the terminal, and how long before the terminal’s own limit that ends. */
  reply: number;
  replyMargin: number;
  /** How long, and how many, jobs wait in the queue. */
  queueWait: number;
  queueLength: number;
}

export const defaultTimeouts: Timeouts = {
  response: 300_000,
  recovery: 120_000,
  probe: 120_000,
  login: 30_000,
  status: 10_000,
  abort: 10_000,
  logout: 30_000,
  polls: [1_000, 2_000, 3_000, 5_000],
  pollSlow: 30_000,
  pollSlowAfter: 24,
  proofGap: 5_000,
  proofSpan: 60_000,
  proofFloor: 120_000,
  busyPayment: [500, 1_000, 2_000, 4_000, 8_000],
  busyLogin: [1_000, 2_000, 4_000, 8_000, 15_000],
  journal: [1_000, 2_000, 5_000, 30_000],
  owed: [1_000, 2_000, 5_000, 15_000, 30_000],
  watches: 2880,
  dialog: 90_000,
  card: 600_000,
  reply: 60_000,
  replyMargin: 2_000,
  queueWait: 60_000,
  queueLength: 100,
};
