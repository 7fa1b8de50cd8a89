import { NexoError } from './errors.ts';
import { definitions, messages } from './schema.ts';
import type { Message, MessageHeader, Nexo, ResponseName, SaleToPOIRequest } from './types.ts';

type Result = Nexo<'Response'>;
type InputRequest = Nexo<'InputRequest'>;

const SUCCESS: Result = { Result: 'Success' };

/** The requests and notifications that a terminal sends to a POS. */
const FROM_TERMINALS: ReadonlySet<string> = new Set([
  'DisplayRequest',
  'PrintRequest',
  'InputRequest',
  'TransmitRequest',
  'EventNotification',
]);

export function isFromTerminal(body: string): boolean {
  return FROM_TERMINALS.has(body);
}

/**
 * Whether the terminal asks for a nexo response. A display does by ResponseRequiredFlag (default true), a print by
 * ResponseMode. Input and Transmit requests always do, events never.
 */
export function wantsResponse(message: Message): boolean {
  if (!('SaleToPOIRequest' in message)) return false;
  const { DisplayRequest, PrintRequest, MessageHeader } = message.SaleToPOIRequest;
  if (DisplayRequest) return DisplayRequest.DisplayOutput.some((output) => output.ResponseRequiredFlag !== false);
  if (PrintRequest) return PrintRequest.PrintOutput.ResponseMode !== 'NotRequired';
  return MessageHeader.MessageType === 'Request';
}

/**
 * The success response to a Display, Print or Transmit request.
 * @returns undefined for any other message: an Input needs a value, an event has no response
 */
export function success(message: Message): Message | undefined {
  const request = requestOf(message);
  if (request?.DisplayRequest) return displayed(request, request.DisplayRequest, SUCCESS);
  if (request?.PrintRequest) return printed(request, request.PrintRequest, SUCCESS);
  if (request?.TransmitRequest) return respond(request, 'TransmitResponse', { Response: SUCCESS });
  return undefined;
}

/**
 * The failure response to a request.
 *
 * @param condition an ErrorCondition of nexo's list
 * @param text AdditionalResponse: for people, without anything of the request's content
 * @param shown whether the text of an Input request was displayed all the same
 * @returns undefined where the category has no response, or one that cannot be given without a transaction (Payment)
 */
export function failure(message: Message, condition: string, text: string, shown = false): Message | undefined {
  const result: Result = { Result: 'Failure', ErrorCondition: condition, AdditionalResponse: text };
  const request = requestOf(message);
  if (request === undefined) return undefined;
  if (request.DisplayRequest) return displayed(request, request.DisplayRequest, result);
  if (request.PrintRequest) return printed(request, request.PrintRequest, result);
  if (request.InputRequest) return entered(request, request.InputRequest, shown ? SUCCESS : result, result);
  const name = `${request.MessageHeader.MessageCategory}Response`;
  return isPlain(name) ? respond(request, name, { Response: result }) : undefined;
}

/**
 * The response to an Input request, with the value that was entered.
 *
 * @param value true or false for GetConfirmation; text for DigitString (digits only), TextString and DecimalString; the
 *   number as text for GetMenuEntry (from 1) and GetFunctionKey; anything for GetAnyKey
 * @throws NexoError `wrong_answer` if the value does not fit the command; `not_an_input`
 */
export function inputAnswer(message: Message, value: boolean | string): Message {
  const request = requestOf(message);
  if (!request?.InputRequest) {
    throw new NexoError('not_an_input', 'Only an Input request is answered with a value; this is something else.');
  }
  const Input = inputOf(request.InputRequest.InputData, value);
  return entered(request, request.InputRequest, SUCCESS, SUCCESS, Input);
}

function requestOf(message: Message): SaleToPOIRequest | undefined {
  return 'SaleToPOIRequest' in message ? message.SaleToPOIRequest : undefined;
}

/** Responses that need nothing but a Response. */
function isPlain(name: string): name is ResponseName {
  if (!Object.hasOwn(messages, name)) return false;
  const { required } = definitions[name as ResponseName];
  return required.length === 1 && required[0] === 'Response';
}

/** One OutputResult per DisplayOutput, in the same order. */
function displayed(request: SaleToPOIRequest, display: Nexo<'DisplayRequest'>, result: Result): Message {
  return respond(request, 'DisplayResponse', {
    OutputResult: display.DisplayOutput.map((output) => outputResult(output, result)),
  });
}

function printed(request: SaleToPOIRequest, print: Nexo<'PrintRequest'>, result: Result): Message {
  const { DocumentQualifier } = print.PrintOutput;
  return respond(request, 'PrintResponse', { DocumentQualifier, Response: result });
}

/** Has an OutputResult if the request has a text to display. */
function entered(
  request: SaleToPOIRequest,
  asked: InputRequest,
  shown: Result,
  result: Result,
  input?: Nexo<'Input'>,
): Message {
  const { Device, InfoQualify } = asked.InputData;
  return respond(request, 'InputResponse', {
    ...(asked.DisplayOutput ? { OutputResult: outputResult(asked.DisplayOutput, shown) } : {}),
    InputResult: { Device, InfoQualify, Response: result, ...(input ? { Input: input } : {}) },
  });
}

function outputResult({ Device, InfoQualify }: Nexo<'DisplayOutput'>, result: Result): Nexo<'OutputResult'> {
  return { Device, InfoQualify, Response: result };
}

/** Repeats the request's ids as they are, empty or absent ones included. */
function respond<Name extends ResponseName>(request: SaleToPOIRequest, name: Name, body: Nexo<Name>): Message {
  const { ServiceID, DeviceID, SaleID, POIID } = request.MessageHeader;
  const { class: MessageClass, category: MessageCategory, type: MessageType } = messages[name];
  const header: MessageHeader = { MessageClass, MessageCategory, MessageType, SaleID, POIID };
  if (ServiceID !== undefined) header.ServiceID = ServiceID;
  if (DeviceID !== undefined) header.DeviceID = DeviceID;
  return { SaleToPOIResponse: { MessageHeader: header, [name]: body } };
}

function inputOf(data: Nexo<'InputData'>, value: boolean | string): Nexo<'Input'> {
  const { InputCommand } = data;
  if (InputCommand === 'GetConfirmation' || InputCommand === 'SiteManager') {
    if (typeof value === 'boolean') return { InputCommand, ConfirmedFlag: value };
    throw wrong(`${InputCommand} is answered true or false`);
  }
  if (InputCommand === 'GetAnyKey') return { InputCommand };
  if (typeof value !== 'string') throw wrong(`${InputCommand} is answered with a text, not true or false`);
  checkLength(data, value);
  switch (InputCommand) {
    case 'DigitString':
      if (/^\d*$/.test(value)) return { InputCommand, DigitInput: value };
      throw wrong('DigitString is answered with digits only');
    case 'TextString':
    case 'DecimalString':
      return { InputCommand, TextInput: value };
    case 'GetFunctionKey':
      if (/^\d+$/.test(value)) return { InputCommand, FunctionKey: value };
      throw wrong('GetFunctionKey is answered with the key’s number');
    case 'GetMenuEntry':
      if (/^[1-9]\d{0,8}$/.test(value)) return { InputCommand, MenuEntryNumber: Number(value) };
      throw wrong('GetMenuEntry is answered with the entry’s number, from 1');
    default:
      throw wrong(`${InputCommand} cannot be answered from a flow`);
  }
}

function checkLength({ MinLength, MaxLength }: Nexo<'InputData'>, value: string): void {
  if (MinLength !== undefined && value.length < MinLength) {
    throw wrong(`the terminal asks for at least ${MinLength} characters`);
  }
  if (MaxLength !== undefined && value.length > MaxLength) {
    throw wrong(`the terminal takes at most ${MaxLength} characters`);
  }
}

function wrong(what: string): NexoError {
  return new NexoError('wrong_answer', `The answer does not fit: ${what}.`, { path: 'payload' });
}
