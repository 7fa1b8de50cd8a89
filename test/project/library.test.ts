/** The package as a library: imported and required by its own name, from the build. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { manifest, read, root } from './repository.ts';

const run = promisify(execFile);
const { name } = manifest;

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'nexo-library-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

for (const file of ['pay.ts', 'pay.cjs']) {
  test(`${file} pays at the virtual terminal, once for one transactionId`, async (t) => {
    const cwd = folderFor(t);
    for (let round = 1; round <= 2; round++) {
      const { stdout, stderr } = await run(process.execPath, [join(root, 'docs/library', file)], { cwd });
      assert.match(stdout, /^approved 89\.00 \d{6}\*+\d{4}\n$/, `round ${round}`);
      assert.equal(stderr, '');
    }
  });
}

test('the page shows the program that runs', () => {
  assert.ok(read('docs/library.md').includes(`\`\`\`ts\n${read('docs/library/pay.ts')}\`\`\``));
});

test('import and require give the same, and the page names all of it', async () => {
  const imported: Record<string, unknown> = await import(name);
  const required: Record<string, unknown> = createRequire(import.meta.url)(name);
  const names = Object.keys(imported).filter((one) => one !== 'module.exports');
  for (const one of names) assert.equal(required[one], imported[one], one);
  const page = read('docs/library.md');
  assert.deepEqual(
    names.filter((one) => !page.includes(`\`${one}\``)),
    [],
  );
  assert.ok(names.includes('Terminal') && names.includes('openJournal') && names.includes('LanTransport'));
});

test('deep imports are closed', async () => {
  for (const path of ['dist/lib/index.js', 'dist/lib/terminal/terminal.js', 'lib/index.ts'])
    await assert.rejects(import(`${name}/${path}`), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' }, path);
  const own: { default: { name: string } } = await import(`${name}/package.json`, { with: { type: 'json' } });
  assert.equal(own.default.name, name);
});

for (const [module, moduleResolution] of [
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
]) {
  test(`its types compile in another project: ${moduleResolution}`, async (t) => {
    const folder = folderFor(t);
    const modules = join(folder, 'node_modules');
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
    await run('mkdir', ['-p', join(modules, dirname(name)), join(modules, '@types')]);
    symlinkSync(root, join(modules, name));
    symlinkSync(join(root, 'node_modules/@types/node'), join(modules, '@types/node'));
    for (const source of ['docs/library/pay.ts', 'test/fixtures/library/consumer.ts'])
      writeFileSync(join(folder, source.split('/').at(-1) ?? ''), read(source));
    const compilerOptions = { strict: true, noEmit: true, target: 'es2024', lib: ['es2024'], types: ['node'] };
    const all = { ...compilerOptions, module, moduleResolution, skipLibCheck: false };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: all, include: ['*.ts'] }));
    const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
    const { stdout } = await run(process.execPath, [compiler, '-p', folder]).catch((error) => error);
    assert.equal(stdout, '');
  });
}
