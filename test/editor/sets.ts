/** The editor halves as data: what each HTML file registers, its template, its catalogue and its help. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';

export interface Default {
  value: unknown;
  type?: string;
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
  html: string;
  template: string;
  help: string;
  definition: Definition;
  /** Catalogue texts by dotted key. */
  texts: Map<string, string>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

export const read = (path: string): string => readFileSync(`${root}${path}`, 'utf8');

function flatten(value: object, prefix = ''): [string, string][] {
  return Object.entries(value).flatMap(([key, inner]): [string, string][] =>
    typeof inner === 'string' ? [[prefix + key, inner]] : flatten(inner, `${prefix}${key}.`),
  );
}

/** The scripts that the file loads, which the editor runs before its own. */
function resourcesOf(html: string): string[] {
  return [...html.matchAll(/<script src="(resources\/)@[^"]*\/([^"/]+)"><\/script>/g)].map(([, folder, file]) =>
    read(`${folder}${file}`),
  );
}

/** Runs the file's script against an editor that only takes note of what is registered. */
function register(html: string): Map<string, Definition> {
  const script = /<script type="text\/javascript">([\s\S]*?)<\/script>/.exec(html)?.[1] ?? '';
  const types = new Map<string, Definition>();
  const registerType = (type: string, definition: Definition): unknown => types.set(type, definition);
  runInNewContext([...resourcesOf(html), script].join('\n'), { RED: { nodes: { registerType } } });
  return types;
}

function readSet(name: string): NodeSet {
  const type = `nexo-${name}`;
  const html = read(`nodes/${name}.html`);
  const definition = register(html).get(type);
  if (definition === undefined) throw new Error(`nodes/${name}.html does not register ${type}`);
  return {
    name,
    type,
    html: [html, ...resourcesOf(html)].join('\n'),
    definition,
    template:
      new RegExp(`<script type="text/html" data-template-name="${type}">([\\s\\S]*?)</script>`).exec(html)?.[1] ?? '',
    help: read(`nodes/locales/en-US/${name}.html`),
    texts: new Map(flatten(JSON.parse(read(`nodes/locales/en-US/${name}.json`)))),
  };
}

const names = ['terminal', 'journal', 'endpoint', 'login', 'logout', 'payment', 'abort', 'status'];
names.push('reversal', 'fulfil', 'transactions', 'listener', 'reply', 'display', 'input', 'print', 'receipt');
names.push('card', 'request');

export const sets: NodeSet[] = names.map(readSet);

/** A node as the editor makes it, as far as labels look at it. */
export function newNode(set: NodeSet): object {
  const values = Object.entries(set.definition.defaults).map(([key, { value }]) => [key, value]);
  return { ...Object.fromEntries(values), _: (key: string) => set.texts.get(key) };
}
