import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importsOf, violations } from './layers.ts';
import { read, sources } from './repository.ts';

test('imports point one way, and protocol and session are pure', () => {
  const files = [...sources('lib'), ...sources('nodes')];
  assert.ok(files.length > 30, `only ${files.length} files found`);
  assert.deepEqual(
    files.flatMap((file) => violations(file, read(file))),
    [],
  );
});

test('every form of import is seen', () => {
  const text = [
    "import a from './a.ts';",
    "import {\n  b,\n} from './b.ts';",
    "import type { C } from './c.ts';",
    "export * from './d.ts';",
    "import './e.ts';",
    "const f = await import('./f.ts');",
    "new Worker(new URL('./g.ts', import.meta.url));",
    "// import h from './h.ts';",
    "/* from './i.ts' */",
  ].join('\n');
  assert.deepEqual(importsOf(text), ['./a.ts', './b.ts', './c.ts', './d.ts', './e.ts', './f.ts', './g.ts']);
});

test('a broken rule is reported', () => {
  const broken: [string, string, string][] = [
    ['lib/protocol/x.ts', "import { a } from '../session/a.ts';", 'imports lib/session/a.ts'],
    ['lib/protocol/x.ts', "import { readFileSync } from 'node:fs';", 'imports node:fs'],
    ['lib/session/x.ts', "import { Agent } from 'undici';", 'imports undici'],
    ['lib/session/x.ts', 'const now = Date.now();', 'uses Date.now'],
    ['lib/session/x.ts', 'setTimeout(retry, 5);', 'uses setTimeout'],
    ['lib/session/x.ts', "import { J } from '../journal/journal.ts';", 'imports lib/journal/journal.ts'],
    [
      'lib/transport/lan.ts',
      "import { V } from '../virtual/terminal/terminal.ts';",
      'imports lib/virtual/terminal/terminal.ts',
    ],
    ['lib/virtual/x.ts', "import { T } from '../terminal/terminal.ts';", 'imports lib/terminal/terminal.ts'],
    ['lib/terminal/x.ts', "import RED from 'node-red';", 'imports Node-RED'],
    ['lib/other/x.ts', '', 'is in no layer of the design'],
  ];
  for (const [path, text, found] of broken) assert.deepEqual(violations(path, text), [`${path}: ${found}`]);
  assert.deepEqual(violations('lib/transport/virtual.ts', "import { V } from '../virtual/terminal.ts';"), []);
});
