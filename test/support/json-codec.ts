import type { Codec } from '../../lib/protocol/codec.ts';
import { NexoError } from '../../lib/protocol/errors.ts';
import { messages } from '../../lib/protocol/schema.ts';
import type { BodyName, Message } from '../../lib/protocol/types.ts';

/** A second dialect, to show what a codec has to do: the decoded form as JSON. It checks nothing. */
export const jsonCodec: Codec = {
  name: 'json',
  contentType: 'application/json',
  accepts: (type) => type === undefined || type.startsWith('application/json'),
  startsMessage: (text) => text.startsWith('{"SaleToPOI'),
  encode: (message) => Buffer.from(JSON.stringify(message)),
  decode(bytes) {
    const message = parse(bytes);
    const parts = 'SaleToPOIRequest' in message ? message.SaleToPOIRequest : message.SaleToPOIResponse;
    const body = Object.keys(parts).find((name): name is BodyName => Object.hasOwn(messages, name));
    if (body === undefined) throw new NexoError('no_body', 'The message holds no body.');
    return { message, header: parts.MessageHeader, body, ignored: [] };
  },
};

function parse(bytes: Uint8Array): Message {
  try {
    return JSON.parse(Buffer.from(bytes).toString()) as Message;
  } catch (cause) {
    throw new NexoError('not_nexo', 'The message is not JSON.', { cause });
  }
}
