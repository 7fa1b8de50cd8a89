import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { manifest, read, root } from './repository.ts';

const sets = Object.entries(manifest['node-red'].nodes);

/** The file that the build makes `dist/…` from. */
const source = (file: string, extension: string) => file.replace(/^dist\//, '').replace(/\.js$/, extension);

describe('package.json', () => {
  for (const [set, file] of sets) {
    test(`the set ${set} has a runtime and an editor half, help and catalogue, under its own name`, () => {
      assert.equal(file, `dist/nodes/${set}.js`);
      const runtime = read(source(file, '.ts'));
      assert.match(runtime, /^export default /m);
      assert.ok(runtime.includes(`'nexo-${set}'`), 'registers another type');
      assert.match(read(source(file, '.html')), new RegExp(`registerType\\(\\s*'nexo-${set}'`));
      assert.ok(existsSync(join(root, 'nodes/locales/en-US', `${set}.json`)), 'no en-US catalogue');
      const help =
        existsSync(join(root, 'nodes/locales/en-US', `${set}.html`)) ||
        read(source(file, '.html')).includes('data-help-name');
      assert.ok(help, 'no help text');
    });
  }

  test('every editor half belongs to a set', () => {
    const halves = readdirSync(join(root, 'nodes')).filter((file) => file.endsWith('.html'));
    assert.deepEqual(halves.sort(), sets.map(([set]) => `${set}.html`).sort());
  });

  test('commands are there, and say what runs them', () => {
    for (const file of Object.values(manifest.bin)) {
      assert.match(read(source(file, '.ts')), /^#!\/usr\/bin\/env node\n/);
    }
  });

  test("what Node-RED's catalogue asks of a package", () => {
    assert.match(manifest.name, /^@[a-z]+\/node-red-/);
    assert.equal(manifest.license, 'MIT');
    assert.match(read('LICENSE'), /^MIT License/);
    assert.match(manifest.repository.url, /github\.com\/nexoflows\/node-red-nexo-retailer/);
    assert.ok(manifest.keywords.includes('node-red'));
    assert.match(manifest['node-red'].version, /^>=\d+\.\d+\.\d+$/);
    assert.ok(Object.keys(manifest.dependencies).length <= 6);
  });
});
