/**
 * The editor halves as data: what each HTML file registers, its form, its catalogue and its help. The list comes from
 * package.json, so that a new node is held to every rule.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';

export interface Default {
  value: unknown;
  type?: string;
  required?: boolean;
  validate?: (this: object, value: unknown, opt: object) => unknown;
}

export interface Definition {
  category: string;
  defaults: Record<string, Default>;
  color?: string;
  icon?: string;
  inputs?: number;
  outputs?: number;
  inputLabels?: (this: object, index: number) => unknown;
  outputLabels?: (this: object, index: number) => unknown;
  paletteLabel: (this: object) => unknown;
  label: (this: object) => unknown;
}

export interface NodeSet {
  name: string;
  type: string;
  /** The editor half as it is written. */
  html: string;
  /** The scripts in `resources/` that only this node loads. */
  scripts: string;
  /** The form, with the rows that it shares. */
  template: string;
  help: string;
  definition: Definition;
  /** A configuration node: it is in no palette. */
  config: boolean;
  /** Texts of its own by dotted key. */
  texts: Map<string, string>;
}

interface Manifest {
  name: string;
  'node-red': { nodes: Record<string, string> };
}

const root = fileURLToPath(new URL('../..', import.meta.url));

export const read = (path: string): string => readFileSync(`${root}${path}`, 'utf8');

const manifest = JSON.parse(read('package.json')) as Manifest;

/** The script that every editor half loads. */
export const SHARED_SCRIPT = 'nexo-editor.js';

/** What comes before the key of a text that several nodes use. */
export const COMMON = `${manifest.name}/terminal:common.`;

function flatten(value: object, prefix = ''): [string, string][] {
  return Object.entries(value).flatMap(([key, inner]): [string, string][] =>
    typeof inner === 'string' ? [[prefix + key, inner]] : flatten(inner, `${prefix}${key}.`),
  );
}

const textsIn = (name: string) => flatten(JSON.parse(read(`nodes/locales/en-US/${name}.json`)));

/** The texts that several nodes use, by the key below `COMMON`. */
export const commonTexts = new Map(
  textsIn('terminal').flatMap(([key, text]): [string, string][] =>
    key.startsWith('common.') ? [[key.slice('common.'.length), text]] : [],
  ),
);

/** Names of the scripts that an editor half loads from `resources/`, in order. */
export function scriptsOf(html: string): string[] {
  return [...html.matchAll(/<script src="resources\/@[^"]*\/([^"/]+)"><\/script>/g)].map(([, file]) => file ?? '');
}

function templateIn(html: string, type: string): string {
  const form = new RegExp(`<script type="text/html" data-template-name="${type}">([\\s\\S]*?)</script>`);
  return form.exec(html)?.[1] ?? '';
}

/** Runs the scripts of an editor half against an editor that only takes note of what is registered. */
function register(html: string, type: string): { definition: Definition; template: string } {
  const script = /<script type="text\/javascript">([\s\S]*?)<\/script>/.exec(html)?.[1] ?? '';
  const types = new Map<string, Definition>();
  const form = { textContent: templateIn(html, type) };
  const document = {
    querySelectorAll: (selector: string) => (selector === `script[data-template-name="${type}"]` ? [form] : []),
    createElement: () => ({}),
    head: { append: () => undefined },
  };
  const registerType = (name: string, definition: Definition): unknown => types.set(name, definition);
  const scripts = scriptsOf(html).map((file) => read(`resources/${file}`));
  runInNewContext([...scripts, script].join('\n'), { document, RED: { settings: {}, nodes: { registerType } } });
  const definition = types.get(type);
  if (definition === undefined) throw new Error(`The editor half of ${type} does not register it`);
  return { definition, template: form.textContent };
}

function readSet(name: string): NodeSet {
  const type = `nexo-${name}`;
  const html = read(`nodes/${name}.html`);
  const { definition, template } = register(html, type);
  const own = scriptsOf(html).filter((file) => file !== SHARED_SCRIPT);
  return {
    name,
    type,
    html,
    scripts: own.map((file) => read(`resources/${file}`)).join('\n'),
    template,
    definition,
    config: definition.category === 'config',
    help: read(`nodes/locales/en-US/${name}.html`),
    texts: new Map(textsIn(name).filter(([key]) => !key.startsWith('common.'))),
  };
}

export const sets: NodeSet[] = Object.keys(manifest['node-red'].nodes).map(readSet);

/** Those that can be dragged into a flow. */
export const paletteSets: NodeSet[] = sets.filter(({ config }) => !config);

/** The text that a key stands for: the node's own, or a common one. */
export function textOf(set: NodeSet, key: string): string | undefined {
  return key.startsWith(COMMON) ? commonTexts.get(key.slice(COMMON.length)) : set.texts.get(key);
}

/** A node as the editor makes it, as far as labels look at it. */
export function newNode(set: NodeSet): object {
  const values = Object.entries(set.definition.defaults).map(([key, { value }]) => [key, value]);
  return { ...Object.fromEntries(values), _: (key: string) => textOf(set, key) };
}

/** The labels of a new node's outputs. */
export function outputLabels(set: NodeSet): string[] {
  const { outputs = 0, outputLabels: label } = set.definition;
  return Array.from({ length: outputs }, (_, index) => String(label?.call(newNode(set), index)));
}
