import { choiceSetting, textSetting } from '../../lib/contract/settings.ts';
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
    channelId: textSetting(credentials.channelId, 'channelId'),
    nexoPath: textSetting(nexoPath, 'nexoPath'),
    eventsPath: textSetting(eventsPath, 'eventsPath'),
    events: choiceSetting(config.events, 'events', ['off', 'poll', 'sse']),
    notRelayed: statusesOf(textSetting(config.notRelayed, 'notRelayed')),
  });
}

/** Fields of the dialog, without blanks that were copied with them. @throws NexoError `invalid_config` */
export function accessOf(
  fields: Partial<Record<'baseUrl' | 'tokenUrl' | 'scope' | 'clientId' | 'clientSecret', string>>,
) {
  const { baseUrl, tokenUrl, scope, clientId, clientSecret } = fields;
  return {
    baseUrl: textSetting(baseUrl, 'baseUrl'),
    tokenUrl: textSetting(tokenUrl, 'tokenUrl'),
    scope: textSetting(scope, 'scope'),
    clientId: textSetting(clientId, 'clientId'),
    clientSecret: textSetting(clientSecret, 'clientSecret'),
  };
}

function statusesOf(text: string): number[] {
  const parts = text.split(/[\s,;]+/).filter((part) => part !== '');
  if (parts.every((part) => /^[45]\d\d$/.test(part))) return parts.map(Number);
  throw settingError(
    'notRelayed',
    'The statuses that mean "not passed on" must be HTTP statuses from 400 to 599 with commas between them, or empty.',
  );
}
