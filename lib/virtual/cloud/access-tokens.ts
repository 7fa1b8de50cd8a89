import { randomBytes } from 'node:crypto';
import type { Clock } from '../../clock.ts';

export interface CloudClient {
  clientId: string;
  clientSecret: string;
}

/** A response of the token endpoint (RFC 6749, 5). */
export interface TokenResponse {
  status: number;
  body: Record<string, unknown>;
}

/** The token service: OAuth2 client credentials, in the form or in the header. */
export class AccessTokens {
  /** Lifetime of a new token in seconds; that of the real service is 24 hours. */
  lifetime = 86_400;
  /** Number of issued tokens. */
  issued = 0;
  readonly #client: CloudClient;
  readonly #clock: Clock;
  /** When each token expires, by `Clock.elapsed`. */
  readonly #expiry = new Map<string, number>();

  constructor(client: CloudClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** Handles a token request. @param authorization its Authorization header */
  grant(form: Readonly<Record<string, unknown>>, authorization: string | undefined): TokenResponse {
    if (form.grant_type !== 'client_credentials') return { status: 400, body: { error: 'unsupported_grant_type' } };
    const { clientId, clientSecret } = basicCredentials(authorization) ?? {
      clientId: String(form.client_id ?? ''),
      clientSecret: String(form.client_secret ?? ''),
    };
    if (clientId !== this.#client.clientId || clientSecret !== this.#client.clientSecret) {
      const description = 'AADB2C90081: The specified client_secret does not match the expected value for this client.';
      return { status: 401, body: { error: 'invalid_client', error_description: description } };
    }
    return { status: 200, body: { access_token: this.#issue(), token_type: 'Bearer', expires_in: this.lifetime } };
  }

  /** Whether an `Authorization` header has a token that is valid now. */
  accepts(authorization: string | undefined): boolean {
    const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
    const expiresAt = token === undefined ? undefined : this.#expiry.get(token);
    return expiresAt !== undefined && this.#clock.elapsed() < expiresAt;
  }

  /** Invalidates all issued tokens. */
  revoke(): void {
    this.#expiry.clear();
  }

  #issue(): string {
    const now = this.#clock.elapsed();
    for (const [token, expiresAt] of this.#expiry) if (expiresAt <= now) this.#expiry.delete(token);
    const token = randomBytes(24).toString('base64url');
    this.#expiry.set(token, now + this.lifetime * 1000);
    this.issued++;
    return token;
  }
}

function basicCredentials(authorization: string | undefined): CloudClient | undefined {
  const encoded = /^Basic (\S+)$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const [clientId = '', clientSecret = ''] = Buffer.from(encoded, 'base64')
    .toString()
    .split(':')
    .map(decodeURIComponent);
  return { clientId, clientSecret };
}
