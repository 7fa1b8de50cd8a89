import type { IncomingHttpHeaders } from 'node:http';
import { type Clock, systemClock } from '../../clock.ts';
import { NexoError } from '../../protocol/errors.ts';
import { shareTokens, type TokenSource } from './access-token.ts';
import { CloudHttp, type CloudResponse, failureReason } from './cloud-http.ts';
import { type CloudAccess, checkAccess, PATHS, resourceUrl } from './cloud-settings.ts';
import { type HttpRefusal, refusalOf } from './http-refusal.ts';

export interface PairingOptions extends CloudAccess {
  /** The pairing code that the terminal shows. */
  code: string;
  /** Default `PATHS.pairing`. */
  path?: string;
  /** Request body; contains `{code}` where the code belongs. Default `{"pairingCode":"{code}"}`. */
  body?: string;
  clock?: Clock;
}

/** The published page says only: "Data is the pairing code shown on the terminal." */
const PAIRING_BODY = '{"pairingCode":"{code}"}';

/** Milliseconds a pairing may take. */
const TIMEOUT = 30_000;

/**
 * Pairs a terminal that shows a pairing code. This invalidates an earlier channel to that terminal
 * (`pax-terminal/NET/tutorial/cloudterminalspecifics`).
 *
 * @returns the id of the channel to the terminal
 * @throws NexoError by rejection: `invalid_config`, `cloud_pairing_code`, `cloud_pairing_answer`, `cloud_pairing_unknown`,
 *   `cloud_credentials`, `cloud_scope`, `cloud_token`, `cloud_busy`, `cloud_unreachable`, `cloud_failed`, `cloud_no_answer`
 */
export async function pair(options: PairingOptions): Promise<{ channelId: string }> {
  const access = checkAccess(options);
  const code = options.code.trim();
  if (!/^[\w-]{1,64}$/.test(code)) {
    throw new NexoError('cloud_pairing_code', `${ENTER_CODE} It has letters, digits and hyphens only.`, {
      path: 'code',
    });
  }
  const url = resourceUrl(access.baseUrl, options.path || PATHS.pairing, 'pairingPath');
  const body = (options.body || PAIRING_BODY).replaceAll('{code}', code);
  const clock = options.clock ?? systemClock;
  const { tokens, release } = shareTokens(access, clock);
  const http = new CloudHttp({ clock, maxBytes: 64 * 1024 });
  try {
    const answer = await postCode(http, tokens, url, body);
    const channelId = channelIn(answer.text);
    if (channelId !== undefined) return { channelId };
    throw new NexoError(
      'cloud_pairing_answer',
      'The cloud service answered the pairing without a channel id: ask Swedbank Pay what its answer looks like.',
    );
  } finally {
    await Promise.all([http.close(), release()]);
  }
}

/** Sends the code, and once more with a new token where the first one was not accepted. */
async function postCode(http: CloudHttp, tokens: TokenSource, url: URL, body: string): Promise<CloudResponse> {
  for (let attempt = 1; ; attempt++) {
    const token = await tokens.token();
    const headers = {
      authorization: `Bearer ${token}`,
      accept: 'application/json, text/plain',
      'content-type': /^\s*[[{"]/.test(body) ? 'application/json' : 'text/plain; charset=utf-8',
    };
    const answer = await http.send(url, { method: 'POST', headers, body, timeout: TIMEOUT }).catch((error: unknown) => {
      throw noAnswerError(error);
    });
    if (answer.status >= 200 && answer.status < 300) return answer;
    const refusal = refusalOf(answer.status, answer.headers as IncomingHttpHeaders);
    if (!refusal.renew) throw refusalError(answer.status, refusal);
    tokens.invalidate(token);
    if (attempt > 1) throw refusal.error;
  }
}

const ENTER_CODE = 'Enter the code that the terminal shows when pairing is chosen in its menu.';

function refusalError(status: number, { error }: HttpRefusal): NexoError {
  if (![400, 403, 404, 409, 410, 422].includes(status) || error.code === 'cloud_credentials') return error;
  return new NexoError(
    'cloud_pairing_code',
    `The cloud service does not accept this pairing code (HTTP ${status}): it is wrong, was used before, or is too old. Choose pairing in the terminal’s menu again, and enter the new code.`,
    { path: 'code' },
  );
}

/** Without a connection the code is unused. Without an answer it may be used up. */
function noAnswerError(error: unknown): NexoError {
  const reason = failureReason(error);
  if (
    /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/.test(reason) ||
    reason.startsWith('no connection')
  ) {
    return new NexoError(
      'cloud_unreachable',
      `The cloud service cannot be reached (${reason}): check the internet connection and its address.`,
    );
  }
  return new NexoError(
    'cloud_pairing_unknown',
    `No answer came from the cloud service (${reason}), so the code may be used up: choose pairing in the terminal’s menu again, and enter the new code.`,
  );
}

/** The channel id in a response whose format is not published: a field of JSON, a JSON string, or plain text. */
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

/** The value of the field `channelId` in any spelling, searched to the given depth. */
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
