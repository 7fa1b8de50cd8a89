/** The rules of imports between layers, applied to a file's text. */
import { posix } from 'node:path';

/** Layers that each layer may import besides itself: one way, from what users see down to what the wire says. */
const BELOW: Record<string, string[]> = {
  'lib/protocol': [],
  'lib/session': ['lib/protocol'],
  'lib/transport': ['lib/protocol'],
  'lib/endpoint': ['lib/protocol'],
  'lib/journal': ['lib/protocol'],
  'lib/virtual': ['lib/protocol'],
  'lib/contract': ['lib/session', 'lib/journal', 'lib/protocol'],
  'lib/terminal': ['lib/contract', 'lib/session', 'lib/transport', 'lib/endpoint', 'lib/journal', 'lib/protocol'],
  nodes: [
    'lib/terminal',
    'lib/contract',
    'lib/session',
    'lib/transport',
    'lib/endpoint',
    'lib/journal',
    'lib/protocol',
  ],
};

/** The one file that may import more: the transport that ends in the virtual terminal. */
const EXCEPTIONS: Record<string, string[]> = { 'lib/transport/virtual.ts': ['lib/virtual'] };

/** Modules that pure layers may import, besides their own files: none does I/O, reads a clock or is random. */
const PURE_MODULES = new Set([
  'ajv',
  'saxes',
  'escape-goat',
  '@point-of-sale/receipt-printer-encoder',
  'node:buffer',
  'node:util',
]);
const PURE_LAYERS = new Set(['lib/protocol', 'lib/session', 'lib/contract']);
const IMPURE =
  /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bset(Timeout|Interval|Immediate)\b|\bperformance\.|\bcrypto\.|\bprocess\.|\bfetch\(|\bqueueMicrotask\b/;

/** What the package exports: it may import from every layer. */
const INDEX = 'lib/index.ts';

/** The clock that is passed in everywhere: any layer may import it, and only it reads the machine's time. */
const CLOCK = 'lib/clock.ts';

function layerOf(path: string): string | undefined {
  return Object.keys(BELOW).find((layer) => path.startsWith(`${layer}/`));
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`])\/\/.*$/gm, '$1');
}

/** What a file imports: static, dynamic, re-exported, or started as a worker. */
export function importsOf(text: string): string[] {
  const forms =
    /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)(['"])([^'"\s]+)\1|\bnew URL\(\s*(['"])(\.[^'"\n]+)\3,\s*import\.meta\.url/g;
  return [...withoutComments(text).matchAll(forms)].map((match) => match[2] ?? match[4] ?? '');
}

/** `ajv` of `ajv/dist/2020.js`; Node's own modules as they are. */
function packageOf(name: string): string {
  if (name.startsWith('node:')) return name;
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Every rule that the file breaks, in words; empty when it keeps them all. */
export function violations(path: string, text: string): string[] {
  if (path === CLOCK || path === INDEX) return [];
  const layer = layerOf(path);
  if (!layer) return [`${path}: is in no layer of the design`];
  const found: string[] = [];
  for (const name of importsOf(text)) {
    const relative = name.startsWith('.');
    const target = posix.join(posix.dirname(path), name);
    const to = relative ? layerOf(target) : undefined;
    const allowed = [layer, ...(BELOW[layer] ?? []), ...(EXCEPTIONS[path] ?? [])];
    if (relative && target !== CLOCK && (!to || !allowed.includes(to))) found.push(`${path}: imports ${target}`);
    if (!relative && PURE_LAYERS.has(layer) && !PURE_MODULES.has(packageOf(name)))
      found.push(`${path}: imports ${name}`);
    if (name === 'node-red' && layer !== 'nodes') found.push(`${path}: imports Node-RED`);
  }
  const impure = PURE_LAYERS.has(layer) ? IMPURE.exec(withoutComments(text)) : null;
  if (impure) found.push(`${path}: uses ${impure[0]}`);
  return found;
}
