/**
 * Draws `docs/payment-sequence.svg`, one payment from the node's `msg` to the bytes and back, and lists its steps in
 * `docs/architecture.md`: `node scripts/draw-payment.ts`. The steps are declared here; a test checks that each file exists
 * and exports, or has as a method, what the step names.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BLUE, escaped, GREEN, GREY, INK, LINE, markers, picture, YELLOW } from './svg.ts';

export const FILE = fileURLToPath(new URL('../docs/payment-sequence.svg', import.meta.url));
/** The page that lists the same steps, as a table. */
const PAGE = fileURLToPath(new URL('../docs/architecture.md', import.meta.url));

type Lane = 'flow' | 'nodes' | 'contract' | 'terminal' | 'session' | 'journal' | 'protocol' | 'transport' | 'device';

/** One step: from a lane to another, or within one. */
export interface Step {
  from: Lane;
  to: Lane;
  /** Where it happens. */
  file: string;
  /** The function, the class, or the `Class.method` that does it. */
  symbol: string;
  /** What is handed over. */
  about: string;
}

const lanes: Record<Lane, { title: string; fill: string }> = {
  flow: { title: 'flow', fill: '#fff' },
  nodes: { title: 'nodes/', fill: BLUE },
  contract: { title: 'lib/contract/', fill: GREEN },
  terminal: { title: 'lib/terminal/', fill: YELLOW },
  session: { title: 'lib/session/', fill: GREEN },
  journal: { title: 'lib/journal/', fill: YELLOW },
  protocol: { title: 'lib/protocol/', fill: GREEN },
  transport: { title: 'lib/transport/', fill: YELLOW },
  device: { title: 'payment terminal', fill: '#fff' },
};

export const steps: readonly Step[] = [
  step('flow', 'nodes', 'nodes/shared/input-handler.ts', 'onInput', 'msg; done is called once'),
  step('nodes', 'nodes', 'nodes/shared/select-terminal.ts', 'terminalFor', 'which terminal of which journal'),
  step('nodes', 'terminal', 'lib/terminal/terminal.ts', 'Terminal.pay', 'payload, and a watcher for the outcome'),
  step(
    'terminal',
    'contract',
    'lib/contract/payment-input.ts',
    'parseOrder',
    'payload to order, or an error for Catch',
  ),
  step('terminal', 'session', 'lib/session/session.ts', 'Session.handle', 'event pay; effects come back'),
  step('session', 'session', 'lib/session/job-queue.ts', 'JobQueue', 'one at a time; login where due'),
  step(
    'session',
    'journal',
    'lib/session/payment/financial-request.ts',
    'FinancialRequest.arm',
    'effect begin: the intent',
  ),
  step(
    'journal',
    'session',
    'lib/journal/sqlite/terminal-handle.ts',
    'SqliteTerminalJournal.begin',
    'event stored: on disk',
  ),
  step('session', 'terminal', 'lib/session/requests/requests.ts', 'paymentRequest', 'effect send: PaymentRequest'),
  step('terminal', 'protocol', 'lib/terminal/message-exchange.ts', 'MessageExchange.send', 'message'),
  step('protocol', 'transport', 'lib/protocol/xml/encode.ts', 'encode', 'bytes'),
  step('transport', 'device', 'lib/transport/lan.ts', 'LanTransport.send', 'HTTP POST, sent once'),
  step('device', 'transport', 'lib/transport/http-exchange.ts', 'HttpExchange', 'bytes, or one of four failures'),
  step('transport', 'protocol', 'lib/protocol/xml/decode.ts', 'decode', 'message'),
  step('protocol', 'terminal', 'lib/protocol/redact.ts', 'redact', 'message without card secrets'),
  step('terminal', 'session', 'lib/terminal/session-runner.ts', 'SessionRunner.dispatch', 'event reply'),
  step('session', 'session', 'lib/session/payment/response-matching.ts', 'answers', 'is it about this request?'),
  step(
    'session',
    'session',
    'lib/session/payment/verdict.ts',
    'judgePayment',
    'outcome, busy, not allowed or untrusted',
  ),
  step(
    'session',
    'session',
    'lib/session/payment/status-resolver.ts',
    'StatusResolver',
    'no answer: ask until there is one',
  ),
  step('session', 'journal', 'lib/session/record.ts', 'settle', 'effect put: the outcome'),
  step(
    'journal',
    'session',
    'lib/journal/sqlite/terminal-handle.ts',
    'SqliteTerminalJournal.put',
    'event stored: on disk',
  ),
  step('session', 'terminal', 'lib/session/payment/payment.ts', 'Payment.ended', 'effect outcome'),
  step('terminal', 'nodes', 'nodes/shared/transaction-node.ts', 'transactionHandler', 'the record, to the watcher'),
  step('nodes', 'contract', 'lib/contract/payment-output.ts', 'payloadOf', 'record to payload'),
  step('nodes', 'flow', 'nodes/shared/output-message.ts', 'portOf', 'msg on output 1, 2 or 3'),
  step(
    'terminal',
    'journal',
    'lib/journal/sqlite/terminal-handle.ts',
    'SqliteTerminalJournal.delivered',
    'not repeated after a restart',
  ),
];

function step(from: Lane, to: Lane, file: string, symbol: string, about: string): Step {
  return { from, to, file, symbol, about };
}

const LEFT = 60;
const GAP = 140;
const TOP = 64;
const ROW = 40;
const WIDTH = LEFT * 2 + GAP * (Object.keys(lanes).length - 1) + 60;
const BOTTOM = TOP + 30 + steps.length * ROW;

const middleOf = (lane: Lane) => LEFT + 20 + Object.keys(lanes).indexOf(lane) * GAP;

/** The picture, as text. */
export function drawing(): string {
  return picture(WIDTH, BOTTOM + 20, 'One payment from the message of a flow to the bytes on the wire and back', [
    markers({ to: LINE }),
    ...(Object.keys(lanes) as Lane[]).map(laneOf),
    ...steps.map(arrow),
  ]);
}

function laneOf(lane: Lane): string {
  const x = middleOf(lane);
  const { title, fill } = lanes[lane];
  return [
    `<path d="M${x} ${TOP - 16}V${BOTTOM}" stroke="${LINE}" stroke-dasharray="3 4"/>`,
    `<rect x="${x - 62}" y="16" width="124" height="32" rx="6" fill="${fill}" stroke="${LINE}"/>`,
    `<text x="${x}" y="37" text-anchor="middle" font-size="13" font-weight="600" fill="${INK}">${title}</text>`,
  ].join('\n');
}

/** An arrow, what does the step above it, what is handed over below. */
function arrow({ from, to, file, symbol, about }: Step, index: number): string {
  const y = TOP + 26 + index * ROW;
  const [start, end] = [middleOf(from), middleOf(to)];
  const path = start === end ? `M${start} ${y - 8}h26v14h-22` : `M${start} ${y}H${end > start ? end - 3 : end + 3}`;
  const rightmost = Math.max(start, end) + (start === end ? 32 : 8);
  const leftmost = Math.min(start, end) - 8;
  const [x, anchor] = rightmost + 250 < WIDTH ? [rightmost, 'start'] : [leftmost, 'end'];
  const label = `${index + 1}. ${symbol}`;
  return [
    `<path d="${path}" fill="none" stroke="${LINE}" stroke-width="1.5" marker-end="url(#to)"><title>${escaped(`${file}: ${symbol}`)}</title></path>`,
    `<text x="${x}" y="${y - 2}" text-anchor="${anchor}" font-size="12" fill="${INK}" stroke="#fff" stroke-width="4" paint-order="stroke">${escaped(label)}</text>`,
    `<text x="${x}" y="${y + 12}" text-anchor="${anchor}" font-size="11" fill="${GREY}" stroke="#fff" stroke-width="4" paint-order="stroke">${escaped(about)}</text>`,
  ].join('\n');
}

/** The steps as a Markdown table. */
export function table(): string {
  const rows = [
    ['', 'what', 'handed over', 'file'],
    ...steps.map(({ symbol, about, file }, index) => [`${index + 1}`, `\`${symbol}\``, about, `\`${file}\``]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`);
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(FILE, drawing());
  const page = readFileSync(PAGE, 'utf8');
  writeFileSync(PAGE, page.replace(/^\| +\| what [\s\S]*?(?=\n\n)/m, table));
}
