/** What the checks of the package share: this project's manifest, and commands run as a user runs them. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  name: string;
  bin: Record<string, string>;
  'node-red': { nodes: Record<string, string> };
};
export const sets = Object.keys(manifest['node-red'].nodes);

/** This Node.js first in PATH, and npm with a user's log level: without the settings of the npm that started this script. */
export const env: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
};
delete env.npm_config_local_prefix;
delete env.npm_config_loglevel;

export class CheckFailed extends Error {}

export function check(condition: unknown, message: string): asserts condition {
  if (!condition) throw new CheckFailed(message);
}

export function run(command: string, args: string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, env, encoding: 'utf8' });
  check(status === 0, `${command} ${args.join(' ')} ended with ${status ?? error}\n${stdout}\n${stderr}`);
  const warnings = stderr.split('\n').filter((line) => /warn/i.test(line) && !/Unknown \w+ config/.test(line));
  check(warnings.length === 0, `${command} ${args.join(' ')} warns:\n${warnings.join('\n')}`);
  return stdout;
}

/** A new folder with a package installed from the registry, or from a tarball. */
export function installInto(folder: string, dependency: string, options: string[] = []): void {
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "name": "check", "private": true }\n');
  run('npm', ['install', '--no-audit', '--no-fund', '--no-update-notifier', ...options, dependency], folder);
}
