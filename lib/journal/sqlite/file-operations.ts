import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { AcknowledgedLosses, JournalCondition, JournalLoss } from '../losses.ts';
import type { CompanionFile } from './companion-file.ts';
import type { Operation } from './worker-operations.ts';

/** What concerns the journal as a whole: how old its rows may be, and what it may have lost. */
export type FileOperation = Extract<
  Operation,
  ['sweep' | 'count' | 'keepTime' | 'condition' | 'acknowledge' | 'report', ...unknown[]]
>;

/** At most so many rows are deleted in one commit, so that no payment waits for it. */
const SWEEP = 500;

/** `sweep` never takes a terminal's last answered row, which proofs are based on. */
const SQL = {
  sweep: `DELETE FROM transactions WHERE seq IN (SELECT seq FROM transactions old
    WHERE state = 'closed' AND delivered = 1 AND keptSince < ? AND EXISTS (SELECT 1 FROM transactions later
      WHERE later.terminal = old.terminal AND later.closed > old.closed AND later.closed IS NOT NULL AND later.answered = 1) ORDER BY keptSince LIMIT ?)`,
  count: 'SELECT count(*) AS count FROM transactions',
  keepTime: 'UPDATE journal SET time = ?, mark = ?, swept = ?',
  acknowledge: 'INSERT INTO acknowledgements (json) VALUES (?)',
  acknowledged: 'SELECT json FROM acknowledgements ORDER BY seq DESC LIMIT 100',
};

/** Runs these operations within the commits of a RowStore. Used in the worker. */
export class FileOperations {
  readonly #companion: CompanionFile | undefined;
  readonly #statements: Record<keyof typeof SQL, StatementSync>;

  constructor(database: DatabaseSync, companion: CompanionFile | undefined) {
    this.#companion = companion;
    const prepared = Object.entries(SQL).map(([name, sql]) => [name, database.prepare(sql)]);
    this.#statements = Object.fromEntries(prepared) as Record<keyof typeof SQL, StatementSync>;
  }

  run(operation: FileOperation): unknown {
    const { sweep, count, keepTime, acknowledge } = this.#statements;
    switch (operation[0]) {
      case 'sweep':
        return sweep.run(operation[1], Math.min(operation[2], SWEEP)).changes;
      case 'count':
        return count.get()?.count;
      case 'keepTime': {
        const [, time, mark, swept] = operation;
        keepTime.run(time, mark, swept);
        return undefined;
      }
      case 'acknowledge': {
        const losses = this.#companion?.losses ?? [];
        acknowledge.run(JSON.stringify({ ...JSON.parse(operation[1]), losses }));
        this.#companion?.acknowledge();
        return this.#condition();
      }
      case 'report':
        this.#companion?.report(JSON.parse(operation[1]) as JournalLoss);
        return undefined;
      case 'condition':
        return this.#condition();
    }
  }

  #condition(): JournalCondition {
    const acknowledged = this.#statements.acknowledged.all().map(({ json }) => JSON.parse(String(json)));
    return { pending: [...(this.#companion?.losses ?? [])], acknowledged: acknowledged as AcknowledgedLosses[] };
  }
}
