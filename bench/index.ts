/**
 * `npm run bench`: encoding and decoding (`codec`), durable writes of the journal (`journal`), whole payments (`payments`),
 * and requests of terminals, also of a thousand at once (`endpoint`). Each is compared with alternatives in the same run:
 * figures depend on the machine, ratios hardly do. Names choose benches: `npm run bench -- codec payments`.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { codecBench } from './codec.ts';
import { endpointBench } from './endpoint.ts';
import { journalBench } from './journal.ts';
import { paymentsBench } from './payments.ts';
import { table } from './report.ts';

const BENCHES: Record<string, () => Promise<unknown>> = {
  codec: codecBench,
  journal,
  payments: paymentsBench,
  endpoint: endpointBench,
};

async function journal(): Promise<void> {
  const rows = await journalBench();
  console.log('\nJournal, durable writes (naive: node:sqlite on the main thread, one commit per write)');
  table(
    ['writers', 'writes/s', '× naive', 'event loop held µs each', '× naive', 'writes per commit'],
    rows.map(({ writers, journal, speed, heldRatio }) => [
      String(writers),
      journal.perSecond.toFixed(0),
      speed.toFixed(2),
      journal.held.toFixed(1),
      heldRatio.toFixed(2),
      journal.writesPerCommit.toFixed(1),
    ]),
  );
}

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !Object.hasOwn(BENCHES, name));
if (unknown.length > 0) {
  console.error(`Unknown bench: ${unknown.join(', ')}. Benches: ${Object.keys(BENCHES).join(', ')}`);
  process.exit(2);
}

// Node-RED loads the built nodes.
const build = spawnSync(process.execPath, [fileURLToPath(new URL('../scripts/build.ts', import.meta.url))], {
  stdio: 'inherit',
});
if (build.status !== 0) process.exit(1);

for (const [name, bench] of Object.entries(BENCHES)) {
  if (chosen.length === 0 || chosen.includes(name)) await bench();
}
