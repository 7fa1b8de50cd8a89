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
import { CloudHttp, whyNot } from './cloud-http.ts';
import type { CloudAccess } from './cloud-settings.ts';
import { busy, retryAfter } from './http-refusal.ts';

export type TokenAccess = Omit<CloudAccess, 'baseUrl'>;

/** Milliseconds before its end in which a token is replaced; a short-lived one in the second half of its life. */
const EARLY = 600_000;
/** Seconds a token is taken to be valid that does not say. */
const UNSAID = 3600;
/** Milliseconds a renewal may take, and rests after it has failed while the old token still holds. */
const LIMIT = 15_000;
const REST = 30_000;

interface Token {
  text: string;
  renewAt: number;
  endsAt: number;
}

/**
 * Access tokens by OAuth2 client credentials (RFC 6749, 4.4), one at a time for any number of terminals: fetched when
 * one is needed, renewed ten minutes before it ends, or when the service refused it. Ten who need one share one request.
 */
export class TokenSource {
  readonly #access: TokenAccess;
  readonly #clock: Clock;
  readonly #http: CloudHttp;
  #token: Token | undefined;
  #renewal: Promise<string> | undefined;
  #restUntil = Number.NEGATIVE_INFINITY;

  constructor(access: TokenAccess, clock: Clock = systemClock) {
    this.#access = access;
    this.#clock = clock;
    this.#http = new CloudHttp({ clock, most: 64 * 1024 });
  }

  /**
   * A token that is valid now. One that ends soon is still given out while the next is on its way.
   * @throws NexoError by rejection: `cloud_credentials`, `cloud_scope`, `cloud_busy`, `cloud_token`, `cloud_unreachable`
   */
  token(): Promise<string> {
    const now = this.#clock.elapsed();
    const token = this.#token;
    if (token === undefined || now >= token.endsAt) return this.#renew();
    if (now >= token.renewAt && now >= this.#restUntil) this.#renew().catch(() => undefined);
    return Promise.resolve(token.text);
  }

  /** The service did not accept this token: nobody gets it any more. */
  refused(text: string): void {
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
      const { access_token: text, expires_in: seconds = UNSAID } = await this.#grant();
      // It goes into a header: what is no token must not become a second one.
      if (!/^[\x21-\x7e]+$/.test(text)) throw unusable();
      const life = Math.max(0, seconds) * 1000;
      const now = this.#clock.elapsed();
      this.#token = { text, endsAt: now + life, renewAt: now + life - Math.min(EARLY, life / 2) };
      return text;
    } catch (error) {
      this.#restUntil = this.#clock.elapsed() + REST;
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
      throw response === undefined ? unreachable(error) : refused(response, error);
    }
  }

  async #post(url: URL, body: string, headers: Record<string, string>): Promise<Response> {
    const answer = await this.#http.ask(url, { method: 'POST', headers, body, limit: LIMIT });
    const told = ['content-type', 'www-authenticate', 'retry-after', 'date'].flatMap((name): [string, string][] => {
      const value = [answer.headers[name] ?? ''].flat().join(', ');
      return value ? [[name, value]] : [];
    });
    const blank = [204, 205, 304].includes(answer.status);
    return new Response(blank ? null : answer.text, { status: answer.status, headers: told });
  }
}

function unreachable(error: unknown): NexoError {
  return new NexoError(
    'cloud_unreachable',
    `The token service of the cloud cannot be reached (${whyNot(error)}): check the internet connection and the token address.`,
  );
}

function unusable(): NexoError {
  return new NexoError('cloud_token', 'The token service answered without a usable access token: check its address.');
}

/** What the token service said, in words that help; its own text is left out, for it may repeat what it was sent. */
function refused(response: Response, error: unknown): NexoError {
  const { status } = response;
  if (status === 200) return unusable();
  const headers = Object.fromEntries(response.headers);
  if (status === 429 || status === 503) return busy(`(token service, HTTP ${status})`, retryAfter(headers));
  const body = error instanceof ResponseBodyError ? error : undefined;
  const hint = /\bAAD(?:B2C|STS)\d+\b/.exec(body?.error_description ?? '')?.[0];
  const said = [`HTTP ${status}`, wordOf(body?.error), hint].filter((part) => part).join(', ');
  if (body?.error === 'invalid_scope') {
    return new NexoError('cloud_scope', `The token service does not know this scope (${said}): correct the scope.`);
  }
  if (status === 401 || CREDENTIALS.has(body?.error ?? '')) {
    return new NexoError(
      'cloud_credentials',
      `The client id or client secret is wrong or has expired (${said}): they last 24 months, and differ between test and production. Get valid ones from Swedbank Pay, enter them in the terminal’s settings, and deploy.`,
    );
  }
  return new NexoError('cloud_token', `The token service gave no token (${said}): check its address and the scope.`);
}

const CREDENTIALS: ReadonlySet<string> = new Set([
  'invalid_client',
  'unauthorized_client',
  'invalid_grant',
  'access_denied',
]);

function wordOf(code: string | undefined): string | undefined {
  return code !== undefined && /^[a-z_]{1,40}$/.test(code) ? code : undefined;
}

const shared = new Map<string, { source: TokenSource; users: number }>();

/** A source of tokens that all who name the same access share, and how to leave it. The last one to leave closes it. */
export function shareTokens(
  access: TokenAccess,
  clock: Clock = systemClock,
): { tokens: TokenSource; leave(): Promise<void> } {
  // With the secret: whoever has corrected it must not get what came of the old one.
  const key = JSON.stringify([access.tokenUrl, access.clientId, access.scope, access.clientSecret]);
  const entry = shared.get(key) ?? { source: new TokenSource(access, clock), users: 0 };
  shared.set(key, entry);
  entry.users++;
  let left = false;
  const leave = async () => {
    if (left) return;
    left = true;
    if (--entry.users > 0) return;
    shared.delete(key);
    await entry.source.close();
  };
  return { tokens: entry.source, leave };
}
