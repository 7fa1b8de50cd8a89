/** The first page lists what there is: nodes, examples, amounts, benches. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { scenarioByDecimals, scenarios } from '../../lib/virtual/terminal/scenarios.ts';
import { paletteSets } from '../editor/sets.ts';
import { read, root } from './repository.ts';

const page = read('README.md');

/** The texts between backquotes below that heading. */
function quotedBelow(heading: string): string[] {
  const part = page.split(/^## /m).find((one) => one.startsWith(heading)) ?? '';
  return [...part.matchAll(/`([^`\n]+)`/g)].flatMap(([, text]) => text ?? []);
}

test('every node that can be dragged into a flow', () => {
  const names = paletteSets.map(({ name }) => name);
  assert.deepEqual(
    names.filter((name) => !page.includes(`**${name}**`)),
    [],
  );
});

test('every example, in its order', () => {
  const files = readdirSync(join(root, 'examples')).map((file) => file.replace('.json', ''));
  const listed = [...page.matchAll(/^\| `(\d\d-[\w-]+)`/gm)].map(([, name]) => name);
  assert.deepEqual(listed, files.sort());
});

test('every amount of the virtual terminal, and every name that has none', () => {
  const quoted = quotedBelow('The virtual terminal');
  const decimals = quoted.filter((text) => /^\.\d\d$/.test(text)).map((text) => text.slice(1));
  // `.31` to `.35`
  const listed = [...decimals, '32', '33', '34'];
  assert.deepEqual(listed.sort(), Object.keys(scenarioByDecimals).sort());
  const named: string[] = Object.values(scenarioByDecimals);
  const others = Object.keys(scenarios).filter((name) => name !== 'approved' && !named.includes(name));
  assert.deepEqual(
    others.filter((name) => !quoted.includes(name)),
    [],
  );
});

test('every bench', () => {
  const benches = /const BENCHES[^{]*\{([^}]*)\}/.exec(read('bench/index.ts'))?.[1] ?? '';
  const names = [...benches.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name);
  assert.ok(names.length > 0);
  assert.ok(page.includes(`\`-- ${names.join(' ')}\``), `README names other benches than ${names.join(' ')}`);
});

test('every npm script that README and CONTRIBUTING name is there, and so is the tarball', () => {
  const { name, version, bin, scripts } = JSON.parse(read('package.json')) as {
    name: string;
    version: string;
    bin: Record<string, string>;
    scripts: Record<string, string>;
  };
  for (const [file, text] of [
    ['README.md', page],
    ['CONTRIBUTING.md', read('CONTRIBUTING.md')],
  ]) {
    const named = [...(text ?? '').matchAll(/npm (?:run (?:--silent )?([\w:-]+)|(start|test))\b/g)].map(
      ([, script, own]) => script ?? own ?? '',
    );
    assert.ok(named.includes('test') && named.includes('start'));
    assert.deepEqual(
      named.filter((script) => !(script in scripts)),
      [],
      file,
    );
  }
  assert.ok(page.includes(`/${name.replace('@', '').replace('/', '-')}-${version}.tgz`));
  for (const command of Object.keys(bin)) assert.ok(page.includes(`npx --package ${name} ${command} `));
});
