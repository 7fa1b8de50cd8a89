import { type SaxesAttributePlain, SaxesParser } from 'saxes';
import { messages } from '../../protocol/schema.ts';
import { poiTimestamp } from '../../protocol/timestamps.ts';
import type { MessageHeader, Nexo, RequestName } from '../../protocol/types.ts';

type Request = Nexo<'SaleToPOIRequest'>;
type Attributes = Record<string, string>;

/** Codes of `decode` for bytes that are no message at all. */
const NO_MESSAGE: ReadonlySet<string> = new Set(['too_large', 'empty', 'invalid_encoding', 'doctype_refused']);

/** Where a request names no device or document, a response that has to repeat it says this. */
const SKELETON = {
  DisplayRequest: { DisplayOutput: [{ Device: 'CustomerDisplay', InfoQualify: 'Display' }] },
  InputRequest: { InputData: { Device: 'CustomerInput', InfoQualify: 'Input' } },
  PrintRequest: { PrintOutput: { DocumentQualifier: 'SaleReceipt', ResponseMode: 'PrintEnd' } },
};

/**
 * What can be read of a request whose body cannot: enough to answer it in the category asked.
 *
 * @param code why it could not be decoded
 * @returns a request with its header and no more than a response repeats; undefined where the header cannot be read
 */
export function requestFrom(bytes: Uint8Array, code: string): Request | undefined {
  if (NO_MESSAGE.has(code)) return undefined;
  const { header, sale } = partsOf(bytes);
  const name = `${header?.MessageCategory}Request`;
  if (header === undefined || !isRequest(name) || header.MessageType !== 'Request') return undefined;
  const SaleTransactionID = {
    TransactionID: sale?.TransactionID || '0',
    TimeStamp: sale?.TimeStamp || poiTimestamp(0),
  };
  const body = { SaleData: { SaleTransactionID }, ...SKELETON[name as keyof typeof SKELETON] };
  // Not a whole request: a refusal reads no more of it than this.
  return { MessageHeader: headerOf(header, messages[name].class), [name]: body } as unknown as Request;
}

function isRequest(name: string): name is RequestName {
  return Object.hasOwn(messages, name);
}

function headerOf(found: Attributes, MessageClass: MessageHeader['MessageClass']): MessageHeader {
  const { MessageCategory = '', ServiceID, DeviceID, SaleID = '', POIID = '' } = found;
  return {
    MessageClass,
    MessageCategory,
    MessageType: 'Request',
    ...(ServiceID ? { ServiceID } : {}),
    ...(DeviceID ? { DeviceID } : {}),
    SaleID,
    POIID,
  };
}

/** The attributes of MessageHeader and of SaleTransactionID, as far as the XML can be read. */
function partsOf(bytes: Uint8Array): { header?: Attributes; sale?: Attributes } {
  const parts: { header?: Attributes; sale?: Attributes } = {};
  const path: string[] = [];
  const parser = new SaxesParser();
  let broken = false;
  parser.on('error', () => {
    broken = true;
  });
  parser.on('opentag', ({ name, attributes }) => {
    path.push(name);
    if (broken || path[0] !== 'SaleToPOIRequest') return;
    const found = attributes as Record<string, SaxesAttributePlain['value']>;
    if (path.length === 2 && name === 'MessageHeader') parts.header ??= found;
    if (name === 'SaleTransactionID') parts.sale ??= found;
  });
  parser.on('closetag', () => path.pop());
  parser.write(new TextDecoder().decode(bytes)).close();
  return parts;
}
