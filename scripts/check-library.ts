/** Checks the packed package as a library: run on the oldest and the newest Node, and compiled by TypeScript. */
import { copyFileSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { check, installInto, manifest, root, run } from './package-tools.ts';

/** The oldest Node that package.json allows. */
const OLDEST = 'node@22.19';
const PROGRAMS = ['pay.ts', 'pay.cjs'];
const RESOLUTIONS = [
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
] as const;

/** @param folder for what is installed; @param tarball the packed package */
export function checkLibrary(folder: string, tarball: string): void {
  const program = join(folder, 'library');
  installInto(program, tarball);
  writeFileSync(join(program, 'package.json'), '{ "name": "check", "private": true, "type": "module" }\n');
  for (const file of PROGRAMS) copyFileSync(join(root, 'docs', 'library', file), join(program, file));
  for (const node of [process.execPath, oldestNode(folder)]) checkRuns(program, node);
  checkClosed(program);
  checkTypes(program);
}

function oldestNode(folder: string): string {
  const where = join(folder, 'oldest-node');
  installInto(where, OLDEST, ['--loglevel=error', '--ignore-scripts=false']);
  return join(where, 'node_modules', 'node', 'bin', 'node');
}

/** Each program pays, without a warning, and a file of its own keeps its payment. */
function checkRuns(program: string, node: string): void {
  const version = run(node, ['--version'], program).trim();
  for (const file of PROGRAMS) {
    const cwd = join(program, `${version}-${file}`);
    mkdirSync(cwd);
    const printed = run(node, [join(program, file)], cwd);
    check(printed.startsWith('approved 89.00 '), `${file} on Node ${version} printed ${printed}`);
    check(readdirSync(cwd).includes('payments.sqlite'), `${file} on Node ${version} left no journal`);
  }
  console.log(`  pays on Node ${version}, imported and required`);
}

function checkClosed(program: string): void {
  const deep = `import('${manifest.name}/dist/lib/terminal/terminal.js').then(() => 'open', ({ code }) => code).then(console.log)`;
  const answer = run(process.execPath, ['--input-type=module', '-e', deep], program).trim();
  check(answer === 'ERR_PACKAGE_PATH_NOT_EXPORTED', `A deep import gives ${answer}`);
}

function checkTypes(program: string): void {
  const types = join(program, 'node_modules', '@types');
  mkdirSync(types, { recursive: true });
  symlinkSync(join(root, 'node_modules', '@types', 'node'), join(types, 'node'));
  copyFileSync(join(root, 'test', 'fixtures', 'library', 'consumer.ts'), join(program, 'consumer.ts'));
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  for (const [module, moduleResolution] of RESOLUTIONS) {
    const target = { target: 'es2024', lib: ['es2024'], types: ['node'], module, moduleResolution };
    const compilerOptions = { ...target, strict: true, noEmit: true, skipLibCheck: false };
    const config = join(program, 'tsconfig.json');
    writeFileSync(config, JSON.stringify({ compilerOptions, files: ['pay.ts', 'consumer.ts'] }));
    run(process.execPath, [compiler, '-p', config], program);
    console.log(`  types compile (${moduleResolution})`);
  }
}
