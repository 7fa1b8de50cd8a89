/** One contender's process: reports its port, and its usage whenever the parent asks. */

/** Of the whole process so far; and, where the contender keeps count, messages that came and were out of order. */
export interface Usage {
  cpuSeconds: number;
  /** Resident memory. */
  bytes: number;
  received?: number;
  disordered?: number;
}

/** Serves the parent. */
export function serveParent(port: number, counts: () => Pick<Usage, 'received' | 'disordered'> = () => ({})): void {
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    const usage: Usage = { cpuSeconds: (user + system) / 1e6, bytes: process.memoryUsage.rss(), ...counts() };
    process.send?.(usage);
  });
  process.once('disconnect', () => process.exit(0));
  process.send?.({ port });
}
