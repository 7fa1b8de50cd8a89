import { definitions } from '../../protocol/schema.ts';
import { poiTimestamp } from '../../protocol/timestamps.ts';
import type { Message, MessageHeader, Nexo } from '../../protocol/types.ts';

/** What a terminal does with a request: a nexo message, HTTP 204, or something that should not happen. */
export type TerminalAnswer =
  | { type: 'message'; message: Message }
  | { type: 'empty' }
  /** The connection ends without an answer. */
  | { type: 'drop' }
  /** The first half of a message. */
  | { type: 'truncated'; message: Message }
  /** Anything else over HTTP. */
  | { type: 'bytes'; status: number; contentType: string; body: Uint8Array };

export type Respond = (answer: TerminalAnswer) => void;

type ResponseBodies = Omit<Nexo<'SaleToPOIResponse'>, 'MessageHeader' | 'SecurityTrailer'>;
type Request = Nexo<'SaleToPOIRequest'>;

/** A response to the request with this header. Only logins and status answers carry the version, as in the samples. */
export function response(header: MessageHeader, bodies: ResponseBodies): Message {
  const versioned = header.MessageCategory === 'Login' || header.MessageCategory === 'TransactionStatus';
  return {
    SaleToPOIResponse: {
      MessageHeader: {
        ...(versioned ? { ProtocolVersion: '3.1' } : {}),
        MessageClass: header.MessageClass,
        MessageCategory: header.MessageCategory,
        MessageType: 'Response',
        ...(header.ServiceID === undefined ? {} : { ServiceID: header.ServiceID }),
        ...(header.DeviceID === undefined ? {} : { DeviceID: header.DeviceID }),
        SaleID: header.SaleID,
        POIID: header.POIID,
      },
      ...bodies,
    },
  };
}

export function failedResponse(condition: Nexo<'ErrorCondition'>, text: string): Nexo<'Response'> {
  return { Result: 'Failure', ErrorCondition: condition, AdditionalResponse: text };
}

/**
 * The refusal of a request, in the shape its category has.
 *
 * @param poiData for the categories whose responses always name a transaction of the terminal
 */
export function refusal(request: Request, Response: Nexo<'Response'>, poiData: () => Nexo<'POIData'>): TerminalAnswer {
  const bodies = refusalBody(request, Response, poiData);
  return bodies ? { type: 'message', message: response(request.MessageHeader, bodies) } : { type: 'empty' };
}

/** What a response has to hold beside its result, where the request does not say it: no period, an error of the card. */
const EMPTY: Readonly<Record<string, unknown>> = { POIReconciliationID: '0', CardStatusWords: 'bwA=' };

const table: Readonly<Record<string, { type?: string; required?: readonly string[] }>> = definitions;

/** Whatever message the table has is answered: with what its response requires, and nothing more. */
function refusalBody(
  request: Request,
  Response: Nexo<'Response'>,
  poiData: () => Nexo<'POIData'>,
): ResponseBodies | undefined {
  if (isDialog(request)) return deviceBody(request, Response);
  const { MessageHeader: _, SecurityTrailer: __, ...bodies } = request;
  const [name, given] = Object.entries(bodies)[0] ?? [];
  if (name === undefined || !name.endsWith('Request')) return undefined;
  const reply = name.replace(/Request$/, 'Response');
  const shape = table[reply];
  // An Abort has no response of its own.
  if (shape === undefined) return undefined;
  const fields: Record<string, unknown> = given ?? {};
  const required = (shape.required ?? []).map((field) => {
    if (field === 'Response') return [field, Response];
    if (field === 'SaleData') return [field, echoed(fields.SaleData as Nexo<'SaleData'>)];
    if (field === 'POIData') return [field, poiData()];
    return [field, fields[field] ?? EMPTY[field]];
  });
  return { [reply]: Object.fromEntries(required) };
}

/** Requests whose response has its result inside, or is not always wanted. */
function isDialog({ DisplayRequest, PrintRequest, InputRequest }: Request): boolean {
  return (DisplayRequest ?? PrintRequest ?? InputRequest) !== undefined;
}

/** For a refusal that used up no number of the terminal. */
export function noTransaction(): Nexo<'POIData'> {
  return { POITransactionID: { TransactionID: '0', TimeStamp: poiTimestamp(0) } };
}

/** Device requests have their result inside what they were for. */
export function deviceBody(request: Request, Response: Nexo<'Response'>): ResponseBodies | undefined {
  if (request.DisplayRequest) {
    const asked = request.DisplayRequest.DisplayOutput.filter((output) => output.ResponseRequiredFlag !== false);
    if (asked.length === 0) return undefined;
    return {
      DisplayResponse: {
        OutputResult: asked.map(({ Device, InfoQualify }) => ({ Device, InfoQualify, Response })),
      },
    };
  }
  if (request.PrintRequest) {
    const { DocumentQualifier, ResponseMode } = request.PrintRequest.PrintOutput;
    return ResponseMode === 'NotRequired' ? undefined : { PrintResponse: { DocumentQualifier, Response } };
  }
  if (request.InputRequest) {
    const { Device, InfoQualify } = request.InputRequest.InputData;
    return { InputResponse: { InputResult: { Device, InfoQualify, Response } } };
  }
  return undefined;
}

/** The SaleData of a response: what identifies the sale, copied as it came. */
export function echoed(data: Nexo<'SaleData'>): Nexo<'SaleData'> {
  return { SaleTransactionID: data.SaleTransactionID };
}

/** The Response of a response message, wherever its category keeps it. */
export function resultOf(message: Message): Nexo<'Response'> | undefined {
  if (!('SaleToPOIResponse' in message)) return undefined;
  const { MessageHeader: _, SecurityTrailer: __, ...bodies } = message.SaleToPOIResponse;
  const [body] = Object.values(bodies) as {
    Response?: Nexo<'Response'>;
    OutputResult?: unknown;
    InputResult?: unknown;
  }[];
  if (body?.Response) return body.Response;
  const input = message.SaleToPOIResponse.InputResponse?.InputResult.Response;
  return input ?? message.SaleToPOIResponse.DisplayResponse?.OutputResult[0]?.Response;
}
