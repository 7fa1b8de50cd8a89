/**
 * The journal's worker on a disk that fails on demand. `find('next commit: …')` sets how, and fails itself: FAIL-AFTER: the
 * commit is made, and reported as failed, once. FAIL-BEFORE: it fails once, and nothing is written. FAIL-FOR-GOOD: every
 * commit fails so, until WORKS.
 */
import { StatementSync } from 'node:sqlite';

let fault = 'WORKS';
const ioError = () => Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode: 1034 });
const { get, run } = StatementSync.prototype;

StatementSync.prototype.get = function (...parameters: unknown[]) {
  const [, command] = /^next commit: (.*)$/.exec(String(parameters[0])) ?? [];
  if (command === undefined) return Reflect.apply(get, this, parameters);
  fault = command;
  throw ioError();
};

StatementSync.prototype.run = function (...parameters: unknown[]) {
  if (this.sourceSQL !== 'COMMIT' || fault === 'WORKS') return Reflect.apply(run, this, parameters);
  if (fault === 'FAIL-AFTER') Reflect.apply(run, this, parameters);
  if (fault !== 'FAIL-FOR-GOOD') fault = 'WORKS';
  throw ioError();
};

await import('../../lib/journal/sqlite/sqlite-worker.ts');
