/** Names, sizes, cycles and words: what keeps the tree readable. The rules are in `tidy.ts`. */
import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { test } from 'node:test';
import { read, tracked } from './repository.ts';
import {
  commentsOf,
  duplicateBaseNames,
  duplicateTypeNames,
  functionSizes,
  importCycles,
  longFiles,
  longFunctions,
  talesInComments,
  talesInProse,
} from './tidy.ts';

const FILE_LIMIT = 350;
const FUNCTION_LIMIT = 45;
/** Data tables may be long: each is one list, and a part of it would be no easier to read. */
const DATA_TABLES: Record<string, string> = {
  'lib/protocol/schema.ts': 'every nexo message and type, in the order of the wire',
  'lib/protocol/error-codes.ts': 'every error code, with its meaning and advice',
};

const files = tracked();
const sourceOf = (path: string) => ({ path, text: read(path) });
const code = files
  .filter((path) => /^(?:lib|nodes|resources)\/.*\.(?:ts|js|html)$/.test(path) && !path.startsWith('nodes/locales/'))
  .map(sourceOf);
const modules = code.filter(({ path }) => path.endsWith('.ts'));
const tools = files.filter((path) => /^(?:scripts|bench)\/.*\.ts$/.test(path)).map(sourceOf);
const documents = files.filter((path) => path.endsWith('.md') && !path.startsWith('test/')).map(sourceOf);

test('a file name occurs once in its layer', () => {
  assert.ok(modules.length > 200);
  assert.deepEqual(duplicateBaseNames(modules.map(({ path }) => path)), []);
});

test('an exported type has one meaning', () => {
  assert.deepEqual(duplicateTypeNames(modules), []);
});

test(`a file of logic has at most ${FILE_LIMIT} lines`, () => {
  const logic = code.filter(({ path }) => !(path in DATA_TABLES));
  assert.deepEqual(longFiles(logic, FILE_LIMIT), []);
  for (const path of Object.keys(DATA_TABLES)) {
    assert.equal(longFiles([sourceOf(path)], FILE_LIMIT).length, 1, `${path} needs no exception`);
  }
});

test(`a function has at most ${FUNCTION_LIMIT} lines`, () => {
  assert.deepEqual(longFunctions(code, FUNCTION_LIMIT), []);
});

test('imports form no circle, types included', () => {
  assert.deepEqual(importCycles(modules), []);
});

test('comments are technical prose', () => {
  assert.deepEqual([...code, ...tools].flatMap(talesInComments), []);
});

test('documents are technical prose', () => {
  assert.ok(documents.some(({ path }) => path === 'docs/architecture.md'));
  assert.deepEqual(documents.flatMap(talesInProse), []);
});

test('files are named in lower case after what they hold, and the root holds only what belongs there', () => {
  const ROOT = new Set(
    '.ci .editorconfig .github .gitignore .npmrc CHANGELOG.md CONTRIBUTING.md LICENSE README.md SECURITY.md bench biome.json docs examples icons lib nodes package-lock.json package.json resources scripts test tsconfig.build.json tsconfig.json'.split(
      ' ',
    ),
  );
  assert.deepEqual(
    [...new Set(files.map((path) => path.split('/')[0] ?? ''))].filter((entry) => !ROOT.has(entry)),
    [],
  );
  const SOURCES = /^(?:lib|nodes|resources|scripts|bench|test|docs|examples|icons)\//;
  const KEBAB = /^\d{0,4}-?[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+)+$/;
  assert.deepEqual(
    files.filter(
      (path) => SOURCES.test(path) && posix.basename(path) !== 'README.md' && !KEBAB.test(posix.basename(path)),
    ),
    [],
  );
});

test('what breaks a rule is found', () => {
  const file = (path: string, text = '') => ({ path, text });
  assert.deepEqual(duplicateBaseNames(['lib/a/x.ts', 'lib/a/b/x.ts', 'lib/c/x.ts', 'lib/a/index.ts']), ['lib/a: x.ts']);
  assert.deepEqual(
    duplicateTypeNames([
      file('a.ts', 'export type Reply = 1;\nexport interface One {'),
      file('b.ts', "export class Reply {\nexport type { One } from './a.ts';"),
    ]),
    ['Reply: a.ts, b.ts'],
  );
  assert.deepEqual(longFiles([file('a.ts', 'x\n'.repeat(3)), file('b.ts', 'x\nx\n')], 2), ['a.ts: 3 lines']);
  assert.deepEqual(
    importCycles([
      file('lib/a.ts', "import type { B } from './b.ts';"),
      file('lib/b.ts', "export * from './c/c.ts';"),
      file('lib/c/c.ts', "import { a } from '../a.ts';"),
      file('lib/d.ts', "import { a } from './a.ts';"),
    ]),
    ['lib/a.ts ⇄ lib/b.ts ⇄ lib/c/c.ts'],
  );
  assert.deepEqual(
    talesInComments(file('a.ts', "/** Fine. */\nconst told = 'said'; // nobody\n/*\n * Lets go of it. */")),
    ['a.ts:2: nobody', 'a.ts:4: Lets go of'],
  );
  assert.deepEqual(talesInProse(file('a.md', 'It is `told`.\n\n```\nsaid\n```\nIt came\nto nothing, as heard.')), [
    'a.md:7: heard',
  ]);
  assert.deepEqual(
    commentsOf("const a = 'http://x'; // b\n<!-- c -->").map(({ comment }) => comment),
    ['// b', '<!-- c -->'],
  );
});

test('functions are measured', () => {
  const text = `export async function first(
  a: string,
): Promise<void> {
  if (a) {
    b();
  }
  const inner = () => {
    c();
    d();
  };
}

class Second {
  readonly table = {
    a: 1,
  };

  #method(): void {
    for (const x of y) {
      z(x);
    }
  }
}
globalThis.shared ??= (() => {
  const a = 1;
  return a;
})();
node.on('input', (msg) => {
  send(msg);
});
`;
  assert.deepEqual(functionSizes(text), [
    { name: 'first', line: 1, length: 11 },
    { name: 'inner', line: 7, length: 4 },
    { name: '#method', line: 18, length: 5 },
    { name: '(wrapper)', line: 24, length: 4 },
    { name: '(anonymous)', line: 28, length: 3 },
  ]);
  assert.deepEqual(longFunctions([{ path: 'a.ts', text }], 5), ['a.ts:1: first has 7 lines']);
});
