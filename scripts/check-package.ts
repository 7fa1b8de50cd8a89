/**
 * Checks what npm would publish, as a user meets it: packs the project, installs the tarball into a fresh user
 * directory of every supported Node-RED, starts that, and pays once with the example flow. As a library, it is installed
 * into a program of its own.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { checkLibrary } from './check-library.ts';
import { Editor } from './editor.ts';
import { CheckFailed, check, env, installInto, manifest, root, run, sets } from './package-tools.ts';
import { quietSettings } from './user-directory.ts';

const NODE_RED_VERSIONS = ['5.0', '4.1'];

/** @returns the tarball's path */
function pack(folder: string): string {
  run('npm', ['pack', '--pack-destination', folder], root);
  const tarball = readdirSync(folder).find((file) => file.endsWith('.tgz'));
  check(tarball, 'npm pack made no tarball');
  return join(folder, tarball);
}

function checkContents(tarball: string): void {
  const files = run('tar', ['-tzf', tarball], dirname(tarball))
    .split('\n')
    .filter(Boolean)
    .map((file) => file.replace(/^package\//, ''));
  const nodeFiles = Object.values(manifest['node-red'].nodes).flatMap((file) => [
    file,
    file.replace(/\.js$/, '.html'),
    file.replace(/\.js$/, '.d.ts'),
  ]);
  const wanted = [
    'README.md',
    'CHANGELOG.md',
    'LICENSE',
    'package.json',
    'examples/01-first-payment.json',
    'docs/library.md',
    'dist/lib/index.js',
    'dist/lib/index.d.ts',
    ...nodeFiles,
  ];
  for (const file of [...wanted, ...Object.values(manifest.bin)]) {
    check(files.includes(file), `The tarball lacks ${file}`);
  }
  const extra = files.filter(
    (file) => /^(test|bench|scripts|\.)/.test(file) || (!file.startsWith('docs/') && /(?<!\.d)\.ts$/.test(file)),
  );
  check(extra.length === 0, `The tarball holds what no user needs: ${extra.join(', ')}`);
  console.log(`  ${files.length} files, each kind where it belongs`);
}

function checkCommand(userDir: string): void {
  for (const command of Object.keys(manifest.bin)) {
    const text = run('npx', ['--no-install', command, '--help'], userDir);
    check(text.includes(command), `${command} --help says nothing about itself: ${text}`);
    console.log(`  npx ${command} --help answers`);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** Everything the editor needs of each node is there: type, catalogue, icon, example. */
async function checkNodes(editor: Editor): Promise<void> {
  const registered = (await editor.nodeSets()).filter(({ module }) => module === manifest.name);
  for (const set of sets) {
    const found = registered.find(({ name }) => name === set);
    check(found, `Node-RED does not know the set ${set}`);
    check(!found.err && found.enabled, `The set ${set} does not load: ${JSON.stringify(found.err)}`);
    check(found.types.includes(`nexo-${set}`), `The set ${set} registers ${found.types}, not nexo-${set}`);
  }
  const catalogues = await editor.catalogues('en-US');
  const without = sets.filter((set) => Object.keys(catalogues[`${manifest.name}/${set}`] ?? {}).length === 0);
  check(without.length === 0, `No en-US catalogue for: ${without.join(', ')}`);
  check((await editor.icons())[manifest.name]?.length, 'Node-RED finds no icons');
  check((await editor.examples(manifest.name)).includes('01-first-payment'), 'The example is not in the import menu');
  console.log(`  ${sets.length} node types registered, with catalogue, icons and example`);
}

async function checkPayment(editor: Editor): Promise<void> {
  const payment = (await editor.press('pay-89', 'approved')) as { outcome?: string; amount?: string };
  check(payment.outcome === 'approved', `The example's payment came out as ${JSON.stringify(payment)}`);
  console.log(`  the example's payment: ${payment.outcome}`);
}

async function checkInNodeRed(version: string, folder: string, tarball: string): Promise<void> {
  const program = join(folder, `node-red-${version}`);
  const userDir = join(folder, `user-${version}`);
  installInto(program, `node-red@~${version}.0`, ['--loglevel=error']);
  installInto(userDir, tarball);
  checkCommand(userDir);
  const port = await freePort();
  const settings = join(userDir, 'settings.cjs');
  writeFileSync(settings, `module.exports = ${JSON.stringify(quietSettings(userDir, port), null, 2)};\n`);
  writeFileSync(join(userDir, 'flows.json'), readFileSync(join(root, 'examples', '01-first-payment.json')));
  const main = join(program, 'node_modules', 'node-red', 'red.js');
  const nodeRed = spawn(process.execPath, [main, '--settings', settings], { cwd: userDir, env });
  let log = '';
  for (const stream of [nodeRed.stdout, nodeRed.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  }
  const ended = new Promise<number | null>((resolve) => nodeRed.once('exit', resolve));
  try {
    const editor = new Editor(`http://127.0.0.1:${port}`);
    await editor.ready(AbortSignal.timeout(60_000));
    await checkNodes(editor);
    await checkPayment(editor);
  } catch (error) {
    if (error instanceof Error) error.message += `\nNode-RED's log:\n${log}`;
    throw error;
  } finally {
    nodeRed.kill('SIGINT');
  }
  const code = await ended;
  check(code === 0, `Node-RED ended with ${code}:\n${log}`);
  check(log.trim() === '', `Node-RED's log has warnings:\n${log}`);
  console.log('  no warning in the log, clean end');
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'check-package-'));
  try {
    console.log('Packing');
    const tarball = pack(folder);
    checkContents(tarball);
    console.log('Library');
    checkLibrary(folder, tarball);
    for (const version of NODE_RED_VERSIONS) {
      console.log(`Node-RED ${version}`);
      await checkInNodeRed(version, folder, tarball);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error: Error) => {
  console.error(error instanceof CheckFailed ? error.message : error);
  process.exit(1);
});
