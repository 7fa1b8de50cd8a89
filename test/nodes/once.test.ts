/** A transactionId is charged once, whichever terminals keep which journals: the nodes' choice, without a Node-RED. */
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { afterEach, it } from 'node:test';
import type { NodeAPI } from 'node-red';
import type { TransactionRecord } from '../../lib/session/record.ts';
import type { Terminal } from '../../lib/terminal/terminal.ts';
import { startPool } from '../../nodes/shared/pool-node.ts';
import { registerTerminal } from '../../nodes/shared/running-terminals.ts';
import { poolFor, type TargetQuery, terminalFor } from '../../nodes/shared/select-terminal.ts';
import { readyOf, type TerminalNode } from '../../nodes/shared/terminal-node.ts';

interface Till {
  node: TerminalNode;
  rows: Map<string, Partial<TransactionRecord>>;
  broken: boolean;
  lookups: number;
  stop(): void;
}

/** Node-RED as far as a choice looks at it: its nodes, and the flow file that has the disabled ones too. */
class World {
  readonly nodes = new Map<string, TerminalNode>();
  readonly flows: { id: string; name: string; journal?: string }[] = [];
  readonly RED = {
    nodes: {
      getNode: (id: string) => this.nodes.get(id) ?? null,
      eachNode: (call: (def: object) => void) => this.flows.forEach(call),
    },
    events: new EventEmitter(),
  } as unknown as NodeAPI;
  readonly #running: Till[] = [];
  readonly #closes: (() => void)[] = [];

  /** A terminal that runs. @param journal which one it keeps */
  till(id: string, journal = id): Till {
    const till: Till = { node: this.#node(id), rows: new Map(), broken: false, lookups: 0, stop: () => undefined };
    const terminal = {
      config: { terminal: `1/${id}`, poiId: id, saleId: '1', autoLogin: true },
      state: 'ready',
      load: 0,
      journal: async () => {
        till.lookups++;
        if (till.broken) throw new Error('disk');
        return { find: async (transactionId: string) => till.rows.get(transactionId) };
      },
    } as unknown as Terminal;
    Object.assign(till.node, { terminal, journal });
    this.nodes.set(id, till.node);
    this.flows.push({ id, name: id });
    till.stop = registerTerminal(this.RED, readyOf(till.node));
    this.#running.push(till);
    return till;
  }

  pool(id: string, ...members: string[]): void {
    const node = this.#node(id);
    node.on = ((_: 'close', close: (done: () => void) => void) =>
      this.#closes.push(() => close(() => undefined))) as never;
    startPool(this.RED, node, { pool: members });
    this.nodes.set(id, node);
  }

  /** The terminal at which a payment of that name is charged, or why none is. */
  async chosen(id: string, transactionId: string, more: { terminal?: string } & TargetQuery = {}): Promise<string> {
    const { terminal, ...target } = more;
    const msg = { _msgid: '1', ...(terminal && { terminal }) };
    try {
      const { about } = await terminalFor(this.RED, id, msg, { transactionId, isNew: true, ...target });
      return about.id;
    } catch (error) {
      return (error as { code: string }).code;
    }
  }

  end(): void {
    for (const { stop } of this.#running) stop();
    for (const close of this.#closes) close();
  }

  #node(id: string): TerminalNode {
    return { id, title: id, currency: 'SEK', users: {} } as unknown as TerminalNode;
  }
}

let world: World | undefined;
afterEach(() => world?.end());

/** Transactions have names of their own in every test: what was decided is remembered for the whole process. */
function start(): World {
  world = new World();
  return world;
}

it('not again at the terminal that msg.terminal names, while another one’s journal cannot be read', async () => {
  const here = start();
  const [a] = [here.till('a'), here.till('b')];
  a.broken = true;
  assert.equal(await here.chosen('a', 'T1', { terminal: 'b' }), 'transaction_unsure');
  a.broken = false;
  a.rows.set('T1', { terminal: '1/a', outcome: 'approved' });
  assert.equal(await here.chosen('a', 'T1', { terminal: 'b' }), 'transaction_elsewhere');
  assert.equal(await here.chosen('b', 'T1', { terminal: 'a' }), 'a');
});

it('where a node is set to, whatever another one’s journal is in, unless a pool may have charged it there', async () => {
  const here = start();
  const [a] = [here.till('a'), here.till('b')];
  assert.equal(await here.chosen('a', 'T11'), 'a');
  a.broken = true;
  assert.equal(await here.chosen('b', 'T12'), 'b');
  assert.equal(await here.chosen('b', 'T11'), 'transaction_elsewhere', 'what went there before is known');
  here.pool('pool', 'a');
  assert.equal(await here.chosen('b', 'T13'), 'transaction_unsure');
});

it('not again at the terminal that a node is set to, after a pool has charged it at another', async () => {
  const here = start();
  const tills = { a: here.till('a'), b: here.till('b') };
  here.pool('pool', 'a', 'b');
  const first = (await here.chosen('pool', 'T2')) as 'a' | 'b';
  tills[first].rows.set('T2', { terminal: `1/${first}`, outcome: 'approved' });
  assert.equal(await here.chosen(first === 'a' ? 'b' : 'a', 'T2'), 'transaction_elsewhere');
  assert.equal(await here.chosen(first, 'T2'), first);
});

it('at one of them, where a pool and a node get it at the same moment', async () => {
  const here = start();
  here.till('a');
  here.till('b');
  here.pool('pool', 'b', 'a');
  assert.deepEqual(await Promise.all([here.chosen('pool', 'T3'), here.chosen('a', 'T3')]), [
    'b',
    'transaction_elsewhere',
  ]);
  assert.deepEqual(await Promise.all([here.chosen('a', 'T4'), here.chosen('pool', 'T4')]), ['a', 'a']);
});

it('not again by a pool, where a terminal outside has it', async () => {
  const here = start();
  const [a] = [here.till('a'), here.till('b')];
  here.pool('pool', 'b');
  a.rows.set('T5', { terminal: '1/a', outcome: 'approved' });
  assert.equal(await here.chosen('pool', 'T5'), 'transaction_elsewhere');
});

it('not again by a pool of which one terminal does not run, unless it shares a journal', async () => {
  const here = start();
  const a = here.till('a', 'node own');
  const b = here.till('b', 'built-in');
  here.pool('pool', 'a', 'b', 'deleted');
  assert.equal(await here.chosen('pool', 'T6'), 'pool_unsure', 'the transactions of the deleted one are unknown');
  here.pool('pool', 'a', 'b');
  // Between its end and its new start of a deploy it is still there, but does not run.
  a.stop();
  Object.assign(here.flows.find(({ id }) => id === 'a') ?? {}, { journal: 'own' });
  assert.equal(await here.chosen('pool', 'T6'), 'pool_unsure');
  here.nodes.delete('a');
  assert.equal(await here.chosen('pool', 'T6'), 'pool_unsure');
  assert.equal(await here.chosen('pool', 'T7', { generatedId: true }), 'b', 'a card that is read');
  assert.equal(await here.chosen('pool', 'T7'), 'b', 'and paid with');
  Object.assign(here.flows.find(({ id }) => id === 'a') ?? {}, { journal: '' });
  assert.equal(await here.chosen('pool', 'T6'), 'b');
  assert.equal(b.lookups, 4);
  assert.equal(poolFor(here.RED, 'pool', { _msgid: '1' })?.size, 2);
});

it('without a look anywhere, where the only journal takes it once by itself', async () => {
  const here = start();
  const tills = [here.till('a', 'built-in'), here.till('b', 'built-in')];
  assert.equal(await here.chosen('a', 'T8'), 'a');
  assert.equal(await here.chosen('a', 'T8', { terminal: 'b' }), 'b', 'its journal refuses it');
  assert.deepEqual(
    tills.map(({ lookups }) => lookups),
    [0, 0],
  );
});

it('at no terminal that a deploy has stopped while journals were looked into', async () => {
  const here = start();
  const [a] = [here.till('a'), here.till('b')];
  here.pool('pool', 'a');
  const [direct, pooled] = [here.chosen('a', 'T9'), here.chosen('pool', 'T10')];
  a.stop();
  assert.deepEqual([await direct, await pooled], ['terminal_stopped', 'pool_empty']);
});
