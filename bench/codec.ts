/**
 * Encoding and decoding compared with fast-xml-parser, in alternating rounds of one run: with its defaults, which drop
 * attributes and so most of a nexo message, and with attributes. This project's codec also validates: types, order, codes,
 * required fields.
 */
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { XMLBuilder, XMLParser } from 'fast-xml-parser';
import { decode } from '../lib/protocol/xml/decode.ts';
import { encode } from '../lib/protocol/xml/encode.ts';
import { median, table } from './report.ts';

const ROUNDS = 60;
/** Calls of each candidate in a round. */
const CALLS = 100;
const WARM_UP = 10;

const SAMPLES = {
  'payment request': 'payment-request-purchase.xml',
  'payment response': 'payment-response-approved-contactless.xml',
};

/** Microseconds per call, medians over the rounds, and how many times as long fast-xml-parser takes. */
export interface Row {
  name: string;
  bytes: number;
  ours: number;
  defaults: number;
  withAttributes: number;
  ratio: number;
}

type Candidates = Record<'ours' | 'defaults' | 'withAttributes', () => unknown>;

/** Measures decode and encode of a payment's request and its approved response, and prints them side by side. */
export async function codecBench(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [sample, file] of Object.entries(SAMPLES)) {
    const bytes = readFileSync(fileURLToPath(new URL(`../test/fixtures/wire/${file}`, import.meta.url)));
    rows.push(measure(`decode ${sample}`, bytes.length, decoders(bytes)));
    const candidates = encoders(bytes);
    rows.push(measure(`encode ${sample}`, (candidates.ours() as Buffer).length, candidates));
  }
  print(rows);
  return rows;
}

function decoders(bytes: Buffer): Candidates {
  const defaults = new XMLParser();
  const withAttributes = new XMLParser({ ignoreAttributes: false });
  return {
    ours: () => decode(bytes),
    defaults: () => defaults.parse(bytes),
    withAttributes: () => withAttributes.parse(bytes),
  };
}

function encoders(bytes: Buffer): Candidates {
  const { message } = decode(bytes);
  const parsed = new XMLParser({ ignoreAttributes: false }).parse(bytes);
  const defaults = new XMLBuilder();
  const withAttributes = new XMLBuilder({ ignoreAttributes: false });
  return {
    ours: () => encode(message),
    defaults: () => Buffer.from(defaults.build(message)),
    withAttributes: () => Buffer.from(withAttributes.build(parsed)),
  };
}

function measure(name: string, bytes: number, candidates: Candidates): Row {
  const times: Record<keyof Candidates, number[]> = { ours: [], defaults: [], withAttributes: [] };
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (const key of ['ours', 'defaults', 'withAttributes'] as const) {
      const time = timeOf(candidates[key]);
      if (round >= 0) times[key].push(time);
    }
  }
  const [ours, defaults, withAttributes] = [times.ours, times.defaults, times.withAttributes].map(median) as [
    number,
    number,
    number,
  ];
  return { name, bytes, ours, defaults, withAttributes, ratio: defaults / ours };
}

function timeOf(call: () => unknown): number {
  const start = performance.now();
  for (let i = 0; i < CALLS; i++) call();
  return ((performance.now() - start) * 1000) / CALLS;
}

function print(rows: Row[]): void {
  console.log('Codec, µs per message (fxp: fast-xml-parser)');
  const cells = rows.map(({ name, bytes, ours, defaults, withAttributes, ratio }) => [
    name,
    String(bytes),
    ours.toFixed(1),
    defaults.toFixed(1),
    withAttributes.toFixed(1),
    `${ratio.toFixed(1)}×`,
  ]);
  table(['', 'bytes', 'ours', 'fxp, its defaults', 'fxp, with attributes', 'defaults : ours'], cells);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await codecBench();
