import { settingError } from '../../lib/protocol/errors.ts';
import { CloudTransport } from '../../lib/transport/cloud/cloud-transport.ts';

/** The settings of a `nexo-terminal` for the cloud. */
export interface CloudDef {
  baseUrl: string;
  tokenUrl: string;
  scope: string;
  nexoPath: string;
  events: 'off' | 'poll' | 'sse';
  eventsPath: string;
  pairingPath: string;
  pairingBody: string;
  /** HTTP statuses, `404, 429`. */
  notRelayed: string;
}

/** Stored by Node-RED as credentials, not in the flow file. */
export interface CloudCredentials {
  clientId?: string;
  clientSecret?: string;
  channelId?: string;
}

/** The transport of a terminal in the cloud, from its settings. @throws NexoError `invalid_config`, `cloud_not_paired` */
export function cloudOf(config: CloudDef, credentials: CloudCredentials = {}): CloudTransport {
  const { baseUrl, tokenUrl, scope, nexoPath, eventsPath } = config;
  return new CloudTransport({
    ...accessOf({ baseUrl, tokenUrl, scope, ...credentials }),
    channelId: credentials.channelId?.trim() ?? '',
    nexoPath: nexoPath ?? '',
    eventsPath: eventsPath ?? '',
    events: eventsOf(config.events),
    notRelayed: statusesOf(config.notRelayed),
  });
}

/** Fields of the dialog, without blanks that were copied with them. */
export function accessOf(
  fields: Partial<Record<'baseUrl' | 'tokenUrl' | 'scope' | 'clientId' | 'clientSecret', string>>,
) {
  const { baseUrl = '', tokenUrl = '', scope = '', clientId = '', clientSecret = '' } = fields;
  return {
    baseUrl: baseUrl.trim(),
    tokenUrl: tokenUrl.trim(),
    scope: scope.trim(),
    clientId: clientId.trim(),
    clientSecret: clientSecret.trim(),
  };
}

function eventsOf(value: string | undefined): CloudDef['events'] {
  if (value === undefined || value === '' || value === 'off') return 'off';
  if (value === 'poll' || value === 'sse') return value;
  throw settingError('events', `"${value}" is no way to fetch events: choose off, poll or sse.`);
}

function statusesOf(text = ''): number[] {
  const parts = text.split(/[\s,;]+/).filter((part) => part !== '');
  if (parts.every((part) => /^[45]\d\d$/.test(part))) return parts.map(Number);
  throw settingError(
    'notRelayed',
    'The statuses that mean "not passed on" must be HTTP statuses from 400 to 599 with commas between them, or empty.',
  );
}
