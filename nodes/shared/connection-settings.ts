import type { ConnectionOptions } from 'node:tls';
import type { NodeAPI } from 'node-red';
import { booleanSetting, hostSetting, pathSetting, textSetting, wholeSetting } from '../../lib/contract/settings.ts';
import { settingError } from '../../lib/protocol/errors.ts';
import { swedbankPay } from '../../lib/protocol/profiles/swedbank-pay.ts';
import { LanTransport } from '../../lib/transport/lan.ts';
import type { Transport } from '../../lib/transport/transport.ts';
import { openVirtualTransport, type VirtualTransport } from '../../lib/transport/virtual.ts';
import { inUserDirectory } from './built-in-journal.ts';
import { type CloudCredentials, type CloudDef, cloudOf } from './cloud-settings.ts';
import { tlsOptionsOf } from './tls-settings.ts';

/** The settings of a `nexo-terminal` for its connection. */
export interface ConnectionDef extends CloudDef {
  connection: 'virtual' | 'lan' | 'cloud';
  host: string;
  port: number | string;
  path: string;
  secure: boolean;
  tls: string;
}

/**
 * The transport of a terminal, from its settings.
 * @throws NexoError `invalid_config` with the setting's name, `cloud_not_paired`
 */
export function transportOf(
  RED: NodeAPI,
  config: ConnectionDef,
  credentials?: CloudCredentials,
): Transport | VirtualTransport {
  const connection = textSetting(config.connection, 'connection');
  if (connection === 'virtual') return openVirtualTransport(inUserDirectory(RED, 'nexo-virtual-terminal.jsonl'));
  if (connection === 'cloud') return cloudOf(config, credentials);
  if (connection !== 'lan') {
    throw settingError('connection', `"${connection}" is not a connection: choose Virtual terminal, LAN or cloud.`);
  }
  const host = hostSetting(config.host);
  const port = portSetting(config.port);
  const secure = booleanSetting(config.secure, 'secure', false);
  const tls = secure && config.tls ? { tls: tlsOptions(RED, config.tls) } : {};
  return new LanTransport({
    host,
    port,
    path: pathSetting(config.path, 'path', swedbankPay.http.path),
    secure,
    ...tls,
  });
}

/** The terminal's port. @throws NexoError `invalid_config` */
export function portSetting(value: unknown): number {
  return wholeSetting(value, 'port', { least: 1, most: 65535, fallback: swedbankPay.http.port });
}

function tlsOptions(RED: NodeAPI, id: string): ConnectionOptions {
  const options = tlsOptionsOf(RED, id);
  if (!options) {
    throw settingError('tls', 'The TLS settings of this terminal are disabled or no longer there: pick others.');
  }
  return options;
}
