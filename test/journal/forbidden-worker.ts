/** The journal's worker for a user who may not make folders: root, whom tests may run as, may. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

fs.mkdirSync = () => {
  throw Object.assign(new Error('EACCES: permission denied, mkdir'), { code: 'EACCES' });
};
syncBuiltinESMExports();
await import('../../lib/journal/sqlite/sqlite-worker.ts');
