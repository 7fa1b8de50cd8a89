/**
 * Draws `docs/layers.svg` from the imports in `lib/` and `nodes/`: `node scripts/draw-layers.ts`. Where each box stands is
 * decided here; the arrows are what the code imports, without those that follow from others.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { importsOf } from '../test/project/layers.ts';
import { BLUE, type Box, box, GREEN, GREY, LINE, markers, picture, YELLOW } from './svg.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
export const FILE = join(root, 'docs', 'layers.svg');

const [WIDTH, HEIGHT, TALL] = [1000, 620, 48];
/** Outside: Node-RED, users, wires. Pure: no I/O, no clock, no randomness. Impure: does what the pure layers decide. */
const [PURE, IMPURE, EDGE] = [GREEN, YELLOW, BLUE];

interface Place {
  x: number;
  y: number;
  width: number;
  about: string;
  fill: string;
}

const places: Record<string, Place> = {
  nodes: { x: 60, y: 60, width: 420, about: 'Node-RED: forms, messages, statuses', fill: EDGE },
  'lib/terminal': { x: 60, y: 170, width: 880, about: 'one terminal: runs its session, pools, refunds', fill: IMPURE },
  'lib/contract': { x: 60, y: 280, width: 320, about: 'msg to order, result to msg', fill: PURE },
  'lib/session': { x: 60, y: 390, width: 200, about: 'decides: events to effects', fill: PURE },
  'lib/journal': { x: 300, y: 390, width: 180, about: 'records on disk', fill: IMPURE },
  'lib/transport': { x: 520, y: 280, width: 200, about: 'bytes to the terminal', fill: IMPURE },
  'lib/virtual': { x: 520, y: 390, width: 200, about: 'a terminal to test with', fill: IMPURE },
  'lib/endpoint': { x: 760, y: 280, width: 180, about: 'requests of the terminal', fill: IMPURE },
  'lib/protocol': { x: 60, y: 500, width: 880, about: 'nexo: schema table, types, codec, receipts', fill: PURE },
};

/** Files that belong to no layer: the clock, which every layer may import, and the package's exports. */
const SHARED = new Set(['lib/clock.ts', 'lib/index.ts']);

/** The layer of a source file; of one directly in `lib/`, the file itself. */
function layerOf(path: string): string {
  if (path.startsWith('nodes/')) return 'nodes';
  const [top, second = '', third] = path.split('/');
  return third === undefined ? path : `${top}/${second}`;
}

/** Every import from one layer into another, as `from to`. */
function importedLayers(): Set<string> {
  const files = ['lib', 'nodes'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => `${folder}/${file.replaceAll('\\', '/')}`),
  );
  const steps = files.flatMap((path) =>
    importsOf(readFileSync(join(root, path), 'utf8'))
      .filter((name) => name.startsWith('.'))
      .map((name) => posix.join(posix.dirname(path), name))
      .filter((target) => !SHARED.has(path) && !SHARED.has(target) && layerOf(target) !== layerOf(path))
      .map((target) => `${layerOf(path)} ${layerOf(target)}`),
  );
  return new Set(steps.sort());
}

/** The steps that do not follow from others: `a c` goes where `a b` and `b c` are there. */
function withoutImplied(steps: ReadonlySet<string>): string[] {
  const next = (from: string) =>
    [...steps].filter((step) => step.startsWith(`${from} `)).map((step) => step.split(' ')[1] ?? '');
  const reaches = (from: string, to: string): boolean =>
    next(from).some((one) => one === to || (one !== from && reaches(one, to)));
  return [...steps].filter((step) => {
    const [from = '', to = ''] = step.split(' ');
    return !next(from).some((middle) => middle !== to && reaches(middle, to));
  });
}

/** The picture, as text. @throws where a layer has no place in it, or a place no layer */
export function drawing(): string {
  const steps = importedLayers();
  const layers = new Set([...steps].flatMap((step) => step.split(' ')));
  const missing = [...layers].filter((layer) => !(layer in places));
  const extra = Object.keys(places).filter((layer) => !layers.has(layer));
  if (missing.length + extra.length > 0) {
    throw new Error(`Give ${missing.join(', ') || 'no layer'} a place in the drawing; remove ${extra.join(', ')}`);
  }
  return picture(WIDTH, HEIGHT, 'The layers of the code and which imports which', [
    markers({ to: LINE }),
    ...legend(),
    ...withoutImplied(steps).map(arrow),
    ...Object.entries(places).map(([title, place]) =>
      box({ ...place, title: `${title}/`, height: TALL } satisfies Box),
    ),
  ]);
}

/** Straight down from the upper box to the lower one, in the middle of what both span. */
function arrow(step: string): string {
  const [from = '', to = ''] = step.split(' ');
  const [upper, lower] = [places[from], places[to]];
  if (upper === undefined || lower === undefined) throw new Error(`No place for ${step}`);
  const left = Math.max(upper.x, lower.x);
  const right = Math.min(upper.x + upper.width, lower.x + lower.width);
  if (right <= left || upper.y >= lower.y) throw new Error(`${from} is not above ${to} in the drawing`);
  const x = (left + right) / 2;
  const path = `M${x} ${upper.y + TALL}V${lower.y - 4}`;
  return `<path d="${path}" stroke="${LINE}" stroke-width="1.5" marker-end="url(#to)"><title>${from} → ${to}</title></path>`;
}

function legend(): string[] {
  const rows: [x: number, fill: string, text: string][] = [
    [60, PURE, 'pure: no I/O, no clock, no randomness'],
    [330, IMPURE, 'does I/O'],
    [430, EDGE, 'what users see'],
  ];
  const squares = rows.map(
    ([x, fill, text]) =>
      `<rect x="${x}" y="16" width="14" height="14" rx="3" fill="${fill}" stroke="${LINE}"/><text x="${x + 22}" y="28" font-size="12" fill="${GREY}">${text}</text>`,
  );
  const note =
    'An arrow means: imports. Layers further down the arrows may be imported directly as well; lib/clock.ts by every layer.';
  return [...squares, `<text x="60" y="590" font-size="12" fill="${GREY}">${note}</text>`];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(FILE, drawing());
