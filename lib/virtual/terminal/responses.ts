import { definitions } from '../../protocol/schema.ts';
import { poiTimestamp } from '../../protocol/timestamps.ts';
import type { Message, MessageHeader, Nexo } from '../../protocol/types.ts';

/** The answer to a request: a nexo message, HTTP 204, or a fault. */
export type TerminalAnswer =
  | { type: 'message'; message: Message }
  | { type: 'empty' }
  /** The connection ends without an answer. */
  | { type: 'drop' }
  /** The first half of a message. */
  | { type: 'truncated'; message: Message }
  /** Any other HTTP response. */
  | { type: 'bytes'; status: number; contentType: string; body: Uint8Array };

export type Respond = (answer: TerminalAnswer) => void;

type ResponseBodies = Omit<Nexo<'SaleToPOIResponse'>, 'MessageHeader' | 'SecurityTrailer'>;
type Request = Nexo<'SaleToPOIRequest'>;

/** The response to the request with this header. As in the samples, only Login and TransactionStatus have the version. */
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

/** The Response of a refusal. */
export function failedResponse(condition: Nexo<'ErrorCondition'>, text: string): Nexo<'Response'> {
  return { Result: 'Failure', ErrorCondition: condition, AdditionalResponse: text };
}

/**
 * The refusal of a request, in the format of its category; HTTP 204 where the category has no response.
 *
 * @param poiData called for categories whose response requires a POITransactionID
 */
export function refusal(request: Request, Response: Nexo<'Response'>, poiData: () => Nexo<'POIData'>): TerminalAnswer {
  const bodies = refusalBody(request, Response, poiData);
  return bodies ? { type: 'message', message: response(request.MessageHeader, bodies) } : { type: 'empty' };
}

/** Values of required fields that the request does not have: no reconciliation period, a card error, an empty report. */
const REQUIRED_DEFAULTS: Readonly<Record<string, unknown>> = {
  POIReconciliationID: '0',
  CardStatusWords: 'bwA=',
  ReportFullSize: 0,
  BlockStart: 0,
  BlockStop: 0,
};

const schemaTable: Readonly<Record<string, { type?: string; required?: readonly string[] }>> = definitions;

/** The response with its required fields only, for any message of the schema table. */
function refusalBody(
  request: Request,
  Response: Nexo<'Response'>,
  poiData: () => Nexo<'POIData'>,
): ResponseBodies | undefined {
  if (isDeviceRequest(request)) return deviceResponse(request, Response);
  const { MessageHeader: _, SecurityTrailer: __, ...bodies } = request;
  const [name, body] = Object.entries(bodies)[0] ?? [];
  if (name === undefined || !name.endsWith('Request')) return undefined;
  const reply = name.replace(/Request$/, 'Response');
  const shape = schemaTable[reply];
  // An Abort has no response of its own.
  if (shape === undefined) return undefined;
  const fields: Record<string, unknown> = body ?? {};
  const required = (shape.required ?? []).map((field) => {
    if (field === 'Response') return [field, Response];
    if (field === 'SaleData') return [field, echoedSaleData(fields.SaleData as Nexo<'SaleData'>)];
    if (field === 'POIData') return [field, poiData()];
    return [field, fields[field] ?? REQUIRED_DEFAULTS[field]];
  });
  return { [reply]: Object.fromEntries(required) };
}

/** Requests whose response has nested results, or is not always required. */
function isDeviceRequest({ DisplayRequest, PrintRequest, InputRequest }: Request): boolean {
  return (DisplayRequest ?? PrintRequest ?? InputRequest) !== undefined;
}

/** POIData of a refusal without a transaction number. */
export function noTransaction(): Nexo<'POIData'> {
  return { POITransactionID: { TransactionID: '0', TimeStamp: poiTimestamp(0) } };
}

/** The response to a device request, with its nested results; undefined where none is required. */
export function deviceResponse(request: Request, Response: Nexo<'Response'>): ResponseBodies | undefined {
  if (request.DisplayRequest) {
    const outputs = request.DisplayRequest.DisplayOutput.filter((output) => output.ResponseRequiredFlag !== false);
    if (outputs.length === 0) return undefined;
    return {
      DisplayResponse: {
        OutputResult: outputs.map(({ Device, InfoQualify }) => ({ Device, InfoQualify, Response })),
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

/** The SaleData of a response: the SaleTransactionID of the request. */
export function echoedSaleData(data: Nexo<'SaleData'>): Nexo<'SaleData'> {
  return { SaleTransactionID: data.SaleTransactionID };
}

/** The Response of a response message; in some categories it is nested. */
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
