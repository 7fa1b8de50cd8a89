import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { paletteSets, sets } from '../editor/sets.ts';
import { read, root } from './repository.ts';

interface FlowNode {
  id: string;
  type: string;
  z?: string;
  x?: number;
  y?: number;
  wires?: string[][];
  terminal?: string;
  endpoint?: string;
  pool?: string[];
}

const types = sets.map(({ type }) => type);
const files = readdirSync(join(root, 'examples')).filter((file) => file.endsWith('.json'));
const examples = files.map((file) => ({ file, nodes: JSON.parse(read(`examples/${file}`)) as FlowNode[] }));

test('every palette node is in an example', () => {
  const used = new Set(examples.flatMap(({ nodes }) => nodes.map(({ type }) => type)));
  assert.deepEqual(
    paletteSets.map(({ type }) => type).filter((type) => !used.has(type)),
    [],
  );
});

test('the examples share one terminal, so that importing several adds no second one; few need another', () => {
  const terminals = examples.flatMap(({ nodes }) => nodes.filter(({ type }) => type === 'nexo-terminal'));
  assert.ok(terminals.length >= files.length);
  const shared = terminals.filter(({ id }) => id === terminals[0]?.id);
  for (const terminal of shared) assert.deepEqual(terminal, shared[0]);
  const others = terminals.filter((terminal) => !shared.includes(terminal)).map(({ id }) => id);
  assert.deepEqual(others, ['nexo-example-lan-terminal', 'nexo-example-terminal-2', 'nexo-example-pool']);
});

for (const { file, nodes } of examples) {
  const ids = new Set(nodes.map(({ id }) => id));

  test(`${file}: ids are unique and everything referred to is there`, () => {
    assert.equal(ids.size, nodes.length);
    const referred = nodes.flatMap(({ z, wires, terminal, endpoint, pool }) => [
      ...(z === undefined ? [] : [z]),
      ...(terminal === undefined ? [] : [terminal]),
      ...(endpoint ? [endpoint] : []),
      ...(pool ?? []),
      ...(wires ?? []).flat(),
    ]);
    assert.deepEqual(
      referred.filter((id) => !ids.has(id)),
      [],
    );
  });

  test(`${file}: knows only core nodes and ours`, () => {
    const foreign = nodes.filter(({ type }) => type.startsWith('nexo-') && !types.includes(type));
    assert.deepEqual(foreign, []);
  });

  test(`${file}: no two nodes in one place`, () => {
    const places = nodes.filter(({ x }) => x !== undefined).map(({ z, x, y }) => `${z} ${x} ${y}`);
    assert.equal(new Set(places).size, places.length);
  });
}

test('the first example has the button that npm start presses', () => {
  const first = examples.find(({ file }) => file === '01-first-payment.json')?.nodes ?? [];
  const button = first.find(({ id }) => id === 'pay-89');
  const payment = first.find(({ id }) => button?.wires?.flat().includes(id));
  assert.equal(button?.type, 'inject');
  assert.equal(payment?.type, 'nexo-payment');
  assert.equal(payment?.wires?.length, 3);
});
