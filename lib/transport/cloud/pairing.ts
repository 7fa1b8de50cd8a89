import type { IncomingHttpHeaders } from 'node:http';
import { type Clock, systemClock } from '../../clock.ts';
import { NexoError } from '../../protocol/errors.ts';
import { shareTokens, type TokenSource } from './access-token.ts';
import { CloudHttp, type CloudResponse, whyNot } from './cloud-http.ts';
import { type CloudAccess, checkAccess, PATHS, resource } from './cloud-settings.ts';
import { type HttpRefusal, refusalOf } from './http-refusal.ts';

export interface PairingOptions extends CloudAccess {
  /** The code that the terminal shows. */
  code: string;
  /** Default `PATHS.pairing`. */
  path?: string;
  /** What is sent, with `{code}` where the code belongs. Default `{"pairingCode":"{code}"}`. */
  body?: string;
  clock?: Clock;
}

/** The published page says only: "Data is the pairing code shown on the terminal." */
export const PAIRING_BODY = '{"pairingCode":"{code}"}';

/** Milliseconds a pairing may take. */
const LIMIT = 30_000;

/**
 * Pairs a terminal that shows a pairing code, and gives the id of the channel to it. From then on an earlier channel to
 * that terminal is dead (`pax-terminal/NET/tutorial/cloudterminalspecifics`).
 *
 * @throws NexoError by rejection: `invalid_config`, `cloud_pairing_code`, `cloud_pairing_answer`, `cloud_pairing_unknown`,
 *   `cloud_credentials`, `cloud_scope`, `cloud_token`, `cloud_busy`, `cloud_unreachable`, `cloud_failed`, `cloud_no_answer`
 */
export async function pair(options: PairingOptions): Promise<{ channelId: string }> {
  const access = checkAccess(options);
  const code = options.code.trim();
  if (!/^[\w-]{1,64}$/.test(code)) {
    throw new NexoError('cloud_pairing_code', `${ENTER} It has letters, digits and hyphens only.`, { path: 'code' });
  }
  const url = resource(access.baseUrl, options.path || PATHS.pairing, 'pairingPath');
  const body = (options.body || PAIRING_BODY).replaceAll('{code}', code);
  const clock = options.clock ?? systemClock;
  const { tokens, leave } = shareTokens(access, clock);
  const http = new CloudHttp({ clock, most: 64 * 1024 });
  try {
    const answer = await ask(http, tokens, url, body);
    const channelId = channelIn(answer.text);
    if (channelId !== undefined) return { channelId };
    throw new NexoError(
      'cloud_pairing_answer',
      'The cloud service answered the pairing without a channel id: ask Swedbank Pay what its answer looks like.',
    );
  } finally {
    await Promise.all([http.close(), leave()]);
  }
}

/** Asks once, and once more with another token where the first one was not accepted. */
async function ask(http: CloudHttp, tokens: TokenSource, url: URL, body: string): Promise<CloudResponse> {
  for (let tries = 1; ; tries++) {
    const token = await tokens.token();
    const headers = {
      authorization: `Bearer ${token}`,
      accept: 'application/json, text/plain',
      'content-type': /^\s*[[{"]/.test(body) ? 'application/json' : 'text/plain; charset=utf-8',
    };
    const answer = await http.ask(url, { method: 'POST', headers, body, limit: LIMIT }).catch((error: unknown) => {
      throw unknown(error);
    });
    if (answer.status >= 200 && answer.status < 300) return answer;
    const refusal = refusalOf(answer.status, answer.headers as IncomingHttpHeaders);
    if (!refusal.renew) throw errorOf(answer.status, refusal);
    tokens.refused(token);
    if (tries > 1) throw refusal.error;
  }
}

const ENTER = 'Enter the code that the terminal shows when pairing is chosen in its menu.';

function errorOf(status: number, { error }: HttpRefusal): NexoError {
  if (![400, 403, 404, 409, 410, 422].includes(status) || error.code === 'cloud_credentials') return error;
  return new NexoError(
    'cloud_pairing_code',
    `The cloud service does not accept this pairing code (HTTP ${status}): it is wrong, was used before, or is too old. Choose pairing in the terminal’s menu again, and enter the new code.`,
    { path: 'code' },
  );
}

/** Without a connection nothing happened; without an answer nobody knows, and the code may be used up. */
function unknown(error: unknown): NexoError {
  const why = whyNot(error);
  if (/^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/.test(why) || why.startsWith('no connection')) {
    return new NexoError(
      'cloud_unreachable',
      `The cloud service cannot be reached (${why}): check the internet connection and its address.`,
    );
  }
  return new NexoError(
    'cloud_pairing_unknown',
    `No answer came from the cloud service (${why}), so the code may be used up: choose pairing in the terminal’s menu again, and enter the new code.`,
  );
}

/** The channel id in an answer whose form is not published: JSON with such a field, a JSON text, or the bare id. */
function channelIn(text: string): string | undefined {
  const trimmed = text.trim();
  if (!/^[[{"]/.test(trimmed)) return idIn(trimmed);
  try {
    const json: unknown = JSON.parse(trimmed);
    return typeof json === 'string' ? idIn(json) : fieldIn(json, 3);
  } catch {
    return undefined;
  }
}

/** The value of `channelId`, however it is spelled, at most so deep. */
function fieldIn(value: unknown, depth: number): string | undefined {
  if (typeof value !== 'object' || value === null || depth === 0) return undefined;
  const fields = Object.entries(value);
  for (const [name, inner] of fields) {
    if (name.toLowerCase().replace(/[^a-z]/g, '') === 'channelid') return idIn(String(inner));
  }
  for (const [, inner] of fields) {
    const found = fieldIn(inner, depth - 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function idIn(text: string): string | undefined {
  return /^[\x21-\x7e]{1,256}$/.test(text) && !/[<>"]/.test(text) ? text : undefined;
}
