/** Flows that an earlier release saved: test/fixtures/flows-<version>, its examples and the defaults of its nodes. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Default, sets } from '../editor/sets.ts';
import type { FlowNode } from '../support/node-red-flow.ts';
import { NodeRedProcess, writeFlows } from '../support/node-red-process.ts';
import { freePort } from '../support/virtual-terminal.ts';

/** What Node-RED itself keeps in each node. */
const OF_NODE_RED = new Set(['id', 'type', 'z', 'g', 'd', 'x', 'y', 'wires', 'info', 'inputs', 'outputs', 'icon', 'l']);

const folder = fileURLToPath(new URL('../fixtures/flows-0.1.0/', import.meta.url));
const read = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8'));
const files = readdirSync(join(folder, 'flows'));
const flows = files.map((file) => ({ file, nodes: read(`flows/${file}`) as FlowNode[] }));

/** What each node type of that release saved when nothing was changed. */
const saved = read('defaults.json') as Record<string, Record<string, unknown>>;

function defaultsOf(type: string): Record<string, Default> {
  const set = sets.find((one) => one.type === type);
  assert.ok(set, `${type} is no node of this package any more`);
  return set.definition.defaults;
}

describe('flows saved by 0.1.0', () => {
  for (const { file, nodes } of flows) {
    it(`${file}: every property is one that its node still knows`, () => {
      for (const { id, type, ...properties } of nodes) {
        if (!type.startsWith('nexo-')) continue;
        const known = defaultsOf(type);
        const unknown = Object.keys(properties).filter((key) => !OF_NODE_RED.has(key) && !Object.hasOwn(known, key));
        assert.deepEqual(unknown, [], `${type} ${id}`);
      }
    });
  }

  for (const [type, properties] of Object.entries(saved)) {
    it(`${type}: every property has the name and the default that it had`, () => {
      const values = Object.entries(defaultsOf(type)).map(([key, { value }]) => [key, value]);
      // Through JSON, as flows are saved: lists among the defaults are of the editor's own realm.
      const now: Record<string, unknown> = JSON.parse(JSON.stringify(Object.fromEntries(values)));
      const same = Object.keys(properties).map((key) => [key, now[key]]);
      assert.deepEqual(Object.fromEntries(same), properties);
    });
  }

  for (const [type, properties] of Object.entries(saved)) {
    it(`${type}: a node without the properties of later releases is valid`, () => {
      const node = { ...properties, _: (key: string) => key };
      for (const [key, { validate }] of Object.entries(defaultsOf(type))) {
        if (validate && !Object.hasOwn(properties, key)) assert.equal(validate.call(node, undefined, {}), true, key);
      }
    });
  }

  describe('in Node-RED', () => {
    let userDir: string;
    let nodeRed: NodeRedProcess;

    before(async () => {
      userDir = mkdtempSync(join(tmpdir(), 'nexo-saved-flows-'));
      const port = await freePort();
      // Files that were imported one after the other share their configuration nodes.
      const nodes = new Map(flows.flatMap((flow) => flow.nodes.map((node) => [node.id, node])));
      writeFlows(
        userDir,
        [...nodes.values()].map((node) => (node.type === 'nexo-endpoint' ? { ...node, port } : node)),
      );
      nodeRed = await NodeRedProcess.start(userDir, 1, () => undefined);
    });
    after(async () => {
      await nodeRed?.kill();
      rmSync(userDir, { recursive: true, force: true });
    });

    // With a type missing Node-RED starts no flows, and says so in its log.
    it('start: no type is missing, and no node reports an error', () => assert.equal(nodeRed.log, ''));
  });
});
