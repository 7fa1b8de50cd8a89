import type { IncomingHttpHeaders } from 'node:http';
import { NexoError } from '../../protocol/errors.ts';

/** A response of the cloud service with a status other than 200, 202 and 204. */
export interface HttpRefusal {
  /** The error for the user; contains no secrets. */
  error: NexoError;
  /** True: a published rule says that the request was not carried out. False: a payment may have reached the terminal. */
  proof: boolean;
  /** The access token was not accepted: a new one may be. */
  renew: boolean;
  /** The service asks for a pause of so many milliseconds. */
  wait?: number;
}

/** The pause in ms where the service asks for one whose length is not known. */
const UNKNOWN_WAIT = 30_000;
/** Maximum pause in ms, whatever the service asks for. */
const MAX_WAIT = 300_000;
const PAIR_AGAIN = 'Pair the terminal again in its settings, then deploy.';

/**
 * Interprets a refusal. A payment counts as "not sent" only where a published rule says so:
 *
 * - 401 with a `Bearer` challenge: "the request has not been applied because it lacks valid authentication credentials"
 *   (RFC 9110, 15.5.2), sent by the server that checks the token (RFC 6750, 3). A 401 without that challenge may come
 *   from a server behind the relay, so it proves nothing.
 * - 403 with the challenge `insufficient_scope` (RFC 6750, 3.1): the same.
 * - 404, 410, 429, 503, other 403: no rule says that nothing was relayed, and Swedbank Pay does not publish whether its
 *   service sends them before or after relaying. They are proof only where the operator says so (`notRelayed`).
 * - 408, 500, 502, 504 and the rest: unknown.
 *
 * @param notRelayed statuses which, as Swedbank Pay has confirmed to the operator, mean that nothing was relayed
 */
export function refusalOf(
  status: number,
  headers: IncomingHttpHeaders,
  notRelayed: readonly number[] = [],
): HttpRefusal {
  const challenge = [headers['www-authenticate'] ?? ''].flat().join(', ');
  const bearer = /(?:^|,)\s*bearer\b/i.test(challenge);
  const scope = /\berror="?insufficient_scope\b/i.test(challenge);
  const wait = status === 429 || status === 503 ? retryAfter(headers) : undefined;
  return {
    error: errorOf(status, wait, bearer && scope),
    proof: (status === 401 && bearer) || (status === 403 && bearer && scope) || notRelayed.includes(status),
    renew: status === 401,
    ...(wait === undefined ? {} : { wait }),
  };
}

function errorOf(status: number, wait: number | undefined, scope: boolean): NexoError {
  const http = `(HTTP ${status})`;
  if (status === 401 || scope) {
    return new NexoError(
      'cloud_credentials',
      `The cloud service does not accept these credentials ${http}: they are wrong, have expired (they last 24 months), or are not meant for it. Get valid ones from Swedbank Pay, and enter client id, client secret and scope anew.`,
    );
  }
  if (status === 403 || status === 404 || status === 410) {
    return new NexoError(
      'cloud_channel_revoked',
      `The cloud service does not serve this channel ${http}: the terminal was paired anew elsewhere, or the channel was revoked. ${PAIR_AGAIN}`,
    );
  }
  if (status === 429 || status === 503) return busyError(`${http}`, wait);
  if (status === 408 || status === 502 || status === 504) {
    return new NexoError(
      'cloud_no_answer',
      `The cloud service got no answer from the terminal ${http}: check that the terminal is on and online.`,
    );
  }
  return new NexoError('cloud_failed', `The cloud service answered HTTP ${status}: try again, or ask Swedbank Pay.`);
}

/** The error for a service that asks for a pause. @param wait its length in ms, where it is known */
export function busyError(what: string, wait: number | undefined): NexoError {
  const when = wait === undefined ? 'a little later' : `in ${Math.ceil(wait / 1000)} s`;
  return new NexoError('cloud_busy', `The cloud service has no capacity just now ${what}: try again ${when}.`);
}

/** `Retry-After` (RFC 9110, 10.2.3) as ms from now; undefined where it is missing or malformed. */
export function retryAfter(headers: IncomingHttpHeaders): number | undefined {
  const text = [headers['retry-after'] ?? ''].flat()[0]?.trim() ?? '';
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, MAX_WAIT);
  const date = Date.parse(text);
  if (!/\bGMT$/.test(text) || Number.isNaN(date)) return undefined;
  // Relative to the service's own clock: this machine's clock may be wrong.
  const now = Date.parse(String(headers.date ?? ''));
  return Number.isNaN(now) ? UNKNOWN_WAIT : Math.min(Math.max(date - now, 0), MAX_WAIT);
}
