import assert from 'node:assert/strict';
import { test } from 'node:test';
import { read, tracked } from './repository.ts';

/** What no file may hold: paths of one machine, hosts of one network. */
const FORBIDDEN: [string, RegExp][] = [
  ['a path of one machine', /(?<![\w.-])\/(?:work|root|home|Users)\/[\w.-]/],
  ['a path outside the repository', /\.\.\/shared\b/],
  ['a package registry other than the public one', /\bregistry\.(?!npmjs\.org|terminal)[a-z0-9-]+\.[a-z]{2,}/],
];

function finds(text: string): string[] {
  return FORBIDDEN.filter(([, pattern]) => pattern.test(text)).map(([what]) => what);
}

test('no file holds paths or hosts of the machine it was made on', () => {
  const files = tracked();
  assert.ok(files.includes('package.json'));
  const found = files
    .filter((file) => !file.startsWith('test/project/words'))
    .flatMap((file) => finds(read(file)).map((what) => `${file}: ${what}`));
  assert.deepEqual(found, []);
});

test('the lock file names no host', () => {
  const hosts = read('package-lock.json').match(/"resolved": "https?:\/\/[^/"]+/g) ?? [];
  assert.deepEqual(
    hosts.filter((host) => !host.endsWith('//registry.npmjs.org')),
    [],
  );
});

test('what is forbidden is found', () => {
  for (const text of ['cd /home/anna/x', 'see /work/main', "'../shared/wire'", 'https://registry.example.com/undici']) {
    assert.equal(finds(text).length, 1, text);
  }
  assert.deepEqual(finds('https://registry.npmjs.org/undici /usr/bin/env framework/main.ts'), []);
});
