/** One contender's process: says where it listens, and how much CPU it has used whenever the parent asks. */

/** CPU of the whole process so far, and, where the contender keeps count, messages that came and were out of order. */
export interface Usage {
  cpuSeconds: number;
  received?: number;
  disordered?: number;
}

/** Serves the parent. */
export function contend(port: number, counts: () => Omit<Usage, 'cpuSeconds'> = () => ({})): void {
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuSeconds: (user + system) / 1e6, ...counts() } satisfies Usage);
  });
  process.once('disconnect', () => process.exit(0));
  process.send?.({ port });
}
