/**
 * Draws `docs/payment-states.svg` from the transitions a session allows: `node scripts/draw-states.ts`. Where each box
 * and arrow goes is decided here; that there is one for every transition, and no other, is checked.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type PaymentState, transitions } from '../lib/session/states.ts';

export const FILE = fileURLToPath(new URL('../docs/payment-states.svg', import.meta.url));

interface Box {
  x: number;
  y: number;
  width: number;
  /** What it means, in the words of a shop. */
  about: string;
  fill: string;
}

const [WIDTH, HEIGHT, TALL] = [1160, 560, 48];
const SAFE = '#e8f3ec';
const OUT = '#fdf3d8';
const CERTAIN = '#e3ecf7';

const boxes: Record<PaymentState, Box> = {
  journalling: { x: 20, y: 150, width: 150, about: 'written down', fill: SAFE },
  waiting: { x: 210, y: 150, width: 140, about: 'in line', fill: SAFE },
  login: { x: 390, y: 150, width: 140, about: 'opens the session', fill: SAFE },
  arming: { x: 570, y: 150, width: 150, about: 'marked: may leave', fill: SAFE },
  open: { x: 770, y: 150, width: 150, about: 'at the terminal', fill: OUT },
  resolving: { x: 970, y: 150, width: 170, about: 'asks what became of it', fill: OUT },
  pausing: { x: 690, y: 262, width: 160, about: 'not started: once more', fill: SAFE },
  closing: { x: 20, y: 380, width: 1120, about: 'its outcome is certain, and being written', fill: CERTAIN },
  held: { x: 930, y: 484, width: 210, about: 'approved: goods, signature?', fill: OUT },
  closed: { x: 20, y: 484, width: 860, about: 'told', fill: CERTAIN },
};

const TOP = 150;
const LOW = TOP + TALL;
const BAR = 380;

/** An arrow's way: SVG path data. */
const routes: Record<string, string> = {
  'journalling waiting': `M170 174H206`,
  'waiting login': `M350 174H386`,
  'login arming': `M530 174H566`,
  'arming open': `M720 174H766`,
  'open resolving': `M920 174H966`,
  'journalling open': arc(95, 845, 14),
  'waiting resolving': arc(250, 1055, 44),
  'waiting arming': arc(300, 620, 88),
  'resolving login': arc(1010, 430, 70),
  'open login': arc(800, 480, 104),
  'journalling closing': down(125),
  'waiting closing': down(260),
  'waiting held': `M320 ${LOW}V332H1000V480`,
  'login closing': down(420),
  'arming closing': down(630),
  'open closing': down(890),
  'resolving closing': down(1090),
  'pausing closing': `M790 310V${BAR - 4}`,
  'journalling closed': `M60 ${LOW}V480`,
  'arming closed': `M660 ${LOW}V480`,
  'login pausing': `M510 ${LOW}C520 272 600 276 686 276`,
  'pausing login': `M690 296C560 296 480 270 482 ${LOW + 4}`,
  'arming pausing': `M690 ${LOW}C694 225 706 240 722 258`,
  'pausing arming': `M748 262C738 236 722 220 712 ${LOW + 4}`,
  'open pausing': `M810 ${LOW}V258`,
  'resolving pausing': `M1000 ${LOW}C990 270 930 286 854 286`,
  'closing login': `M448 ${BAR}V${LOW + 4}`,
  'closing arming': `M600 ${BAR}V${LOW + 4}`,
  'closing closed': `M450 428V480`,
  'closing held': `M1040 428V480`,
  'held closing': `M1090 484V432`,
};

/** Ways back, and what only a reversal takes. */
const BACK = new Set(['resolving login', 'open login', 'pausing login', 'pausing arming']);
const REVERSAL = new Set(['closing login', 'closing arming']);

function arc(from: number, to: number, peak: number): string {
  return `M${from} ${TOP}C${from} ${peak} ${to} ${peak} ${to} ${TOP - 4}`;
}

function down(x: number): string {
  return `M${x} ${LOW}V${BAR - 4}`;
}

/** The picture, as text. @throws where an arrow is missing, or leads where no transition does */
export function drawing(): string {
  const steps = Object.entries(transitions).flatMap(([from, to]) => to.map((one) => `${from} ${one}`));
  const missing = steps.filter((step) => !(step in routes));
  const extra = Object.keys(routes).filter((step) => !steps.includes(step));
  if (missing.length + extra.length > 0) {
    throw new Error(`The drawing lacks ${missing.join(', ') || 'nothing'}, and has too many: ${extra.join(', ')}`);
  }
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="The states of a payment and the ways between them" font-family="system-ui, sans-serif">`,
    `<defs>${marker('to', '#5b6570')}${marker('back', '#2f6fb0')}${marker('reversal', '#b4472f')}</defs>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" rx="8" fill="#fff"/>`,
    ...steps.map(arrow),
    ...Object.entries(boxes).map(([name, box]) => boxOf(name, box)),
    ...legend(),
    '</svg>',
  ].join('\n')}\n`;
}

function marker(id: string, colour: string): string {
  return `<marker id="${id}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" fill="${colour}"/></marker>`;
}

function arrow(step: string): string {
  const kind = BACK.has(step) ? 'back' : REVERSAL.has(step) ? 'reversal' : 'to';
  const colour = { to: '#5b6570', back: '#2f6fb0', reversal: '#b4472f' }[kind];
  const path = `<path d="${routes[step]}" fill="none" stroke="${colour}" stroke-width="1.5" marker-end="url(#${kind})">`;
  return `${path}<title>${step.replace(' ', ' → ')}</title></path>`;
}

function boxOf(name: string, { x, y, width, about, fill }: Box): string {
  const middle = x + width / 2;
  return [
    `<rect x="${x}" y="${y}" width="${width}" height="${TALL}" rx="6" fill="${fill}" stroke="#5b6570"/>`,
    `<text x="${middle}" y="${y + 20}" text-anchor="middle" font-size="15" font-weight="600" fill="#1d2329">${name}</text>`,
    `<text x="${middle}" y="${y + 38}" text-anchor="middle" font-size="12" fill="#47505a">${about}</text>`,
  ].join('\n');
}

function legend(): string[] {
  const rows: [x: number, fill: string, text: string][] = [
    [20, SAFE, 'nothing is at the terminal'],
    [240, OUT, 'money may have moved: the terminal takes nothing else'],
    [620, CERTAIN, 'certain'],
  ];
  const squares = rows.map(
    ([x, fill, text]) =>
      `<rect x="${x}" y="12" width="14" height="14" rx="3" fill="${fill}" stroke="#5b6570"/><text x="${x + 22}" y="24" font-size="12" fill="#47505a">${text}</text>`,
  );
  const lines = `<text x="720" y="24" font-size="12"><tspan fill="#2f6fb0">blue: tries again</tspan><tspan dx="16" fill="#b4472f">red: sets out to take an approval back</tspan></text>`;
  return [...squares, lines];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(FILE, drawing());
