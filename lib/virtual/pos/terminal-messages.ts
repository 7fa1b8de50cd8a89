import type { Message, MessageHeader, Nexo } from '../../protocol/types.ts';
import type { TextKind } from '../customer/display-texts.ts';

/** Who says it, and its numbers. A request of the Device class has both; an event has a ServiceID alone. */
export interface MessageSender {
  poiId: string;
  saleId: string;
  serviceId: string;
  deviceId: string;
}

/** An event a terminal reports, with what belongs to it. */
export interface Event {
  name: Nexo<'EventToNotify'>;
  details?: string;
  maintenanceRequired?: boolean;
  /** Of a Reject: the message, base64. */
  rejected?: string;
}

/** A text for the cashier. @param answer whether the POS has to answer with a DisplayResponse, or with HTTP 204 */
export function displayRequest(from: MessageSender, kind: TextKind, text: string, answer: boolean): Message {
  return request(from, 'Display', {
    DisplayRequest: {
      DisplayOutput: [
        {
          ResponseRequiredFlag: answer,
          Device: 'CashierDisplay',
          InfoQualify: kind,
          OutputContent: { OutputFormat: 'Text', OutputText: [{ Text: text }] },
        },
      ],
    },
  });
}

/** A receipt for the POS to print. @param answer as for a display @param signed whether it is for the customer to sign */
export function printRequest(
  from: MessageSender,
  receipt: Nexo<'PaymentReceipt'>,
  answer: boolean,
  signed: boolean,
): Message {
  return request(from, 'Print', {
    PrintRequest: {
      PrintOutput: {
        DocumentQualifier: receipt.DocumentQualifier,
        ResponseMode: answer ? 'PrintEnd' : 'NotRequired',
        ...(signed ? { RequiredSignatureFlag: true } : {}),
        OutputContent: receipt.OutputContent,
      },
    },
  });
}

/** A question with yes or no to the cashier. @param limit milliseconds until the terminal stops waiting */
export function confirmationRequest(from: MessageSender, question: string, limit: number): Message {
  return request(from, 'Input', {
    InputRequest: {
      DisplayOutput: {
        Device: 'CashierDisplay',
        InfoQualify: 'Display',
        OutputContent: { OutputFormat: 'Text', OutputText: [{ Text: question }] },
      },
      InputData: {
        Device: 'CashierInput',
        InfoQualify: 'Input',
        InputCommand: 'GetConfirmation',
        MaxInputTime: Math.ceil(limit / 1000),
      },
    },
  });
}

/** @param time when it happened, in the POS's local time */
export function eventNotification(from: MessageSender, event: Event, time: string): Message {
  return {
    SaleToPOIRequest: {
      MessageHeader: {
        MessageClass: 'Event',
        MessageCategory: 'Event',
        MessageType: 'Notification',
        ServiceID: from.serviceId,
        SaleID: from.saleId,
        POIID: from.poiId,
      },
      EventNotification: {
        TimeStamp: time,
        EventToNotify: event.name,
        ...(event.maintenanceRequired === undefined ? {} : { MaintenanceRequiredFlag: event.maintenanceRequired }),
        ...(event.details === undefined ? {} : { EventDetails: event.details }),
        ...(event.rejected === undefined ? {} : { RejectedMessage: event.rejected }),
      },
    },
  };
}

/** "Address of Terminal Sent To POS": no numbers, an empty SaleID, and an address that marks it and is not dialled. */
export function addressMessage(poiId: string, address: { ip: string; port: number }): Message {
  const configuration = {
    saleTerminalconfiguration: {
      messageVersion: '1.0.0',
      ipEndPoint: { ipV4Address: address.ip, ipPort: String(address.port) },
    },
  };
  return {
    SaleToPOIRequest: {
      MessageHeader: {
        MessageClass: 'Device',
        MessageCategory: 'Transmit',
        MessageType: 'Request',
        SaleID: '',
        POIID: poiId,
      },
      TransmitRequest: {
        DestinationAddress: '127.0.0.1:15022',
        MaximumTransmitTime: 30,
        Message: Buffer.from(JSON.stringify(configuration, null, 4)).toString('base64'),
      },
    },
  };
}

/** Whether a message says yes to the question with this DeviceID; undefined when it is about something else. */
export function confirmation(message: Message, deviceId: string): boolean | undefined {
  if (!('SaleToPOIResponse' in message)) return undefined;
  const { MessageHeader: header, InputResponse: body } = message.SaleToPOIResponse;
  if (!body || header?.DeviceID !== deviceId) return undefined;
  return body.InputResult?.Response?.Result === 'Success' && body.InputResult.Input?.ConfirmedFlag === true;
}

function request(
  from: MessageSender,
  category: string,
  body: Omit<Nexo<'SaleToPOIRequest'>, 'MessageHeader'>,
): Message {
  const header: MessageHeader = {
    MessageClass: 'Device',
    MessageCategory: category,
    MessageType: 'Request',
    ServiceID: from.serviceId,
    DeviceID: from.deviceId,
    SaleID: from.saleId,
    POIID: from.poiId,
  };
  return { SaleToPOIRequest: { MessageHeader: header, ...body } };
}
