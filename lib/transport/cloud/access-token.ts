import {
  allowInsecureRequests,
  ClientSecretPost,
  clientCredentialsGrantRequest,
  customFetch,
  processClientCredentialsResponse,
  ResponseBodyError,
  type TokenEndpointResponse,
} from 'oauth4webapi';
import { type Clock, systemClock } from '../../clock.ts';
import { NexoError } from '../../protocol/errors.ts';
import { CloudHttp, failureReason } from './cloud-http.ts';
import type { CloudAccess } from './cloud-settings.ts';
import { busyError, retryAfter } from './http-refusal.ts';

export type TokenAccess = Omit<CloudAccess, 'baseUrl'>;

/** Milliseconds before its expiry in which a token is renewed. A short-lived token: in the second half of its lifetime. */
const RENEW_BEFORE_END = 600_000;
/** Lifetime of a token whose response has no `expires_in`, in seconds. */
const DEFAULT_LIFETIME = 3600;
/** Milliseconds a renewal may take, and until the next attempt after a failure while the old token is still valid. */
const TIMEOUT = 15_000;
const RETRY_PAUSE = 30_000;

interface Token {
  text: string;
  renewAt: number;
  endsAt: number;
}

/**
 * Access tokens by OAuth2 client credentials (RFC 6749, 4.4): one current token for any number of terminals. It is
 * fetched when first needed, and renewed ten minutes before it expires or after the service refused it. Concurrent callers
 * share one request.
 */
export class TokenSource {
  readonly #access: TokenAccess;
  readonly #clock: Clock;
  readonly #http: CloudHttp;
  #token: Token | undefined;
  #renewal: Promise<string> | undefined;
  #retryAt = Number.NEGATIVE_INFINITY;

  constructor(access: TokenAccess, clock: Clock = systemClock) {
    this.#access = access;
    this.#clock = clock;
    this.#http = new CloudHttp({ clock, maxBytes: 64 * 1024 });
  }

  /**
   * A token that is valid now. A token that expires soon is returned while its successor is being fetched.
   * @throws NexoError by rejection: `cloud_credentials`, `cloud_scope`, `cloud_busy`, `cloud_token`, `cloud_unreachable`
   */
  token(): Promise<string> {
    const now = this.#clock.elapsed();
    const token = this.#token;
    if (token === undefined || now >= token.endsAt) return this.#renew();
    if (now >= token.renewAt && now >= this.#retryAt) this.#renew().catch(() => undefined);
    return Promise.resolve(token.text);
  }

  /** Discards a token that the service did not accept. */
  invalidate(text: string): void {
    if (this.#token?.text === text) this.#token = undefined;
  }

  close(): Promise<void> {
    return this.#http.close();
  }

  #renew(): Promise<string> {
    this.#renewal ??= this.#fetch().finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  async #fetch(): Promise<string> {
    try {
      const { access_token: text, expires_in: seconds = DEFAULT_LIFETIME } = await this.#grant();
      // The token goes into a header: line breaks in it would add headers.
      if (!/^[\x21-\x7e]+$/.test(text)) throw unusableToken();
      const life = Math.max(0, seconds) * 1000;
      const now = this.#clock.elapsed();
      this.#token = { text, endsAt: now + life, renewAt: now + life - Math.min(RENEW_BEFORE_END, life / 2) };
      return text;
    } catch (error) {
      this.#retryAt = this.#clock.elapsed() + RETRY_PAUSE;
      throw error;
    }
  }

  async #grant(): Promise<TokenEndpointResponse> {
    const { tokenUrl, clientId, clientSecret, scope } = this.#access;
    const server = { issuer: new URL(tokenUrl).origin, token_endpoint: tokenUrl };
    const client = { client_id: clientId };
    let response: Response | undefined;
    try {
      response = await clientCredentialsGrantRequest(
        server,
        client,
        ClientSecretPost(clientSecret),
        scope ? { scope } : {},
        {
          [customFetch]: (url, { body, headers }) => this.#post(new URL(url), String(body), headers),
          // `checkAccess` has refused http to anywhere but this machine.
          [allowInsecureRequests]: tokenUrl.startsWith('http:'),
        },
      );
      return await processClientCredentialsResponse(server, client, response.clone());
    } catch (error) {
      throw response === undefined ? unreachable(error) : tokenError(response, error);
    }
  }

  async #post(url: URL, body: string, headers: Record<string, string>): Promise<Response> {
    const response = await this.#http.send(url, { method: 'POST', headers, body, timeout: TIMEOUT });
    const kept = ['content-type', 'www-authenticate', 'retry-after', 'date'].flatMap((name): [string, string][] => {
      const value = [response.headers[name] ?? ''].flat().join(', ');
      return value ? [[name, value]] : [];
    });
    const isNullBody = [204, 205, 304].includes(response.status);
    return new Response(isNullBody ? null : withoutIdToken(response.text), { status: response.status, headers: kept });
  }
}

/**
 * The response without an `id_token`, which nothing here uses: its dates would be checked against this machine's wall
 * clock, which may be wrong.
 */
function withoutIdToken(text: string): string {
  if (!text.includes('"id_token"')) return text;
  try {
    const { id_token: _, ...rest } = JSON.parse(text) as Record<string, unknown>;
    return JSON.stringify(rest);
  } catch {
    return text;
  }
}

function unreachable(error: unknown): NexoError {
  return new NexoError(
    'cloud_unreachable',
    `The token service of the cloud cannot be reached (${failureReason(error)}): check the internet connection and the token address.`,
  );
}

function unusableToken(): NexoError {
  return new NexoError('cloud_token', 'The token service answered without a usable access token: check its address.');
}

/** The error for a refused token request. The service's own text is left out: it may repeat the credentials. */
function tokenError(response: Response, error: unknown): NexoError {
  const { status } = response;
  if (status === 200) return unusableToken();
  const headers = Object.fromEntries(response.headers);
  if (status === 429 || status === 503) return busyError(`(token service, HTTP ${status})`, retryAfter(headers));
  const body = error instanceof ResponseBodyError ? error : undefined;
  const hint = /\bAAD(?:B2C|STS)\d+\b/.exec(body?.error_description ?? '')?.[0];
  const details = [`HTTP ${status}`, codeOf(body?.error), hint].filter((part) => part).join(', ');
  if (body?.error === 'invalid_scope') {
    return new NexoError('cloud_scope', `The token service does not know this scope (${details}): correct the scope.`);
  }
  if (status === 401 || CREDENTIALS.has(body?.error ?? '')) {
    return new NexoError(
      'cloud_credentials',
      `The client id or client secret is wrong or has expired (${details}): they last 24 months, and differ between test and production. Get valid ones from Swedbank Pay, enter them in the terminal’s settings, and deploy.`,
    );
  }
  return new NexoError('cloud_token', `The token service gave no token (${details}): check its address and the scope.`);
}

const CREDENTIALS: ReadonlySet<string> = new Set([
  'invalid_client',
  'unauthorized_client',
  'invalid_grant',
  'access_denied',
]);

function codeOf(code: string | undefined): string | undefined {
  return code !== undefined && /^[a-z_]{1,40}$/.test(code) ? code : undefined;
}

const shared = new Map<string, { source: TokenSource; users: number }>();

/**
 * A token source shared by all callers with the same credentials.
 * @returns the source, and a function that releases it: the last release closes it
 */
export function shareTokens(
  access: TokenAccess,
  clock: Clock = systemClock,
): { tokens: TokenSource; release(): Promise<void> } {
  // The key includes the secret: a corrected secret must not reuse the source with the old one.
  const key = JSON.stringify([access.tokenUrl, access.clientId, access.scope, access.clientSecret]);
  const entry = shared.get(key) ?? { source: new TokenSource(access, clock), users: 0 };
  shared.set(key, entry);
  entry.users++;
  let released = false;
  const release = async () => {
    if (released) return;
    released = true;
    if (--entry.users > 0) return;
    shared.delete(key);
    await entry.source.close();
  };
  return { tokens: entry.source, release };
}
