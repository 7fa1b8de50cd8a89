/** Which terminal of a pool takes what: a free one for a new payment, the payment's own for all that follows. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SessionState } from '../../lib/session/effects.ts';
import type { TransactionRecord } from '../../lib/session/record.ts';
import { Pool, type PoolTerminal } from '../../lib/terminal/pool.ts';
import { type MissingTerminal, TransactionOwners } from '../../lib/terminal/transaction-owners.ts';

/** A terminal of which a test says what it is doing. */
class Till implements PoolTerminal {
  readonly config: { terminal: string; autoLogin: boolean };
  state: SessionState = 'ready';
  load = 0;
  /** What its journal says about every transactionId, or why it cannot be read. */
  rows: Record<string, string> | Error = {};
  logins: (() => void)[] = [];
  lookups = 0;

  constructor(name: string) {
    this.config = { terminal: name, autoLogin: true };
  }

  async journal() {
    const { rows } = this;
    if (rows instanceof Error) throw rows;
    return {
      find: async (transactionId: string) => {
        this.lookups++;
        const terminal = rows[transactionId];
        return terminal === undefined ? undefined : ({ terminal } as TransactionRecord);
      },
    };
  }

  ask(): Promise<unknown> {
    return new Promise<void>((resolve) => this.logins.push(resolve));
  }
}

function poolOf(...names: string[]) {
  const tills = names.map((name) => new Till(name));
  const members: { terminal: Till; journal?: string }[] = tills.map((terminal) => ({ terminal }));
  /** All that run, and those of the pool that should. */
  const running = [...members];
  const missing: MissingTerminal[] = [];
  const assignments = new TransactionOwners(() => running);
  const pool = new Pool(
    () => members,
    assignments,
    () => missing,
  );
  return { tills, members, running, missing, assignments, pool };
}

const nameOf = ({ terminal }: { terminal: PoolTerminal }) => terminal.config.terminal;
const begun = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('a new customer', () => {
  it('takes turns with the idle ones', async () => {
    const { pool } = poolOf('a', 'b', 'c');
    const chosen: string[] = [];
    for (let i = 0; i < 6; i++) {
      chosen.push(nameOf(pool.free()));
      await begun();
    }
    assert.deepEqual(chosen, ['a', 'b', 'c', 'a', 'b', 'c']);
  });

  it('goes to an idle one, else to the shortest line, and past those that cannot', async () => {
    const order: [state: SessionState, load: number][] = [
      ['unresolved', 0],
      ['unreachable', 0],
      ['maintenance', 0],
      ['paying', 3],
      ['held', 1],
      ['loggedOut', 0],
    ];
    const names = order.map(([state, load]) => `${state} ${load}`);
    const { pool, tills, members } = poolOf(...names);
    for (const [index, [state, load]] of order.entries()) Object.assign(tills[index] ?? {}, { state, load });
    const best: string[] = [];
    while (members.length > 0) {
      const chosen = pool.free();
      best.push(nameOf(chosen));
      members.splice(members.indexOf(chosen as (typeof members)[number]), 1);
      await begun();
    }
    assert.deepEqual(best, names.toReversed());
    assert.throws(() => pool.free(), { code: 'pool_empty' });
  });

  it('counts those who were sent there a moment ago', () => {
    const { pool, tills } = poolOf('a', 'b');
    Object.assign(tills[1] ?? {}, { state: 'paying', load: 1 });
    const chosen = Array.from({ length: 5 }, () => nameOf(pool.free()));
    assert.equal(chosen.filter((name) => name === 'a').length, 3, chosen.join());
  });

  it('is not overtaken by a login', async () => {
    const { pool, tills } = poolOf('a', 'b', 'c');
    const [a, b, c] = tills;
    assert.ok(a && b && c);
    for (const till of tills) till.state = 'unreachable';
    b.load = 1;
    assert.equal(nameOf(pool.free()), 'a');
    assert.deepEqual([a.logins.length, b.logins.length, c.logins.length], [0, 0, 1]);
  });

  it('with a transactionId made for him just now is looked for in no journal, and stays where he is', async () => {
    const { pool, tills, missing } = poolOf('a', 'b');
    missing.push({ name: 'c' });
    for (const till of tills) till.rows = new Error('disk full');
    assert.equal(nameOf(pool.free('made')), 'a');
    assert.equal(nameOf(await pool.take('made')), 'a');
    assert.equal(nameOf((await pool.find('made')) ?? assert.fail()), 'a');
  });

  it('is not sent to one that was unreachable before it has answered a login', async () => {
    const { pool, tills } = poolOf('a', 'b');
    const [a, b] = tills;
    assert.ok(a && b);
    a.state = 'unreachable';
    b.load = 5;
    assert.equal(nameOf(pool.free()), 'b');
    assert.equal(a.logins.length, 1);
    a.state = 'loggingIn';
    assert.equal(nameOf(pool.free()), 'b');
    assert.equal(a.logins.length, 1, 'one at a time');
    a.state = 'ready';
    a.logins[0]?.();
    await begun();
    assert.equal(nameOf(pool.free()), 'a');
  });
});

describe('a transactionId', () => {
  it('goes to the terminal whose journal has it, in whichever journal that stands', async () => {
    const { pool, tills } = poolOf('a', 'b', 'c');
    Object.assign(tills[2] ?? {}, { rows: { sold: 'c' }, state: 'unresolved', load: 9 });
    Object.assign(tills[0] ?? {}, { rows: { shared: 'b' } });
    assert.equal(nameOf(await pool.take('sold')), 'c');
    assert.equal(nameOf(await pool.take('shared')), 'b');
    assert.equal(nameOf((await pool.find('sold')) ?? assert.fail()), 'c');
    assert.equal(await pool.find('unknown'), undefined);
  });

  it('that comes twice at the same time goes to one terminal, by two pools as well', async () => {
    const { pool, members, assignments } = poolOf('a', 'b');
    const other = new Pool(() => members.toReversed(), assignments);
    for (let i = 0; i < 20; i++) {
      const names = (await Promise.all([pool.take(`x${i}`), other.take(`x${i}`), pool.take(`x${i}`)])).map(nameOf);
      assert.equal(new Set(names).size, 1, names.join());
      assert.equal(nameOf((await pool.find(`x${i}`)) ?? assert.fail()), names[0]);
    }
  });

  it('of a terminal outside is refused, whichever journal it stands in', async () => {
    const { pool, tills, running } = poolOf('a', 'b');
    const outside = new Till('outside');
    running.push({ terminal: outside });
    outside.rows = { left: 'outside' };
    Object.assign(tills[1] ?? {}, { rows: { away: 'somebody else' } });
    for (const transactionId of ['away', 'left']) {
      const elsewhere = { code: 'transaction_elsewhere', path: 'payload.transactionId' };
      await assert.rejects(pool.take(transactionId), elsewhere);
      await assert.rejects(pool.find(transactionId), elsewhere);
    }
  });

  it('is looked for once in a journal that terminals share, by one of them that can', async () => {
    const { pool, tills, members, running } = poolOf('a', 'b');
    const [a, b] = tills;
    const outside = new Till('outside');
    assert.ok(a && b);
    running.splice(0, 2, ...[a, b, outside].map((terminal) => ({ terminal, journal: 'shared' })));
    members.splice(0, 2, ...running.slice(0, 2));
    await pool.take('one');
    assert.deepEqual([a.lookups, b.lookups, outside.lookups], [1, 0, 0]);
    a.rows = new Error('it was stopped');
    b.rows = { two: 'b' };
    assert.equal(nameOf(await pool.take('two')), 'b');
    assert.deepEqual([a.lookups, b.lookups, outside.lookups], [1, 1, 0]);
  });

  it('is refused while a terminal of the pool does not run whose journal nobody else keeps', async () => {
    const { pool, tills, missing } = poolOf('a', 'b');
    Object.assign(tills[0] ?? {}, { rows: { known: 'a' } });
    missing.push({ name: 'kiosk', journal: 'of its own' });
    assert.equal(pool.size, 3);
    assert.equal(nameOf(await pool.take('known')), 'a');
    const unsure = { code: 'pool_unsure', message: /terminal kiosk of the pool does not run.*nothing was sent/ };
    await assert.rejects(pool.take('new'), unsure);
    await assert.rejects(pool.find('new'), unsure);
    missing.splice(0, 1, { name: 'unheard of' });
    await assert.rejects(pool.take('new'), { code: 'pool_unsure' });
    assert.ok(pool.free(), 'a customer without a name pays');
    missing.splice(0);
    assert.ok(await pool.take('new'));
  });

  it('is charged while a terminal of the pool does not run that shares a journal', async () => {
    const { pool, members, running, missing } = poolOf('a', 'b');
    for (const [index, { terminal }] of members.entries()) members[index] = { terminal, journal: 'shared' };
    running.splice(0, 2, ...members);
    missing.push({ name: 'kiosk', journal: 'shared' });
    assert.equal(nameOf(await pool.take('new')), 'a');
  });

  it('is refused while a journal cannot be read, unless another one has it; then it may be tried again', async () => {
    const { pool, tills } = poolOf('a', 'b');
    const [a, b] = tills;
    assert.ok(a && b);
    a.rows = new Error('disk full');
    b.rows = { known: 'b' };
    assert.equal(nameOf(await pool.take('known')), 'b');
    const message = /journal of terminal a cannot be read: nothing was sent\. disk full/;
    await assert.rejects(pool.take('new'), { code: 'pool_unsure', message });
    a.rows = { new: 'a' };
    assert.equal(nameOf(await pool.take('new')), 'a');
  });

  it('is remembered without asking a journal again, but not for ever', async () => {
    const assignments = new TransactionOwners(() => [], 2);
    for (const id of ['x', 'y', 'z']) assignments.note(id, Promise.resolve('a'));
    assert.deepEqual(
      [assignments.decisionFor('x'), await assignments.decisionFor('y'), await assignments.decisionFor('z')],
      [undefined, 'a', 'a'],
    );
    const { pool, tills } = poolOf('a');
    await pool.take('one');
    await pool.take('one');
    assert.equal(tills[0]?.lookups, 1);
  });
});
