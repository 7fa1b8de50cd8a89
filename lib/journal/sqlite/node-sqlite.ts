/**
 * Loads node:sqlite without the ExperimentalWarning that Node before 24.15 prints. Loading is synchronous, so no other
 * warning is lost.
 */
export function loadSqlite(): typeof import('node:sqlite') {
  const emitWarning = process.emitWarning;
  process.emitWarning = () => {};
  try {
    const sqlite = process.getBuiltinModule('node:sqlite');
    if (!sqlite) throw new Error('this Node.js was built without SQLite');
    return sqlite;
  } finally {
    process.emitWarning = emitWarning;
  }
}
