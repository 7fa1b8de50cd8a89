import type { Message, Nexo } from '../../lib/protocol/types.ts';

/** Requests as a POS sends them, in decoded form. `id` is the ServiceID. */
export interface Header {
  id: string;
  saleId?: string;
  poiId?: string;
}

const TIME = '2023-08-24T17:03:37+02:00';

export function login(header: Header): Message {
  return request(header, 'Login', {
    LoginRequest: {
      OperatorLanguage: 'sv',
      DateTime: TIME,
      SaleSoftware: { ProviderIdentification: 'Demo', ApplicationName: 'Test', SoftwareVersion: '1.0' },
      SaleTerminalData: { TerminalEnvironment: 'Attended', SaleCapabilities: ['PrinterReceipt'] },
    },
  });
}

export function logout(header: Header): Message {
  return request(header, 'Logout', { LogoutRequest: {} });
}

export function payment(
  header: Header,
  amount: string,
  options: {
    transactionId?: string;
    type?: string;
    currency?: string;
    cashBack?: string;
    instrument?: Nexo<'PaymentInstrumentData'>;
  } = {},
): Message {
  return request(header, 'Payment', {
    PaymentRequest: {
      SaleData: {
        TokenRequestedType: 'Customer',
        SaleTransactionID: { TransactionID: options.transactionId ?? `T${header.id}`, TimeStamp: TIME },
      },
      PaymentTransaction: {
        AmountsReq: {
          Currency: options.currency ?? 'SEK',
          RequestedAmount: amount,
          CashBackAmount: options.cashBack ?? '0',
        },
      },
      PaymentData: {
        PaymentType: options.type ?? 'Normal',
        ...(options.instrument ? { PaymentInstrumentData: options.instrument } : {}),
      },
    },
  });
}

export function reversal(header: Header, original: Nexo<'TransactionIdentification'>): Message {
  return request(header, 'Reversal', {
    ReversalRequest: { ReversalReason: 'MerchantCancel', OriginalPOITransaction: { POITransactionID: original } },
  });
}

export function abort(header: Header, reference: Nexo<'MessageReference'>): Message {
  return request(header, 'Abort', { AbortRequest: { MessageReference: reference, AbortReason: 'Test' } });
}

export function status(header: Header, reference?: Nexo<'MessageReference'>): Message {
  return request(header, 'TransactionStatus', {
    TransactionStatusRequest: reference ? { MessageReference: reference } : {},
  });
}

export function enable(header: Header, action: 'StartTransaction' | 'AbortTransaction'): Message {
  return request(header, 'EnableService', {
    EnableServiceRequest: { TransactionAction: action, ServicesEnabled: ['CardAcquisition'] },
  });
}

export function cardAcquisition(header: Header): Message {
  return request(header, 'CardAcquisition', {
    CardAcquisitionRequest: {
      SaleData: {
        TokenRequestedType: 'Customer',
        SaleTransactionID: { TransactionID: `T${header.id}`, TimeStamp: TIME },
      },
      CardAcquisitionTransaction: { PaymentType: 'Normal', TotalAmount: '0' },
    },
  });
}

/** Any other request. */
export function request(
  header: Header,
  category: string,
  body: Omit<Nexo<'SaleToPOIRequest'>, 'MessageHeader'>,
  messageClass = 'Service',
): Message {
  return {
    SaleToPOIRequest: {
      MessageHeader: {
        ProtocolVersion: '3.1',
        MessageClass: messageClass,
        MessageCategory: category,
        MessageType: 'Request',
        ServiceID: header.id,
        ...(messageClass === 'Device' ? { DeviceID: header.id } : {}),
        SaleID: header.saleId ?? 'ECR1',
        POIID: header.poiId ?? 'A-POIID',
      },
      ...body,
    },
  };
}
