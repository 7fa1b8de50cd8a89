import { type Fields, invalid, isGiven, isPlain, oneOf, transactionIdOf, wholeNumberOf } from './fields.ts';
import { dayOf, dayOfText, localOffset, type OffsetAt, startOf } from './local-days.ts';
import { type AcknowledgementRequest, parseAcknowledgement, parseRuling, type RulingRequest } from './ruling-input.ts';

/** Queries of the journal. */
export const QUERIES = [
  'unresolved',
  'undelivered',
  'byId',
  'period',
  'totals',
  'rule',
  'journal',
  'acknowledge',
] as const;
export type QueryName = (typeof QUERIES)[number];
export const SCOPES = ['terminal', 'journal'] as const;
/** The transactions of one terminal, or of every terminal that shares its journal. */
export type Scope = (typeof SCOPES)[number];

export interface TransactionsDefaults {
  query: QueryName;
  scope: Scope;
  limit: number;
}

interface Period {
  from: number;
  to: number;
}

export type TransactionsQuery = { scope: Scope; limit: number } & (
  | { query: 'unresolved' | 'undelivered' }
  | { query: 'byId'; transactionId: string }
  | ({ query: 'period' | 'totals' } & Period)
  | { query: 'rule'; ruling: RulingRequest }
  /** What the journal may have lost. */
  | { query: 'journal' }
  | { query: 'acknowledge'; acknowledgement: AcknowledgementRequest }
);

/** The time, and the time zone in which days are counted. */
export interface LocalTime {
  now: number;
  offsetAt?: OffsetAt;
}

export const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;
const MAX_DAYS = 366;

/**
 * Reads a query from `msg.payload`: `{ query?, scope?, limit?, transactionId?, from?, to?, ruling?,
 * acknowledge? }`. Times are ms since
 * 1970, ISO 8601, or a local day: `2026-03-29` (whole, also as `to`), `today`, `yesterday`; without any, today.
 *
 * @throws NexoError `invalid_query`, `invalid_limit`, `invalid_period`, what `parseRuling` throws, with the field's path
 */
export function parseTransactionsQuery(
  payload: unknown,
  defaults: TransactionsDefaults,
  time: LocalTime,
): TransactionsQuery {
  const object = isPlain(payload);
  const fields = object ? payload : {};
  const query = choiceOf(QUERIES, fields.query, 'query', byFields(fields) ?? defaults.query);
  const scope = choiceOf(SCOPES, fields.scope, 'scope', defaults.scope);
  const common = { scope, limit: limitOf(fields.limit ?? defaults.limit) };
  switch (query) {
    case 'unresolved':
    case 'undelivered':
    case 'journal':
      return { query, ...common };
    case 'byId':
      return { query, ...common, transactionId: transactionIdOf(object ? fields.transactionId : payload) };
    case 'rule': {
      const [ruling, path] = fields.ruling === undefined ? [payload, 'payload'] : [fields.ruling, 'payload.ruling'];
      return { query, ...common, ruling: parseRuling(ruling, path) };
    }
    case 'acknowledge': {
      const named = fields.acknowledge !== undefined;
      const path = named ? 'payload.acknowledge' : 'payload';
      return { query, ...common, acknowledgement: parseAcknowledgement(named ? fields.acknowledge : payload, path) };
    }
    default:
      return { query, ...common, ...periodOf(fields, query, time) };
  }
}

/** The query that a field of its own names. */
function byFields({ ruling, acknowledge }: Fields): QueryName | undefined {
  if (ruling !== undefined) return 'rule';
  return acknowledge === undefined ? undefined : 'acknowledge';
}

function choiceOf<T extends string>(known: readonly T[], value: unknown, name: string, fallback: T): T {
  return isGiven(value) ? oneOf(known, value, { code: 'invalid_query', path: `payload.${name}` }) : fallback;
}

function limitOf(value: unknown): number {
  const field = { code: 'invalid_limit', path: 'payload.limit' } as const;
  return wholeNumberOf(value, MAX_LIMIT, field, ': ask for a shorter period to see more of it');
}

function periodOf(fields: Fields, query: QueryName, { now, offsetAt = localOffset }: LocalTime): Period {
  const today = dayOf(now, offsetAt);
  const from = timeOf(fields.from, 'from', 0, today, offsetAt);
  const to = timeOf(fields.to, 'to', 1, today, offsetAt);
  const field = { code: 'invalid_period', path: 'payload.from' } as const;
  if (from >= to) throw invalid(field, 'The period ends before it begins: from must come before to.');
  if (query === 'totals' && to - from > (MAX_DAYS + 1) * 86_400_000) {
    throw invalid(field, `Totals are counted for at most ${MAX_DAYS} days at a time: ask in parts.`);
  }
  return { from, to };
}

/** A time in ms since 1970. Of a local day: its begin, or, with `after` 1, the begin of the next one. */
function timeOf(value: unknown, name: string, after: 0 | 1, today: number, offsetAt: OffsetAt): number {
  const named = new Map([
    ['today', today],
    ['yesterday', today - 1],
  ]);
  const text = value ?? 'today';
  const day = typeof text === 'string' ? (named.get(text) ?? dayOfText(text)) : undefined;
  if (day !== undefined) return startOf(day + after, offsetAt);
  const ms = msOf(text);
  if (ms !== undefined) return ms;
  throw invalid(
    { code: 'invalid_period', path: `payload.${name}` },
    `${name} must be a day such as "2026-03-29", "today" or "yesterday", a time such as "2026-03-29T18:00:00Z", or ms since 1970.`,
  );
}

function msOf(value: unknown): number | undefined {
  const iso = typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value);
  const ms = value instanceof Date ? value.getTime() : iso ? Date.parse(value) : value;
  return typeof ms === 'number' && Number.isSafeInteger(ms) && ms >= 0 ? ms : undefined;
}
