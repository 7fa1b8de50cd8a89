import type { Message, MessageHeader, Nexo, SaleToPOIRequest, SaleToPOIResponse } from '../protocol/types.ts';

/** What a flow answers the terminal with: yes, no, or what was typed. */
export type ReplyValue = boolean | string;

type Result = Nexo<'Response'>;
const SUCCESS: Result = { Result: 'Success' };

/** The response to a print or input request with what the flow said; undefined where the value does not fit it. */
export function replyTo(request: SaleToPOIRequest, value: ReplyValue): Message | undefined {
  if (request.PrintRequest) return typeof value === 'boolean' ? printed(request, value) : undefined;
  const input = request.InputRequest && inputFor(request.InputRequest.InputData, value);
  return input && inputResponse(request, SUCCESS, input);
}

/**
 * The response where nobody answers: what was to be printed was not, what was to be confirmed is refused (a signature
 * above all), what was to be typed was not.
 */
export function safeReply(request: SaleToPOIRequest): Message {
  if (request.PrintRequest) return printed(request, false);
  const command = request.InputRequest?.InputData.InputCommand;
  if (command === 'GetConfirmation') {
    return inputResponse(request, SUCCESS, { InputCommand: command, ConfirmedFlag: false });
  }
  return inputResponse(request, { Result: 'Failure', ErrorCondition: 'Cancel', AdditionalResponse: 'Nobody answered' });
}

/** The response to what is only shown or told. */
export function acknowledged(request: SaleToPOIRequest): Message | undefined {
  const outputs = request.DisplayRequest?.DisplayOutput;
  if (outputs === undefined) return undefined;
  const OutputResult = outputs.map(({ Device, InfoQualify }) => ({ Device, InfoQualify, Response: SUCCESS }));
  return respond(request.MessageHeader, { DisplayResponse: { OutputResult } });
}

/** Whether the terminal waits for an answer. */
export function wantsAnswer(request: SaleToPOIRequest): boolean {
  if (request.InputRequest) return true;
  if (request.PrintRequest) return request.PrintRequest.PrintOutput.ResponseMode !== 'NotRequired';
  return request.DisplayRequest?.DisplayOutput.some((output) => output.ResponseRequiredFlag === true) ?? false;
}

function printed(request: SaleToPOIRequest, done: boolean): Message {
  const DocumentQualifier = request.PrintRequest?.PrintOutput.DocumentQualifier ?? 'Document';
  const Response: Result = done
    ? SUCCESS
    : { Result: 'Failure', ErrorCondition: 'DeviceOut', AdditionalResponse: 'It was not printed' };
  return respond(request.MessageHeader, { PrintResponse: { DocumentQualifier, Response } });
}

function inputFor(data: Nexo<'InputData'>, value: ReplyValue): Nexo<'Input'> | undefined {
  const { InputCommand } = data;
  if (InputCommand === 'GetConfirmation') {
    return typeof value === 'boolean' ? { InputCommand, ConfirmedFlag: value } : undefined;
  }
  if (typeof value !== 'string') return undefined;
  const { MinLength = 0, MaxLength = Number.POSITIVE_INFINITY } = data;
  if (value.length < MinLength || value.length > MaxLength) return undefined;
  if (InputCommand === 'DigitString' || InputCommand === 'DecimalString') {
    return /^\d*$/.test(value) ? { InputCommand, DigitInput: value } : undefined;
  }
  return { InputCommand, TextInput: value };
}

function inputResponse(request: SaleToPOIRequest, Response: Result, Input?: Nexo<'Input'>): Message {
  const { DisplayOutput, InputData } = request.InputRequest ?? {};
  const shown = DisplayOutput && { Device: DisplayOutput.Device, InfoQualify: DisplayOutput.InfoQualify };
  return respond(request.MessageHeader, {
    InputResponse: {
      ...(shown && { OutputResult: { ...shown, Response: SUCCESS } }),
      InputResult: {
        Device: InputData?.Device ?? 'CashierInput',
        InfoQualify: InputData?.InfoQualify ?? 'Input',
        Response,
        ...(Input && { Input }),
      },
    },
  });
}

function respond(header: MessageHeader, body: Omit<SaleToPOIResponse, 'MessageHeader'>): Message {
  return { SaleToPOIResponse: { MessageHeader: { ...header, MessageType: 'Response' }, ...body } };
}
