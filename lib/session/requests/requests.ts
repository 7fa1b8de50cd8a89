import { fromMinor } from '../../protocol/amounts.ts';
import type { InboundMode, VendorProfile } from '../../protocol/profile.ts';
import { messages } from '../../protocol/schema.ts';
import { saleTimestamp } from '../../protocol/timestamps.ts';
import type { BodyName, Message, MessageHeader, Nexo, SaleToPOIRequest } from '../../protocol/types.ts';
import type { Now } from '../now.ts';
import type { Confidential } from '../payment/payment-secrets.ts';
import type { TransactionRecord } from '../record.ts';
import type { CardRequest, Operator } from './request-data.ts';

/** The sale system's identity at the terminal, which looks transactions up by SaleID and POIID: it survives restarts. */
export interface Identity {
  saleId: string;
  poiId: string;
  language: string;
  /**
   * The requests of its own that the terminal may send, which the login announces. Default `none`. Only with `all` it asks for
   * a signature itself.
   */
  inbound?: InboundMode;
  /** Values and rules of the terminal's vendor. */
  profile: VendorProfile;
  software: { ProviderIdentification: string; ApplicationName: string; SoftwareVersion: string };
}

type Category = MessageHeader['MessageCategory'];

/** A display, an input or a print on the terminal. */
export type DeviceBody =
  | { DisplayRequest: Nexo<'DisplayRequest'> }
  | { InputRequest: Nexo<'InputRequest'> }
  | { PrintRequest: Nexo<'PrintRequest'> };

/** A request body under its nexo name: `{ AdminRequest: { ServiceIdentification: '…' } }`. */
export type RequestBody = Omit<SaleToPOIRequest, 'MessageHeader' | 'SecurityTrailer'>;

function header(identity: Identity, serviceId: string, category: Category): MessageHeader {
  return {
    ProtocolVersion: '3.1',
    MessageClass: 'Service',
    MessageCategory: category,
    MessageType: 'Request',
    ServiceID: serviceId,
    SaleID: identity.saleId,
    POIID: identity.poiId,
  };
}

export function loginRequest(identity: Identity, serviceId: string, now: Now, operator: Operator = {}): Message {
  const { environment, capabilities, saleProfile } = identity.profile.login;
  return {
    SaleToPOIRequest: {
      MessageHeader: header(identity, serviceId, 'Login'),
      LoginRequest: {
        OperatorLanguage: identity.language,
        ...(operator.id !== undefined && { OperatorID: operator.id }),
        ...(operator.shift !== undefined && { ShiftNumber: operator.shift }),
        DateTime: saleTimestamp(now.ms, now.offset),
        SaleSoftware: identity.software,
        SaleTerminalData: {
          TerminalEnvironment: environment,
          SaleCapabilities: [...capabilities[identity.inbound ?? 'none']],
          SaleProfile: { ...saleProfile, ServiceProfiles: [...saleProfile.ServiceProfiles] },
        },
      },
    },
  };
}

export function logoutRequest(identity: Identity, serviceId: string, maintenanceAllowed: boolean): Message {
  return {
    SaleToPOIRequest: {
      MessageHeader: header(identity, serviceId, 'Logout'),
      LogoutRequest: { MaintenanceAllowed: maintenanceAllowed },
    },
  };
}

/** @param confidential what only the terminal may see; without it the message is safe for `msg` */
export function paymentRequest(identity: Identity, record: TransactionRecord, confidential?: Confidential): Message {
  return {
    SaleToPOIRequest: {
      MessageHeader: header(identity, record.serviceId, 'Payment'),
      PaymentRequest: {
        SaleData: {
          TokenRequestedType: identity.profile.tokenType,
          SaleTransactionID: { TransactionID: record.transactionId, TimeStamp: record.saleTimestamp },
          ...(confidential?.acquirerData !== undefined && { SaleToAcquirerData: confidential.acquirerData }),
        },
        PaymentTransaction: {
          AmountsReq: {
            Currency: record.currency,
            RequestedAmount: fromMinor(record.amount, record.currency),
            CashBackAmount: fromMinor(record.cashBack, record.currency),
          },
          ...originalOf(record),
          ...(record.saleItems && { SaleItem: record.saleItems }),
        },
        PaymentData: {
          PaymentType: record.paymentType,
          ...(record.splitPayment && { SplitPaymentFlag: true }),
          ...(record.acquisition && { CardAcquisitionReference: record.acquisition }),
          ...instrumentOf(record, confidential),
        },
      },
    },
  };
}

/** A refund with an alternative method names its payment. */
function originalOf({ paymentType, apmReference, saleTimestamp }: TransactionRecord) {
  if (paymentType !== 'Refund' || apmReference === undefined) return {};
  const HostTransactionID = { TransactionID: apmReference, TimeStamp: saleTimestamp };
  return { OriginalPOITransaction: { HostTransactionID } };
}

function instrumentOf(
  { paymentType, apmReference, keyed }: TransactionRecord,
  confidential?: Confidential,
): { PaymentInstrumentData?: Nexo<'PaymentInstrumentData'> } {
  if (paymentType === 'Refund' && apmReference !== undefined) {
    return { PaymentInstrumentData: { PaymentInstrumentType: 'Mobile' } };
  }
  if (!keyed) return {};
  const secret = confidential?.instrument;
  const CardData = { EntryMode: ['Keyed'], ...(secret && { SensitiveCardData: secret }) };
  return { PaymentInstrumentData: { PaymentInstrumentType: 'Card', CardData } };
}

/** Any request of the schema table, with the header that belongs to it. */
export function anyRequest(identity: Identity, id: string, name: BodyName, body: RequestBody): Message {
  const { class: MessageClass, category } = messages[name];
  const own = { ...header(identity, id, category), MessageClass, ...(MessageClass === 'Device' && { DeviceID: id }) };
  return { SaleToPOIRequest: { MessageHeader: own, ...body } };
}

/** Opens the state in which cards are read, or ends it (page *Advanced loyalty*). */
export function serviceRequest(action: 'StartTransaction' | 'AbortTransaction') {
  return (identity: Identity, serviceId: string): Message => ({
    SaleToPOIRequest: {
      MessageHeader: header(identity, serviceId, 'EnableService'),
      EnableServiceRequest: {
        TransactionAction: action,
        ...(action === 'StartTransaction' && { ServicesEnabled: ['CardAcquisition'] }),
      },
    },
  });
}

/** Reads a card. The amount is normally not known: zero, as in Swedbank Pay's samples. */
export function cardRequest({ transactionId, paymentType, totalAmount }: CardRequest, now: Now) {
  return (identity: Identity, serviceId: string): Message => ({
    SaleToPOIRequest: {
      MessageHeader: header(identity, serviceId, 'CardAcquisition'),
      CardAcquisitionRequest: {
        SaleData: {
          TokenRequestedType: identity.profile.tokenType,
          SaleTransactionID: { TransactionID: transactionId, TimeStamp: saleTimestamp(now.ms, now.offset) },
        },
        CardAcquisitionTransaction: { PaymentType: paymentType ?? 'Normal', TotalAmount: totalAmount ?? '0' },
      },
    },
  });
}

/** The text after which a terminal that has read a card continues with the PIN dialog. */
export function continueRequest() {
  return (identity: Identity, id: string): Message =>
    deviceRequest(identity, id, 'Display', {
      DisplayRequest: {
        DisplayOutput: [
          {
            Device: 'CustomerDisplay',
            InfoQualify: 'Display',
            OutputContent: { OutputFormat: 'Text', OutputText: [{ Text: identity.profile.continueText }] },
          },
        ],
      },
    });
}

/** A message of class Device. Its two ids are equal, as in Swedbank Pay's samples. */
export function deviceRequest(identity: Identity, id: string, category: Category, body: DeviceBody): Message {
  const own = { ...header(identity, id, category), MessageClass: 'Device', DeviceID: id };
  return { SaleToPOIRequest: { MessageHeader: own, ...body } };
}

/** Reverses the approved payment of `record`; its POITransactionID is sent as received. */
export function reversalRequest(identity: Identity, record: TransactionRecord): Message {
  const id = record.response?.PaymentResponse?.POIData?.POITransactionID;
  return {
    SaleToPOIRequest: {
      MessageHeader: header(identity, record.reversal?.serviceId ?? '', 'Reversal'),
      ReversalRequest: {
        ReversalReason: record.reversal?.reason ?? 'MerchantCancel',
        OriginalPOITransaction: {
          SaleID: identity.saleId,
          POIID: identity.poiId,
          ...(id && { POITransactionID: id }),
        },
      },
    },
  };
}

/** Asks to abort a request by its own ServiceID: any other would abort the wrong thing. */
export function abortRequest(identity: Identity, serviceId: string, category: Category, about: string): Message {
  return {
    SaleToPOIRequest: {
      MessageHeader: header(identity, serviceId, 'Abort'),
      AbortRequest: {
        MessageReference: reference(identity, category, about),
        AbortReason: identity.profile.abortReason,
      },
    },
  };
}

/** Asks for the outcome of one request by its ServiceID, or, without one, of the last transaction. */
export function statusRequest(
  identity: Identity,
  serviceId: string,
  about?: { category: Category; serviceId: string } | '',
): Message {
  return {
    SaleToPOIRequest: {
      MessageHeader: header(identity, serviceId, 'TransactionStatus'),
      TransactionStatusRequest: about ? { MessageReference: reference(identity, about.category, about.serviceId) } : {},
    },
  };
}

function reference(identity: Identity, category: Category, serviceId: string): Nexo<'MessageReference'> {
  return { MessageCategory: category, ServiceID: serviceId, SaleID: identity.saleId, POIID: identity.poiId };
}
