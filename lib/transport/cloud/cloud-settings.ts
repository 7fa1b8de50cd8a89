import { NexoError } from '../../protocol/errors.ts';

/** Addresses and credentials of Swedbank Pay's cloud, as an integrator gets them. */
export interface CloudAccess {
  /** `https://cloudconnect.stage.swedbankpay.com` */
  baseUrl: string;
  /** Address of the OAuth2 token endpoint. */
  tokenUrl: string;
  /** OAuth2 scope. May be empty. */
  scope: string;
  clientId: string;
  clientSecret: string;
}

/**
 * The test environment, as Swedbank Pay's page "Setting Up For Cloud" (`pax-terminal/NET/tutorial/cloudsetup`) shows it.
 * The addresses of production are not published: they come with the credentials.
 */
export const TEST_ENVIRONMENT = {
  baseUrl: 'https://cloudconnect.stage.swedbankpay.com',
  tokenUrl: 'https://swppciextdev.b2clogin.com/swppciextdev.onmicrosoft.com/B2C_1_terminal/oauth2/v2.0/token',
  scope: 'https://swppciextdev.onmicrosoft.com/terminal-api/.default',
} as const;

/** Paths below the base address, as the same page shows them; `{channelId}` stands for the channel. */
export const PATHS = {
  pairing: '/api/v1/pairing',
  nexo: '/api/v1/channels/{channelId}/nexo',
  events: '/api/v1/channels/{channelId}/events',
} as const;

/**
 * Validates the settings. Refuses addresses that would send secrets unencrypted over a network.
 * @returns the settings with normalised addresses
 * @throws NexoError `invalid_config` with the setting's name as its path
 */
export function checkAccess(access: CloudAccess): CloudAccess {
  const { clientId, clientSecret, scope } = access;
  const get = 'Enter what Swedbank Pay gave you for this environment.';
  if (!clientId) throw invalid('clientId', `The client id of the cloud service is missing. ${get}`);
  if (!clientSecret) throw invalid('clientSecret', `The client secret of the cloud service is missing. ${get}`);
  return {
    baseUrl: checkUrl(access.baseUrl, 'baseUrl', 'The address of the cloud service').href.replace(/\/+$/, ''),
    tokenUrl: checkUrl(access.tokenUrl, 'tokenUrl', 'The token address of the cloud service').href,
    scope: scope ?? '',
    clientId,
    clientSecret,
  };
}

function checkUrl(text: string, path: string, name: string): URL {
  if (!text) throw invalid(path, `${name} is missing. Swedbank Pay sends it with the credentials.`);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) throw invalid(path, `${name} must begin with https://.`);
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw invalid(path, `${name} must begin with https://: secrets are never sent unencrypted to another machine.`);
  }
  if (url.username || url.password || url.hash) {
    throw invalid(path, `${name} must not contain a user, a password or a #.`);
  }
  return url;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * The address of a resource of the cloud service.
 * @param path contains `{channelId}` where the channel's id belongs
 * @param name the setting that `path` comes from
 * @throws NexoError `invalid_config` with that name as its path
 */
export function resourceUrl(baseUrl: string, path: string, name: string, channelId = ''): URL {
  if (!/^\/[^\s#]*$/.test(path)) {
    throw invalid(name, 'A path of the cloud service must begin with / and have no blanks and no #.');
  }
  return new URL(baseUrl + path.replaceAll('{channelId}', encodeURIComponent(channelId)));
}

function invalid(path: string, message: string): NexoError {
  return new NexoError('invalid_config', message, { path });
}
