/**
 * Builds `dist/`: what npm publishes and what Node-RED loads.
 *
 * TypeScript from `nodes/` and `lib/` is compiled; every other file beside it (editor halves, locales) is copied to
 * the same place, and `icons/` goes to `dist/nodes/icons`, since Node-RED looks for icons beside the node file.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

/** Path of the installed TypeScript compiler's command. */
function compiler(): string {
  const manifest = createRequire(import.meta.url).resolve('typescript/package.json');
  return join(dirname(manifest), 'bin', 'tsc');
}

function compile(): void {
  const { status } = spawnSync(process.execPath, [compiler(), '-p', join(root, 'tsconfig.build.json')], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

function copyAssets(folder: string): void {
  if (!existsSync(join(root, folder))) return;
  cpSync(join(root, folder), join(dist, folder), { recursive: true, filter: (source) => !source.endsWith('.ts') });
}

rmSync(dist, { recursive: true, force: true });
compile();
copyAssets('nodes');
copyAssets('lib');
if (existsSync(join(root, 'icons'))) cpSync(join(root, 'icons'), join(dist, 'nodes', 'icons'), { recursive: true });
// npm makes a command executable when it installs it; a linked checkout needs it here.
const command = join(dist, 'lib', 'virtual', 'cli.js');
if (existsSync(command)) chmodSync(command, 0o755);
