/** One contender's process: it prepares itself, and pays in concurrent loops when the parent asks for it. */

/** What the parent asks for: pay on every terminal, one payment after the other, for so long. */
export interface Run {
  milliseconds: number;
}

/** What a run gave. CPU is that of the whole process, worker threads included. */
export interface Result {
  payments: number;
  seconds: number;
  cpuSeconds: number;
}

export interface Setup {
  port: number;
  terminals: number;
}

/** Makes one payment on the terminal with this number, and resolves when it is approved. */
export type Pay = (terminal: number) => Promise<void>;

async function run(pay: Pay, terminals: number, { milliseconds }: Run): Promise<Result> {
  let payments = 0;
  const cpu = process.cpuUsage();
  const from = performance.now();
  const loop = async (terminal: number) => {
    while (performance.now() - from < milliseconds) {
      await pay(terminal);
      payments += 1;
    }
  };
  await Promise.all(Array.from({ length: terminals }, (_, terminal) => loop(terminal)));
  const { user, system } = process.cpuUsage(cpu);
  return { payments, seconds: (performance.now() - from) / 1000, cpuSeconds: (user + system) / 1e6 };
}

/** Serves the parent. The setup comes as the first argument, as JSON. */
export async function serveParent(prepare: (setup: Setup) => Promise<Pay>): Promise<void> {
  const setup = JSON.parse(process.argv[2] ?? '') as Setup;
  const pay = await prepare(setup);
  process.on('message', async (message: Run) => process.send?.(await run(pay, setup.terminals, message)));
  process.once('disconnect', () => process.exit(0));
  process.send?.('ready');
}
