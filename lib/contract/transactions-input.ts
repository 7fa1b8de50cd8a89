import { NexoError } from '../protocol/errors.ts';
import { dayOf, dayOfText, localOffset, type OffsetAt, startOf } from './local-days.ts';
import { transactionIdOf } from './payment-input.ts';
import { parseRuling, type RulingRequest } from './ruling-input.ts';

/** What the journal can be asked for. */
export const QUERIES = ['unresolved', 'byId', 'period', 'totals', 'rule'] as const;
export type QueryName = (typeof QUERIES)[number];
/** Whose transactions: one terminal's, or those of every terminal that shares its journal. */
export type Scope = 'terminal' | 'journal';

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
  | { query: 'unresolved' }
  | { query: 'byId'; transactionId: string }
  | ({ query: 'period' | 'totals' } & Period)
  | { query: 'rule'; ruling: RulingRequest }
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
 * Reads a query from `msg.payload`: `{ query?, scope?, limit?, transactionId?, from?, to?, ruling? }`. Times are ms since
 * 1970, ISO 8601, or a local day: `2026-03-29` (whole, also as `to`), `today`, `yesterday`; without any, today.
 *
 * @throws NexoError `invalid_query`, `invalid_limit`, `invalid_period`, what `parseRuling` throws, with the field's path
 */
export function parseTransactionsQuery(
  payload: unknown,
  defaults: TransactionsDefaults,
  time: LocalTime,
): TransactionsQuery {
  const object = typeof payload === 'object' && payload !== null && !(payload instanceof Date);
  const fields = (object ? payload : {}) as Record<string, unknown>;
  const query = choice(fields.query, fields.ruling === undefined ? defaults.query : 'rule', QUERIES, 'query');
  const scope = choice(fields.scope, defaults.scope, ['terminal', 'journal'] as const, 'scope');
  const common = { scope, limit: limitOf(fields.limit ?? defaults.limit) };
  switch (query) {
    case 'unresolved':
      return { query, ...common };
    case 'byId':
      return { query, ...common, transactionId: transactionIdOf(object ? fields.transactionId : payload) };
    case 'rule': {
      const [ruling, path] = fields.ruling === undefined ? [payload, 'payload'] : [fields.ruling, 'payload.ruling'];
      return { query, ...common, ruling: parseRuling(ruling, path) };
    }
    default:
      return { query, ...common, ...periodOf(fields, query, time) };
  }
}

function choice<T extends string>(value: unknown, fallback: T, known: readonly T[], name: string): T {
  if (value === undefined || value === null || value === '') return fallback;
  const found = known.find((one) => one === value);
  if (found !== undefined) return found;
  const text = `${name} must be one of ${known.join(', ')}.`;
  throw new NexoError('invalid_query', text, { path: `payload.${name}` });
}

function limitOf(value: unknown): number {
  const limit = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof limit === 'number' && Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  const text = `limit must be a whole number from 1 to ${MAX_LIMIT}: ask for a shorter period to see more of it.`;
  throw new NexoError('invalid_limit', text, { path: 'payload.limit' });
}

function periodOf(
  fields: Record<string, unknown>,
  query: QueryName,
  { now, offsetAt = localOffset }: LocalTime,
): Period {
  const today = dayOf(now, offsetAt);
  const named: Record<string, number> = { today, yesterday: today - 1 };
  const read = (name: 'from' | 'to'): number => {
    const value = fields[name] ?? 'today';
    const day = typeof value === 'string' ? (named[value] ?? dayOfText(value)) : undefined;
    if (day !== undefined) return startOf(name === 'to' ? day + 1 : day, offsetAt);
    const ms = timeOf(value);
    if (ms !== undefined) return ms;
    throw new NexoError(
      'invalid_period',
      `${name} must be a day such as "2026-03-29", "today" or "yesterday", a time such as "2026-03-29T18:00:00Z", or ms since 1970.`,
      { path: `payload.${name}` },
    );
  };
  const period = { from: read('from'), to: read('to') };
  if (period.from >= period.to) {
    throw new NexoError('invalid_period', 'The period ends before it begins: from must come before to.', {
      path: 'payload.from',
    });
  }
  if (query === 'totals' && period.to - period.from > (MAX_DAYS + 1) * 86_400_000) {
    throw new NexoError('invalid_period', `Totals are counted for at most ${MAX_DAYS} days at a time: ask in parts.`, {
      path: 'payload.from',
    });
  }
  return period;
}

function timeOf(value: unknown): number | undefined {
  const iso = typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value);
  const ms = value instanceof Date ? value.getTime() : iso ? Date.parse(value) : value;
  return typeof ms === 'number' && Number.isSafeInteger(ms) && ms >= 0 ? ms : undefined;
}
