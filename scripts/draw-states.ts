/**
 * Draws `docs/payment-states.svg` from the transitions a session allows: `node scripts/draw-states.ts`. Where each box
 * and arrow goes is decided here; that there is one for every transition, and no other, is checked.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type PaymentState, transitions } from '../lib/session/states.ts';
import { BLUE, box, GREEN, GREY, LINE, markers, picture, YELLOW } from './svg.ts';

export const FILE = fileURLToPath(new URL('../docs/payment-states.svg', import.meta.url));

interface Place {
  x: number;
  y: number;
  width: number;
  /** What the state means, in the words of a shop. */
  about: string;
  fill: string;
}

const [WIDTH, HEIGHT, TALL] = [1160, 560, 48];
const [SAFE, OUT, CERTAIN] = [GREEN, YELLOW, BLUE];

const places: Record<PaymentState, Place> = {
  journalling: { x: 20, y: 150, width: 150, about: 'being written', fill: SAFE },
  waiting: { x: 210, y: 150, width: 140, about: 'in line', fill: SAFE },
  login: { x: 390, y: 150, width: 140, about: 'opens a session', fill: SAFE },
  arming: { x: 570, y: 150, width: 150, about: 'marked: may leave', fill: SAFE },
  open: { x: 770, y: 150, width: 150, about: 'at the terminal', fill: OUT },
  resolving: { x: 970, y: 150, width: 170, about: 'asks for its status', fill: OUT },
  pausing: { x: 690, y: 262, width: 160, about: 'not started: retry', fill: SAFE },
  closing: { x: 20, y: 380, width: 1120, about: 'the outcome is certain and being written', fill: CERTAIN },
  held: { x: 930, y: 484, width: 210, about: 'approved: goods, signature?', fill: OUT },
  closed: { x: 20, y: 484, width: 860, about: 'the outcome is delivered', fill: CERTAIN },
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
  'resolving arming': arc(985, 690, 104),
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
  'resolving pausing': `M1000 ${LOW}C990 270 930 286 854 286`,
  'closing login': `M448 ${BAR}V${LOW + 4}`,
  'closing arming': `M600 ${BAR}V${LOW + 4}`,
  'closing closed': `M450 428V480`,
  'closing held': `M1040 428V480`,
  'held closing': `M1090 484V432`,
};

/** Arrows forward, ways back, and what only a reversal takes. */
const COLOURS = { to: LINE, back: '#2f6fb0', reversal: '#b4472f' };
const BACK = new Set(['resolving login', 'resolving arming', 'pausing login', 'pausing arming']);
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
  return picture(WIDTH, HEIGHT, 'The states of a payment and the ways between them', [
    markers(COLOURS),
    ...steps.map(arrow),
    ...Object.entries(places).map(([title, place]) => box({ ...place, title, height: TALL })),
    ...legend(),
  ]);
}

function arrow(step: string): string {
  const kind = BACK.has(step) ? 'back' : REVERSAL.has(step) ? 'reversal' : 'to';
  const path = `<path d="${routes[step]}" fill="none" stroke="${COLOURS[kind]}" stroke-width="1.5" marker-end="url(#${kind})">`;
  return `${path}<title>${step.replace(' ', ' → ')}</title></path>`;
}

function legend(): string[] {
  const rows: [x: number, fill: string, text: string][] = [
    [20, SAFE, 'nothing is at the terminal'],
    [240, OUT, 'money may have moved: nothing else is sent'],
    [620, CERTAIN, 'certain'],
  ];
  const squares = rows.map(
    ([x, fill, text]) =>
      `<rect x="${x}" y="12" width="14" height="14" rx="3" fill="${fill}" stroke="${LINE}"/><text x="${x + 22}" y="24" font-size="12" fill="${GREY}">${text}</text>`,
  );
  const lines = `<text x="720" y="24" font-size="12"><tspan fill="${COLOURS.back}">blue: tries again</tspan><tspan dx="16" fill="${COLOURS.reversal}">red: starts to reverse an approval</tspan></text>`;
  return [...squares, lines];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(FILE, drawing());
