/** How often everything happened. */
export type Counts = Record<string, number>;

/** Counts what a simulation went through: steps of the state machine, messages, faults, outcomes. */
export class Tally {
  payments = 0;
  worlds = 0;
  /** Virtual time, in ms. */
  time = 0;
  readonly counts = new Map<string, number>();

  add(what: string, times = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + times);
  }

  world(payments: number, time: number): void {
    this.worlds++;
    this.payments += payments;
    this.time += time;
  }

  merge({
    payments,
    worlds,
    time,
    counts,
  }: {
    payments: number;
    worlds: number;
    time: number;
    counts: Map<string, number>;
  }): void {
    this.payments += payments;
    this.worlds += worlds;
    this.time += time;
    for (const [what, times] of counts) this.add(what, times);
  }
}
