import { randomBytes } from 'node:crypto';
import type { Clock } from '../../clock.ts';

export interface Client {
  clientId: string;
  clientSecret: string;
}

/** What the token endpoint answers, as RFC 6749 has it. */
export interface TokenAnswer {
  status: number;
  body: Record<string, unknown>;
}

/** The token service: OAuth2 client credentials, with the client in the form or in the header. */
export class Tokens {
  /** Seconds a new token is valid. The real ones are for 24 hours. */
  life = 86_400;
  /** How many were issued. */
  issued = 0;
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #valid = new Map<string, number>();

  constructor(client: Client, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  grant(form: Readonly<Record<string, unknown>>, authorization: string | undefined): TokenAnswer {
    if (form.grant_type !== 'client_credentials') return { status: 400, body: { error: 'unsupported_grant_type' } };
    const { clientId, clientSecret } = basic(authorization) ?? {
      clientId: String(form.client_id ?? ''),
      clientSecret: String(form.client_secret ?? ''),
    };
    if (clientId !== this.#client.clientId || clientSecret !== this.#client.clientSecret) {
      const description = 'AADB2C90081: The specified client_secret does not match the expected value for this client.';
      return { status: 401, body: { error: 'invalid_client', error_description: description } };
    }
    return { status: 200, body: { access_token: this.#issue(), token_type: 'Bearer', expires_in: this.life } };
  }

  /** Whether an `Authorization` header carries a token that is valid now. */
  accepts(authorization: string | undefined): boolean {
    const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
    const until = token === undefined ? undefined : this.#valid.get(token);
    return until !== undefined && this.#clock.now() < until;
  }

  /** All that were issued are void: clients have to come for new ones. */
  revoke(): void {
    this.#valid.clear();
  }

  #issue(): string {
    const now = this.#clock.now();
    for (const [token, until] of this.#valid) if (until <= now) this.#valid.delete(token);
    const token = randomBytes(24).toString('base64url');
    this.#valid.set(token, now + this.life * 1000);
    this.issued++;
    return token;
  }
}

function basic(authorization: string | undefined): Client | undefined {
  const encoded = /^Basic (\S+)$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const [clientId = '', clientSecret = ''] = Buffer.from(encoded, 'base64')
    .toString()
    .split(':')
    .map(decodeURIComponent);
  return { clientId, clientSecret };
}
