import type { ConnectionOptions } from 'node:tls';
import type { NodeAPI } from 'node-red';
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
  if (config.connection === 'virtual') return openVirtualTransport(inUserDirectory(RED, 'nexo-virtual-terminal.jsonl'));
  if (config.connection === 'cloud') return cloudOf(config, credentials);
  if (config.connection !== 'lan') {
    throw settingError(
      'connection',
      `"${config.connection}" is not a connection: choose Virtual terminal, LAN or cloud.`,
    );
  }
  const host = config.host?.trim();
  if (!host)
    throw settingError(
      'host',
      'The terminal’s address is missing: enter its IP address or host name, or pick an endpoint and let the terminal announce its address.',
    );
  const port = Number(config.port || swedbankPay.http.port);
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw settingError(
      'port',
      'The terminal’s port must be a whole number from 1 to 65535: terminals listen on 11000.',
    );
  }
  const secure = config.secure === true;
  const tls = secure && config.tls ? { tls: tlsOptions(RED, config.tls) } : {};
  return new LanTransport({ host, port, path: config.path || swedbankPay.http.path, secure, ...tls });
}

function tlsOptions(RED: NodeAPI, id: string): ConnectionOptions {
  const options = tlsOptionsOf(RED, id);
  if (!options) {
    throw settingError('tls', 'The TLS settings of this terminal are disabled or no longer there: pick others.');
  }
  return options;
}
