import type { Node, NodeAPI } from 'node-red';
import { NexoError } from '../../lib/protocol/errors.ts';
import { type PairingOptions, pair } from '../../lib/transport/cloud/pairing.ts';
import { accessOf, type CloudCredentials, type CloudDef } from './cloud-settings.ts';

/** A `nexo-terminal` as it is deployed: its settings, environment variables put in. */
export interface CloudNode extends Node<CloudCredentials> {
  cloud?: CloudDef;
}

/** What Node-RED’s editor shows in place of a password it does not know. */
const KEPT = '__PWRD__';
const VARIABLE = /^\$\{[^}]+\}$/;
const FIELDS = ['baseUrl', 'tokenUrl', 'scope', 'clientId', 'clientSecret', 'pairingPath', 'pairingBody'] as const;

type Fields = Record<(typeof FIELDS)[number], string>;

/**
 * Gives the terminal’s dialog its Pair button: POST `/nexo-terminal/pair` with the dialog’s fields, the terminal’s `id` and
 * the `code` answers `{ channelId }`, or 422 with `{ code, message, path }`. Secrets go in, and never come out.
 */
export function offerPairing(RED: NodeAPI): void {
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
  // A secret that is kept goes only where it goes already: whoever may edit must not get it sent somewhere else.
  const secretKept = body.clientSecret === KEPT || VARIABLE.test(String(body.clientSecret ?? ''));
  const moved = (['baseUrl', 'tokenUrl', 'clientId'] as const).some((name) => fields[name] !== (kept[name] ?? ''));
  if (secretKept && moved) {
    throw new NexoError(
      'cloud_secret_needed',
      'Another address or client id needs the client secret anew: enter it once more, or deploy first.',
      { path: 'clientSecret' },
    );
  }
  const code = typeof body.code === 'string' ? body.code : '';
  return { ...accessOf(fields), path: fields.pairingPath, body: fields.pairingBody, code };
}

/** A field of the dialog; what the dialog does not know, a kept password or a variable, is as it is deployed. */
function fieldOf(value: unknown, kept: string | undefined, path: string): string {
  const text = typeof value === 'string' ? value.trim() : '';
  if (text !== KEPT && !VARIABLE.test(text)) return text;
  if (kept !== undefined && kept !== '') return kept;
  throw new NexoError(
    'cloud_secret_needed',
    `${text === KEPT ? 'The client secret' : text} is not known before a deploy: enter the value itself, or deploy first.`,
    { path },
  );
}
