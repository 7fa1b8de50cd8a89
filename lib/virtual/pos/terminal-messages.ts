import type { Message, MessageHeader, Nexo } from '../../protocol/types.ts';
import type { TextKind } from '../customer/display-texts.ts';

/** The header fields of a terminal's message. A device request has both ids; an event has a ServiceID only. */
export interface MessageSender {
  poiId: string;
  saleId: string;
  serviceId: string;
  deviceId: string;
}

/** An EventNotification's contents. */
export interface TerminalEvent {
  name: Nexo<'EventToNotify'>;
  details?: string;
  maintenanceRequired?: boolean;
  /** Only of a Reject: the rejected message in base64. */
  rejected?: string;
}

/** A text for the cashier. @param responseRequired the POS has to answer with a DisplayResponse; otherwise with HTTP 204 */
export function displayRequest(from: MessageSender, kind: TextKind, text: string, responseRequired: boolean): Message {
  return request(from, 'Display', {
    DisplayRequest: {
      DisplayOutput: [
        {
          ResponseRequiredFlag: responseRequired,
          Device: 'CashierDisplay',
          InfoQualify: kind,
          OutputContent: { OutputFormat: 'Text', OutputText: [{ Text: text }] },
        },
      ],
    },
  });
}

/** A receipt for the POS to print. @param responseRequired as for a display @param signed the customer has to sign it */
export function printRequest(
  from: MessageSender,
  receipt: Nexo<'PaymentReceipt'>,
  responseRequired: boolean,
  signed: boolean,
): Message {
  return request(from, 'Print', {
    PrintRequest: {
      PrintOutput: {
        DocumentQualifier: receipt.DocumentQualifier,
        ResponseMode: responseRequired ? 'PrintEnd' : 'NotRequired',
        ...(signed ? { RequiredSignatureFlag: true } : {}),
        OutputContent: receipt.OutputContent,
      },
    },
  });
}

/** A yes/no question to the cashier. @param limit milliseconds until the terminal stops waiting */
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

/** An event. @param time its time in the POS's time zone */
export function eventNotification(from: MessageSender, event: TerminalEvent, time: string): Message {
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

/**
 * "Address of Terminal Sent To POS": a TransmitRequest without ids and with an empty SaleID. Its DestinationAddress only
 * marks it as such a message.
 */
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

/** The answer to the question with this DeviceID; undefined where the message is not its response. */
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
