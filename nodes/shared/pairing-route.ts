import type { Node, NodeAPI } from 'node-red';
import { NexoError } from '../../lib/protocol/errors.ts';
import { type PairingOptions, pair } from '../../lib/transport/cloud/pairing.ts';
import { accessOf, type CloudCredentials, type CloudDef } from './cloud-settings.ts';

/** A deployed `nexo-terminal`: its settings, with the values of environment variables. */
export interface CloudNode extends Node<CloudCredentials> {
  cloud?: CloudDef;
}

/** Node-RED’s editor shows this in place of a stored password. */
const STORED_PASSWORD = '__PWRD__';
const VARIABLE = /^\$\{[^}]+\}$/;
const FIELDS = ['baseUrl', 'tokenUrl', 'scope', 'clientId', 'clientSecret', 'pairingPath', 'pairingBody'] as const;

type Fields = Record<(typeof FIELDS)[number], string>;

/**
 * The route behind the Pair button of the terminal’s dialog: POST `/nexo-terminal/pair` with the dialog’s fields, the terminal’s `id` and
 * the `code` answers `{ channelId }`, or 422 with `{ code, message, path }`. Secrets are received, and never returned.
 */
export function addPairingRoute(RED: NodeAPI): void {
  RED.httpAdmin.post('/nexo-terminal/pair', RED.auth.needsPermission('nexo-terminal.write'), (request, response) => {
    response.set('Cache-Control', 'no-store');
    const run = async () => pair(optionsOf(RED, Object(request.body)));
    run().then(
      ({ channelId }) => response.json({ channelId }),
      (error: unknown) => {
        const known =
          error instanceof NexoError ? error : new NexoError('cloud_failed', 'The pairing failed: try again.');
        response.status(422).json({ code: known.code, message: known.message, path: known.path });
      },
    );
  });
}

/** @throws NexoError `invalid_config`, `cloud_secret_needed` */
function optionsOf(RED: NodeAPI, body: Readonly<Record<string, unknown>>): PairingOptions {
  const node = typeof body.id === 'string' ? (RED.nodes.getNode(body.id) as CloudNode | null) : null;
  const kept: Partial<Fields> = { ...node?.cloud, ...node?.credentials };
  const fields = Object.fromEntries(FIELDS.map((name) => [name, fieldOf(body[name], kept[name], name)])) as Fields;
  // A stored secret is sent to its deployed address only: an editor user must not get it sent to another one.
  const secretKept = body.clientSecret === STORED_PASSWORD || VARIABLE.test(String(body.clientSecret ?? ''));
  const moved = (['baseUrl', 'tokenUrl', 'clientId'] as const).some((name) => fields[name] !== (kept[name] ?? ''));
  if (secretKept && moved) {
    throw new NexoError(
      'cloud_secret_needed',
      'Another address or client id needs the client secret again: enter it once more, or deploy first.',
      { path: 'clientSecret' },
    );
  }
  const code = typeof body.code === 'string' ? body.code : '';
  return { ...accessOf(fields), path: fields.pairingPath, body: fields.pairingBody, code };
}

/** A field of the dialog. For a stored password or a variable, which the dialog does not know, the deployed value. */
function fieldOf(value: unknown, kept: string | undefined, path: string): string {
  const text = typeof value === 'string' ? value.trim() : '';
  if (text !== STORED_PASSWORD && !VARIABLE.test(text)) return text;
  if (kept !== undefined && kept !== '') return kept;
  throw new NexoError(
    'cloud_secret_needed',
    `${text === STORED_PASSWORD ? 'The client secret' : text} is not known before a deploy: enter the value itself, or deploy first.`,
    { path },
  );
}
