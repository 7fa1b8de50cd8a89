import { statSync } from 'node:fs';
import { FaultError, lost } from './sqlite-faults.ts';

/**
 * Notices that a journal's file or its log was deleted, moved or replaced while it is open. SQLite goes on writing to the
 * file that it opened, which the next start does not find.
 */
export class FileIdentity {
  readonly #file: string;
  readonly #paths: readonly string[];
  readonly #identity: string;

  /** To be made while the file is open and its log has content. */
  constructor(file: string) {
    this.#file = file;
    this.#paths = [file, `${file}-wal`];
    this.#identity = this.#read();
  }

  /** @throws FaultError `journal_lost` */
  assertSame(): void {
    if (this.#read() !== this.#identity) throw new FaultError(lost(this.#file));
  }

  #read(): string {
    if (process.platform === 'win32') return ''; // an open file can be neither deleted nor renamed there
    return this.#paths.map(identityOf).join();
  }
}

function identityOf(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined || stat.nlink === 0n ? 'none' : `${stat.dev}:${stat.ino}`;
}
