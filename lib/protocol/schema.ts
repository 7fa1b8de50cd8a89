/**
 * The one table of the wire: nexo Retailer (Sale to POI) 3.1 as JSON Schema, annotated with OpenAPI's `xml` keyword.
 *
 * TypeScript types, validation, the encoder, the decoder and the request node's list all come from here: a new nexo
 * message is one entry in `bodies`. Property order is the wire's element order, on which terminals insist.
 *
 * `message`: what the MessageHeader of this body says, and who may send it (`MessageEntry`).
 * `xml.attribute`: an XML attribute. `xml.text`: the element's own text (always called `Text`). `xml.list`: one value
 * with blanks between its codes. Decimals, times and binary are strings: nothing on the wire is ever a float.
 * Code lists are open in nexo: the decoder keeps unknown codes as text, the encoder sends listed ones, and a vendor's
 * own in nexo's form `vendor:Code` (`table.ts`).
 *
 * Facts: nexo Sale to POI 3.0 schema, the published 3.1 differences, and Swedbank Pay's `pax-terminal` pages.
 */

/** What a message body is: its MessageHeader's class, category and type. */
export interface MessageEntry {
  readonly class: 'Service' | 'Device' | 'Event';
  readonly category: string;
  readonly type: 'Request' | 'Response' | 'Notification';
  /** The palette node that sends it by its own rules: a request node does not. */
  readonly node?: string;
  /** It moves money, or what is worth money: without a record in the journal it is not sent. */
  readonly movesMoney?: boolean;
}

const bodies = {
  AbortRequest: {
    message: { class: 'Service', category: 'Abort', type: 'Request', node: 'nexo-abort' },
    type: 'object',
    properties: {
      MessageReference: { $ref: '#/$defs/MessageReference' },
      AbortReason: { type: 'string' },
      DisplayOutput: { $ref: '#/$defs/DisplayOutput' },
    },
    required: ['MessageReference', 'AbortReason'],
  },
  BalanceInquiryRequest: {
    message: { class: 'Service', category: 'BalanceInquiry', type: 'Request' },
    type: 'object',
    properties: {
      PaymentAccountReq: { $ref: '#/$defs/PaymentAccountReq' },
      LoyaltyAccountReq: { $ref: '#/$defs/LoyaltyAccountReq' },
    },
  },
  BatchRequest: {
    message: { class: 'Service', category: 'Batch', type: 'Request', movesMoney: true },
    type: 'object',
    properties: {
      RemoveAllFlag: { type: 'boolean', xml: { attribute: true } },
      TransactionToPerform: { type: 'array', items: { $ref: '#/$defs/TransactionToPerform' } },
    },
  },
  CardAcquisitionRequest: {
    message: { class: 'Service', category: 'CardAcquisition', type: 'Request', node: 'nexo-card' },
    type: 'object',
    properties: {
      SaleData: { $ref: '#/$defs/SaleData' },
      CardAcquisitionTransaction: { $ref: '#/$defs/CardAcquisitionTransaction' },
    },
    required: ['SaleData', 'CardAcquisitionTransaction'],
  },
  AdminRequest: {
    message: { class: 'Service', category: 'Admin', type: 'Request' },
    type: 'object',
    properties: {
      ServiceIdentification: { type: 'string' },
    },
  },
  DiagnosisRequest: {
    message: { class: 'Service', category: 'Diagnosis', type: 'Request' },
    type: 'object',
    properties: {
      POIID: { $ref: '#/$defs/POIID', xml: { attribute: true } },
      HostDiagnosisFlag: { type: 'boolean', xml: { attribute: true }, default: false },
      AcquirerID: { type: 'array', items: { $ref: '#/$defs/Digits' } },
    },
  },
  DisplayRequest: {
    message: { class: 'Device', category: 'Display', type: 'Request', node: 'nexo-display' },
    type: 'object',
    properties: {
      DisplayOutput: { type: 'array', items: { $ref: '#/$defs/DisplayOutput' }, minItems: 1 },
    },
    required: ['DisplayOutput'],
  },
  EnableServiceRequest: {
    message: { class: 'Service', category: 'EnableService', type: 'Request', node: 'nexo-card' },
    type: 'object',
    properties: {
      TransactionAction: { $ref: '#/$defs/TransactionAction', xml: { attribute: true } },
      ServicesEnabled: { type: 'array', items: { $ref: '#/$defs/ServicesEnabled' }, xml: { list: true } },
      DisplayOutput: { $ref: '#/$defs/DisplayOutput' },
    },
    required: ['TransactionAction'],
  },
  EventNotification: {
    message: { class: 'Event', category: 'Event', type: 'Notification' },
    type: 'object',
    properties: {
      TimeStamp: { $ref: '#/$defs/DateTime', xml: { attribute: true } },
      EventToNotify: { $ref: '#/$defs/EventToNotify', xml: { attribute: true } },
      MaintenanceRequiredFlag: { type: 'boolean', xml: { attribute: true }, default: false },
      CustomerLanguage: { $ref: '#/$defs/ISOLanguage2A', xml: { attribute: true } },
      EventDetails: { type: 'string' },
      RejectedMessage: { $ref: '#/$defs/Base64' },
      DisplayOutput: { $ref: '#/$defs/DisplayOutput' },
    },
    required: ['TimeStamp', 'EventToNotify'],
  },
  GetTotalsRequest: {
    message: { class: 'Service', category: 'GetTotals', type: 'Request' },
    type: 'object',
    properties: {
      TotalDetails: { type: 'array', items: { $ref: '#/$defs/TotalDetails' }, xml: { list: true } },
      TotalFilter: { $ref: '#/$defs/TotalFilter' },
    },
  },
  InputRequest: {
    message: { class: 'Device', category: 'Input', type: 'Request', node: 'nexo-input' },
    type: 'object',
    properties: {
      DisplayOutput: { $ref: '#/$defs/DisplayOutput' },
      InputData: { $ref: '#/$defs/InputData' },
    },
    required: ['InputData'],
  },
  InputUpdate: {
    message: { class: 'Device', category: 'InputUpdate', type: 'Request' },
    type: 'object',
    properties: {
      MinLength: { type: 'integer', xml: { attribute: true } },
      MaxLength: { type: 'integer', xml: { attribute: true } },
      MaxDecimalLength: { type: 'integer', xml: { attribute: true } },
      MessageReference: { $ref: '#/$defs/MessageReference' },
      OutputContent: { $ref: '#/$defs/OutputContent' },
      MenuEntry: { type: 'array', items: { $ref: '#/$defs/MenuEntry' } },
      OutputSignature: { $ref: '#/$defs/Base64' },
    },
    required: ['MessageReference', 'OutputContent'],
  },
  LoginRequest: {
    message: { class: 'Service', category: 'Login', type: 'Request', node: 'nexo-login' },
    type: 'object',
    properties: {
      TrainingModeFlag: { type: 'boolean', xml: { attribute: true }, default: false },
      OperatorLanguage: { $ref: '#/$defs/ISOLanguage2A', xml: { attribute: true } },
      OperatorID: { type: 'string', xml: { attribute: true } },
      ShiftNumber: { type: 'string', xml: { attribute: true } },
      TokenRequestedType: { $ref: '#/$defs/TokenRequestedType', xml: { attribute: true } },
      CustomerOrderReq: {
        type: 'array',
        items: { $ref: '#/$defs/CustomerOrderReq' },
        xml: { attribute: true, list: true },
      },
      POISerialNumber: { type: 'string', xml: { attribute: true } },
      DateTime: { $ref: '#/$defs/DateTime' },
      SaleSoftware: { $ref: '#/$defs/SaleSoftware' },
      SaleTerminalData: { $ref: '#/$defs/SaleTerminalData' },
    },
    required: ['OperatorLanguage', 'DateTime', 'SaleSoftware'],
  },
  LogoutRequest: {
    message: { class: 'Service', category: 'Logout', type: 'Request', node: 'nexo-logout' },
    type: 'object',
    properties: {
      MaintenanceAllowed: { type: 'boolean', xml: { attribute: true }, default: false },
    },
  },
  LoyaltyRequest: {
    message: { class: 'Service', category: 'Loyalty', type: 'Request', movesMoney: true },
    type: 'object',
    properties: {
      SaleData: { $ref: '#/$defs/SaleData' },
      LoyaltyTransaction: { $ref: '#/$defs/LoyaltyTransaction' },
      LoyaltyData: { type: 'array', items: { $ref: '#/$defs/LoyaltyData' } },
    },
    required: ['SaleData', 'LoyaltyTransaction'],
  },
  PaymentRequest: {
    message: { class: 'Service', category: 'Payment', type: 'Request', node: 'nexo-payment', movesMoney: true },
    type: 'object',
    properties: {
      SaleData: { $ref: '#/$defs/SaleData' },
      PaymentTransaction: { $ref: '#/$defs/PaymentTransaction' },
      PaymentData: { $ref: '#/$defs/PaymentData' },
      LoyaltyData: { type: 'array', items: { $ref: '#/$defs/LoyaltyData' } },
    },
    required: ['SaleData', 'PaymentTransaction'],
  },
  PINRequest: {
    message: { class: 'Device', category: 'PIN', type: 'Request' },
    type: 'object',
    properties: {
      PINRequestType: { $ref: '#/$defs/PINRequestType', xml: { attribute: true } },
      PINVerifMethod: { type: 'string', xml: { attribute: true } },
      AdditionalInput: { type: 'string', xml: { attribute: true } },
      PINEncAlgorithm: { $ref: '#/$defs/Digits', xml: { attribute: true } },
      PINFormat: { $ref: '#/$defs/PINFormat', xml: { attribute: true } },
      KeyReference: { type: 'string', xml: { attribute: true } },
      MaxWaitingTime: { type: 'integer', xml: { attribute: true } },
      CardholderPIN: { $ref: '#/$defs/CardholderPIN' },
    },
    required: ['PINRequestType'],
  },
  PrintRequest: {
    message: { class: 'Device', category: 'Print', type: 'Request', node: 'nexo-print' },
    type: 'object',
    properties: {
      PrintOutput: { $ref: '#/$defs/PrintOutput' },
    },
    required: ['PrintOutput'],
  },
  CardReaderInitRequest: {
    message: { class: 'Device', category: 'CardReaderInit', type: 'Request' },
    type: 'object',
    properties: {
      WarmResetFlag: { type: 'boolean', xml: { attribute: true } },
      LeaveCardFlag: { type: 'boolean', xml: { attribute: true }, default: true },
      MaxWaitingTime: { type: 'integer', xml: { attribute: true } },
      ForceEntryMode: {
        type: 'array',
        items: { type: 'array', items: { $ref: '#/$defs/ForceEntryMode' }, xml: { list: true } },
      },
      DisplayOutput: { $ref: '#/$defs/DisplayOutput' },
    },
  },
  CardReaderAPDURequest: {
    message: { class: 'Device', category: 'CardReaderAPDU', type: 'Request' },
    type: 'object',
    properties: {
      APDUClass: { $ref: '#/$defs/Byte', xml: { attribute: true } },
      APDUInstruction: { $ref: '#/$defs/Byte', xml: { attribute: true } },
      APDUPar1: { $ref: '#/$defs/Byte', xml: { attribute: true } },
      APDUPar2: { $ref: '#/$defs/Byte', xml: { attribute: true } },
      APDUExpectedLength: { $ref: '#/$defs/Byte', xml: { attribute: true } },
      APDUData: { $ref: '#/$defs/Base64' },
    },
    required: ['APDUClass', 'APDUInstruction', 'APDUPar1', 'APDUPar2'],
  },
  CardReaderPowerOffRequest: {
    message: { class: 'Device', category: 'CardReaderPowerOff', type: 'Request' },
    type: 'object',
    properties: {
      MaxWaitingTime: { type: 'integer', xml: { attribute: true } },
      DisplayOutput: { $ref: '#/$defs/DisplayOutput' },
    },
  },
  ReconciliationRequest: {
    message: { class: 'Service', category: 'Reconciliation', type: 'Request' },
    type: 'object',
    properties: {
      ReconciliationType: { $ref: '#/$defs/ReconciliationType', xml: { attribute: true } },
      POIReconciliationID: { $ref: '#/$defs/Digits', xml: { attribute: true } },
      AcquirerID: { type: 'array', items: { $ref: '#/$defs/Digits' } },
    },
    required: ['ReconciliationType'],
  },
  ReversalRequest: {
    message: { class: 'Service', category: 'Reversal', type: 'Request', node: 'nexo-reversal', movesMoney: true },
    type: 'object',
    properties: {
      ReversalReason: { $ref: '#/$defs/ReversalReason', xml: { attribute: true } },
      ReversedAmount: { $ref: '#/$defs/SimpleAmount', xml: { attribute: true } },
      SaleData: { $ref: '#/$defs/SaleData' },
      OriginalPOITransaction: { $ref: '#/$defs/OriginalPOITransaction' },
      CustomerOrder: { $ref: '#/$defs/CustomerOrder' },
    },
    required: ['ReversalReason', 'OriginalPOITransaction'],
  },
  SoundRequest: {
    message: { class: 'Device', category: 'Sound', type: 'Request' },
    type: 'object',
    properties: {
      ResponseMode: { $ref: '#/$defs/ResponseMode', xml: { attribute: true }, default: 'NotRequired' },
      SoundAction: { $ref: '#/$defs/SoundAction', xml: { attribute: true } },
      SoundVolume: { type: 'integer', xml: { attribute: true } },
      SoundContent: { $ref: '#/$defs/SoundContent' },
    },
    required: ['SoundAction', 'SoundContent'],
  },
  StoredValueRequest: {
    message: { class: 'Service', category: 'StoredValue', type: 'Request', movesMoney: true },
    type: 'object',
    properties: {
      CustomerLanguage: { $ref: '#/$defs/ISOLanguage2A', xml: { attribute: true } },
      SaleData: { $ref: '#/$defs/SaleData' },
      StoredValueData: { type: 'array', items: { $ref: '#/$defs/StoredValueData' }, minItems: 1 },
    },
    required: ['SaleData', 'StoredValueData'],
  },
  // Of 3.1. The parts of SearchCriterias and SearchOutputOrder are not in any public source: they are sent empty.
  TransactionReportRequest: {
    message: { class: 'Service', category: 'TransactionReport', type: 'Request' },
    type: 'object',
    properties: {
      DescendingOrder: { type: 'boolean', xml: { attribute: true }, default: false },
      BlockStart: { type: 'integer', xml: { attribute: true }, default: 0 },
      BlockStop: { type: 'integer', xml: { attribute: true } },
      SearchCriterias: { $ref: '#/$defs/SearchCriterias' },
      SearchOutputOrder: { $ref: '#/$defs/SearchOutputOrder' },
    },
    required: ['SearchCriterias'],
  },
  TransactionStatusRequest: {
    message: { class: 'Service', category: 'TransactionStatus', type: 'Request', node: 'nexo-status' },
    type: 'object',
    properties: {
      ReceiptReprintFlag: { type: 'boolean', xml: { attribute: true }, default: false },
      MessageReference: { $ref: '#/$defs/MessageReference' },
      DocumentQualifier: { type: 'array', items: { $ref: '#/$defs/DocumentQualifier' }, maxItems: 2 },
    },
  },
  TransmitRequest: {
    message: { class: 'Device', category: 'Transmit', type: 'Request' },
    type: 'object',
    properties: {
      WaitResponseFlag: { type: 'boolean', xml: { attribute: true }, default: false },
      MaximumTransmitTime: { type: 'integer', xml: { attribute: true } },
      DestinationAddress: { type: 'string', xml: { attribute: true } },
      Message: { $ref: '#/$defs/Base64' },
    },
    required: ['MaximumTransmitTime', 'DestinationAddress', 'Message'],
  },
  BalanceInquiryResponse: {
    message: { class: 'Service', category: 'BalanceInquiry', type: 'Response' },
    type: 'object',
    properties: {
      Response: { $ref: '#/$defs/Response' },
      PaymentAccountStatus: { $ref: '#/$defs/PaymentAccountStatus' },
      LoyaltyAccountStatus: { $ref: '#/$defs/LoyaltyAccountStatus' },
    },
    required: ['Response'],
  },
  BatchResponse: {
    message: { class: 'Service', category: 'Batch', type: 'Response' },
    type: 'object',
    properties: {
      Response: { $ref: '#/$defs/Response' },
      PerformedTransaction: { type: 'array', items: { $ref: '#/$defs/PerformedTransaction' } },
    },
    required: ['Response'],
  },
  CardAcquisitionResponse: {
    message: { class: 'Service', category: 'CardAcquisition', type: 'Response' },
    type: 'object',
    properties: {
      Response: { $ref: '#/$defs/Response' },
      SaleData: { $ref: '#/$defs/SaleData' },
      POIData: { $ref: '#/$defs/POIData' },
      PaymentBrand: { type: 'array', items: { type: 'string' } },
      PaymentInstrumentData: { $ref: '#/$defs/PaymentInstrumentData' },
      LoyaltyAccount: { type: 'array', items: { $ref: '#/$defs/LoyaltyAccount' } },
      CustomerOrder: { type: 'array', items: { $ref: '#/$defs/CustomerOrder' } },
    },
    required: ['Response', 'SaleData', 'POIData'],
  },
  AdminResponse: {
    message: { class: 'Service', category: 'Admin', type: 'Response' },
    type: 'object',
    properties: {
      Response: { $ref: '#/$defs/Response' },
    },
    required: ['Response'],
  },
  DiagnosisResponse: {
    message: { class: 'Service', category: 'Diagnosis', type: 'Response' },
    type: 'object',
    properties: {
      Response: { $ref: '#/$defs/Response' },
      LoggedSaleID: { type: 'array', items: { type: 'string' } },
      POIStatus: { $ref: '#/$defs/POIStatus' },
      HostStatus: { type: 'array', items: { $ref: '#/$defs/HostStatus' } },
    },
    required: ['Response'],
  },
  DisplayResponse: {
    message: { class: 'Device', category: 'Display', type: 'Response' },
    type: 'object',
    properties: {
      OutputResult: { type: 'array', items: { $ref: '#/$defs/OutputResult' }, minItems: 1 },
    },
    required: ['OutputResult'],
  },
  EnableServiceResponse: {
    message: { class: 'Service', category: 'EnableService', type: 'Response' },
    type: 'object',
    properties: {
      Response: { $ref: '#/$defs/Response' },
    },
    required: ['Response'],
  },
  GetTotalsResponse: {
    message: { class: 'Service', category: 'GetTotals', type: 'Response' },
    type: 'object',
    properties: {
      POIReconciliationID: { $ref: '#/$defs/Digits', xml: { attribute: true } },
      Response: { $ref: '#/$defs/Response' },
      TransactionTotals: { type: 'array', items: { $ref: '#/$defs/TransactionTotals' } },
    },
    required: ['POIReconciliationID', 'Response'],
  },
  InputResponse: {
    message: { class: 'Device', category: 'Input', type: 'Response' },
    type: 'object',
    properties: {
      OutputResult: { $ref: '#/$defs/OutputResult' },
      InputResult: { $ref: '#/$defs/InputResult' },
    },
    required: ['InputResult'],
  },
  LoginResponse: {
    message: { class: 'Service', category: 'Login', type: 'Response' },
    type: 'object',
    properties: {
      Response: { $ref: '#/$defs/Response' },
      POISystemData: { $ref: '#/$defs/POISystemData' },
    },
    required: ['Response'],
  },
  LogoutResponse: {
    message: { class: 'Service', category: 'Logout', type: 'Response' },
    type: 'object',
    properties: {
      Response: { $ref: '#/$defs/Response' },
    },
    required: ['Response'],
  },
  LoyaltyResponse: {
    message: { class: 'Service', category: 'Loyalty', type: 'Response' },
    type: 'object',
    properties: {
      Response: { $ref: '#/$defs/Response' },
      SaleData: { $ref: '#/$defs/SaleData' },
      POIData: { $ref: '#/$defs/POIData' },
      LoyaltyResult: { type: 'array', items: { $ref: '#/$defs/LoyaltyResult' } },
      PaymentReceipt: { type: 'array', items: { $ref: '#/$defs/PaymentReceipt' } },
    },
    required: ['Response', 'SaleData', 'POIData'],
  },
  PaymentResponse: {
    message: { class: 'Service', category: 'Payment', type: 'Response' },
    type: 'object',
    properties: {
      Response: { $ref: '#/$defs/Response' },
      SaleData: { $ref: '#/$defs/SaleData' },
      POIData: { $ref: '#/$defs/POIData' },
      PaymentResult: { $ref: '#/$defs/PaymentResult' },
      LoyaltyResult: { type: 'array', items: { $ref: '#/$defs/LoyaltyResult' } },
      PaymentReceipt: { type: 'array', items: { $ref: '#/$defs/PaymentReceipt' } },
      CustomerOrder: { type: 'array', items: { $ref: '#/$defs/CustomerOrder' } },
    },
    required: ['Response', 'SaleData', 'POIData'],
  },
  PINResponse: {
    message: { class: 'Device', category: 'PIN', type: 'Response' },
    type: 'object',
    properties: {
      Response: { $ref: '#/$defs/Response' },
      CardholderPIN: { $ref: '#/$defs/CardholderPIN' },
    },
    required: ['Response'],
  },
  PrintResponse: {
    message: { class: 'Device', category: 'Print', type: 'Response' },
    type: 'object',
    properties: {
      DocumentQualifier: { $ref: '#/$defs/DocumentQualifier', xml: { attribute: true } },
      Response: { $ref: '#/$defs/Response' },
    },
    required: ['DocumentQualifier', 'Response'],
  },
  CardReaderInitResponse: {
    message: { class: 'Device', category: 'CardReaderInit', type: 'Response' },
    type: 'object',
    properties: {
      EntryMode: { type: 'array', items: { $ref: '#/$defs/EntryMode' }, xml: { attribute: true, list: true } },
      Response: { $ref: '#/$defs/Response' },
      TrackData: { type: 'array', items: { $ref: '#/$defs/TrackData' }, maxItems: 4 },
      ICCResetData: { $ref: '#/$defs/ICCResetData' },
    },
    required: ['Response'],
  },
  CardReaderAPDUResponse: {
    message: { class: 'Device', category: 'CardReaderAPDU', type: 'Response' },
    type: 'object',
    properties: {
      CardStatusWords: { $ref: '#/$defs/Base64', xml: { attribute: true } },
      Response: { $ref: '#/$defs/Response' },
      APDUData: { $ref: '#/$defs/Base64' },
    },
    required: ['CardStatusWords', 'Response'],
  },
  CardReaderPowerOffResponse: {
    message: { class: 'Device', category: 'CardReaderPowerOff', type: 'Response' },
    type: 'object',
    properties: {
      Response: { $ref: '#/$defs/Response' },
    },
    required: ['Response'],
  },
  ReconciliationResponse: {
    message: { class: 'Service', category: 'Reconciliation', type: 'Response' },
    type: 'object',
    properties: {
      ReconciliationType: { $ref: '#/$defs/ReconciliationType', xml: { attribute: true } },
      POIReconciliationID: { $ref: '#/$defs/Digits', xml: { attribute: true } },
      Response: { $ref: '#/$defs/Response' },
      TransactionTotals: { type: 'array', items: { $ref: '#/$defs/TransactionTotals' } },
    },
    required: ['ReconciliationType', 'Response'],
  },
  ReversalResponse: {
    message: { class: 'Service', category: 'Reversal', type: 'Response' },
    type: 'object',
    properties: {
      ReversedAmount: { $ref: '#/$defs/SimpleAmount', xml: { attribute: true } },
      CustomerOrderID: { type: 'string', xml: { attribute: true } },
      Response: { $ref: '#/$defs/Response' },
      POIData: { $ref: '#/$defs/POIData' },
      OriginalPOITransaction: { $ref: '#/$defs/OriginalPOITransaction' },
      PaymentReceipt: { type: 'array', items: { $ref: '#/$defs/PaymentReceipt' } },
    },
    required: ['Response'],
  },
  SoundResponse: {
    message: { class: 'Device', category: 'Sound', type: 'Response' },
    type: 'object',
    properties: {
      Response: { $ref: '#/$defs/Response' },
    },
    required: ['Response'],
  },
  StoredValueResponse: {
    message: { class: 'Service', category: 'StoredValue', type: 'Response' },
    type: 'object',
    properties: {
      Response: { $ref: '#/$defs/Response' },
      SaleData: { $ref: '#/$defs/SaleData' },
      POIData: { $ref: '#/$defs/POIData' },
      StoredValueResult: { type: 'array', items: { $ref: '#/$defs/StoredValueResult' } },
    },
    required: ['Response', 'SaleData', 'POIData'],
  },
  TransactionReportResponse: {
    message: { class: 'Service', category: 'TransactionReport', type: 'Response' },
    type: 'object',
    properties: {
      ReportFullSize: { type: 'integer', xml: { attribute: true } },
      BlockStart: { type: 'integer', xml: { attribute: true } },
      BlockStop: { type: 'integer', xml: { attribute: true } },
      Response: { $ref: '#/$defs/Response' },
      TransactionReport: { type: 'array', items: { $ref: '#/$defs/TransactionReport' } },
    },
    required: ['ReportFullSize', 'BlockStart', 'BlockStop', 'Response'],
  },
  TransactionStatusResponse: {
    message: { class: 'Service', category: 'TransactionStatus', type: 'Response' },
    type: 'object',
    properties: {
      Response: { $ref: '#/$defs/Response' },
      MessageReference: { $ref: '#/$defs/MessageReference' },
      RepeatedMessageResponse: { $ref: '#/$defs/RepeatedMessageResponse' },
    },
    required: ['Response'],
  },
  TransmitResponse: {
    message: { class: 'Device', category: 'Transmit', type: 'Response' },
    type: 'object',
    properties: {
      Response: { $ref: '#/$defs/Response' },
      Message: { $ref: '#/$defs/Base64' },
    },
    required: ['Response'],
  },
} as const satisfies Record<string, { message: MessageEntry; [keyword: string]: unknown }>;

const types = {
  // Their parts
  AlgorithmIdentifier: {
    type: 'object',
    properties: {
      Algorithm: { $ref: '#/$defs/Algorithm', xml: { attribute: true } },
      Parameter: { $ref: '#/$defs/Parameter' },
    },
    required: ['Algorithm'],
  },
  AllowedProduct: {
    type: 'object',
    properties: {
      ProductCode: { $ref: '#/$defs/ProductCode', xml: { attribute: true } },
      EanUpc: { $ref: '#/$defs/Digits', xml: { attribute: true } },
      ProductLabel: { type: 'string' },
      AdditionalProductInfo: { type: 'string' },
    },
    required: ['ProductCode'],
  },
  Amount: {
    type: 'object',
    properties: {
      Currency: { $ref: '#/$defs/ISOCurrency3A', xml: { attribute: true } },
      Text: { $ref: '#/$defs/Decimal', xml: { text: true } },
    },
    required: ['Text'],
  },
  AmountsReq: {
    type: 'object',
    properties: {
      Currency: { $ref: '#/$defs/ISOCurrency3A', xml: { attribute: true } },
      RequestedAmount: { $ref: '#/$defs/SimpleAmount', xml: { attribute: true } },
      CashBackAmount: { $ref: '#/$defs/SimpleAmount', xml: { attribute: true } },
      TipAmount: { $ref: '#/$defs/SimpleAmount', xml: { attribute: true } },
      PaidAmount: { $ref: '#/$defs/SimpleAmount', xml: { attribute: true } },
      MinimumAmountToDeliver: { $ref: '#/$defs/SimpleAmount', xml: { attribute: true } },
      MaximumCashBackAmount: { $ref: '#/$defs/SimpleAmount', xml: { attribute: true } },
      MinimumSplitAmount: { $ref: '#/$defs/SimpleAmount', xml: { attribute: true } },
    },
    required: ['Currency'],
  },
  AmountsResp: {
    type: 'object',
    properties: {
      Currency: { $ref: '#/$defs/ISOCurrency3A', xml: { attribute: true } },
      AuthorizedAmount: { $ref: '#/$defs/SimpleAmount', xml: { attribute: true } },
      TotalRebatesAmount: { $ref: '#/$defs/SimpleAmount', xml: { attribute: true } },
      TotalFeesAmount: { $ref: '#/$defs/SimpleAmount', xml: { attribute: true } },
      CashBackAmount: { $ref: '#/$defs/SimpleAmount', xml: { attribute: true } },
      TipAmount: { $ref: '#/$defs/SimpleAmount', xml: { attribute: true } },
    },
    required: ['AuthorizedAmount'],
  },
  AreaSize: {
    type: 'object',
    properties: {
      X: { type: 'string', xml: { attribute: true } },
      Y: { type: 'string', xml: { attribute: true } },
    },
    required: ['X', 'Y'],
  },
  AuthenticatedData: {
    type: 'object',
    properties: {
      Version: { $ref: '#/$defs/Version', xml: { attribute: true }, default: 'v0' },
      MAC: { $ref: '#/$defs/Base64', xml: { attribute: true } },
      KeyTransport: { type: 'array', items: { $ref: '#/$defs/KeyTransport' } },
      KEK: { type: 'array', items: { $ref: '#/$defs/KEK' } },
      MACAlgorithm: { $ref: '#/$defs/AlgorithmIdentifier' },
      EncapsulatedContent: { $ref: '#/$defs/EncapsulatedContent' },
    },
    required: ['MAC', 'MACAlgorithm', 'EncapsulatedContent'],
  },
  CapturedSignature: {
    type: 'object',
    properties: {
      RawSignature: { $ref: '#/$defs/RawSignature' },
      SignatureImage: { $ref: '#/$defs/SignatureImage' },
    },
  },
  CardAcquisitionTransaction: {
    type: 'object',
    properties: {
      LoyaltyHandling: { $ref: '#/$defs/LoyaltyHandling', xml: { attribute: true }, default: 'Allowed' },
      CustomerLanguage: { $ref: '#/$defs/ISOLanguage2A', xml: { attribute: true } },
      ForceCustomerSelectionFlag: { type: 'boolean', xml: { attribute: true }, default: false },
      TotalAmount: { $ref: '#/$defs/SimpleAmount', xml: { attribute: true } },
      PaymentType: { $ref: '#/$defs/PaymentType', xml: { attribute: true } },
      CashBackFlag: { type: 'boolean', xml: { attribute: true } },
      AllowedPaymentBrand: { type: 'array', items: { type: 'string' } },
      AllowedLoyaltyBrand: { type: 'array', items: { type: 'string' } },
      ForceEntryMode: {
        type: 'array',
        items: { type: 'array', items: { $ref: '#/$defs/ForceEntryMode' }, xml: { list: true } },
      },
    },
  },
  CardData: {
    type: 'object',
    properties: {
      PaymentBrand: { type: 'string', xml: { attribute: true } },
      MaskedPAN: { type: 'string', xml: { attribute: true } },
      PaymentAccountRef: { type: 'string', xml: { attribute: true } },
      EntryMode: { type: 'array', items: { $ref: '#/$defs/EntryMode' }, xml: { attribute: true, list: true } },
      CardCountryCode: { $ref: '#/$defs/CardCountryCode', xml: { attribute: true } },
      ProtectedCardData: { $ref: '#/$defs/ContentInformation' },
      SensitiveCardData: { $ref: '#/$defs/SensitiveCardData' },
      AllowedProductCode: { type: 'array', items: { $ref: '#/$defs/AllowedProductCode' } },
      AllowedProduct: { type: 'array', items: { $ref: '#/$defs/AllowedProduct' } },
      PaymentToken: { $ref: '#/$defs/PaymentToken' },
      CustomerOrder: { type: 'array', items: { $ref: '#/$defs/CustomerOrder' } },
    },
  },
  CardholderPIN: {
    type: 'object',
    properties: {
      PINFormat: { $ref: '#/$defs/PINFormat', xml: { attribute: true } },
      AdditionalInput: { type: 'string', xml: { attribute: true } },
      EncrPINBlock: { $ref: '#/$defs/ContentInformation' },
    },
    required: ['PINFormat', 'EncrPINBlock'],
  },
  CashHandlingDevice: {
    type: 'object',
    properties: {
      CashHandlingOKFlag: { type: 'boolean', xml: { attribute: true } },
      Currency: { $ref: '#/$defs/ISOCurrency3A', xml: { attribute: true } },
      CoinsOrBills: { type: 'array', items: { $ref: '#/$defs/CoinsOrBills' }, minItems: 1 },
    },
    required: ['CashHandlingOKFlag', 'Currency', 'CoinsOrBills'],
  },
  CheckData: {
    type: 'object',
    properties: {
      TypeCode: { $ref: '#/$defs/CheckTypeCode', xml: { attribute: true }, default: 'Personal' },
      Country: { $ref: '#/$defs/ISOCountry3A', xml: { attribute: true } },
      BankID: { type: 'string' },
      AccountNumber: { type: 'string' },
      CheckNumber: { type: 'string' },
      TrackData: { $ref: '#/$defs/TrackData' },
      CheckCardNumber: { type: 'string' },
    },
  },
  CoinsOrBills: {
    type: 'object',
    properties: {
      UnitValue: { $ref: '#/$defs/SimpleAmount', xml: { attribute: true } },
      Number: { type: 'integer', xml: { attribute: true } },
    },
    required: ['UnitValue', 'Number'],
  },
  ContentInformation: {
    type: 'object',
    properties: {
      ContentType: { $ref: '#/$defs/ContentType', xml: { attribute: true } },
      EnvelopedData: { $ref: '#/$defs/EnvelopedData' },
      AuthenticatedData: { $ref: '#/$defs/AuthenticatedData' },
      SignedData: { $ref: '#/$defs/SignedData' },
      DigestedData: { $ref: '#/$defs/DigestedData' },
      NamedKeyEncryptedData: { $ref: '#/$defs/NamedKeyEncryptedData' },
    },
    required: ['ContentType'],
    oneOf: [
      { required: ['EnvelopedData'] },
      { required: ['AuthenticatedData'] },
      { required: ['SignedData'] },
      { required: ['DigestedData'] },
      { required: ['NamedKeyEncryptedData'] },
    ],
  },
  CurrencyConversion: {
    type: 'object',
    properties: {
      CustomerApprovedFlag: { type: 'boolean', xml: { attribute: true }, default: true },
      Rate: { $ref: '#/$defs/Decimal', xml: { attribute: true } },
      Markup: { $ref: '#/$defs/Decimal', xml: { attribute: true } },
      ConvertedAmount: { $ref: '#/$defs/Amount' },
      Commission: { $ref: '#/$defs/SimpleAmount' },
      Declaration: { type: 'string' },
    },
    required: ['ConvertedAmount'],
  },
  CustomerOrder: {
    type: 'object',
    properties: {
      CustomerOrderID: { type: 'string', xml: { attribute: true } },
      OpenOrderState: { type: 'boolean', xml: { attribute: true }, default: false },
      StartDate: { $ref: '#/$defs/DateTime', xml: { attribute: true } },
      EndDate: { $ref: '#/$defs/DateTime', xml: { attribute: true } },
      ForecastedAmount: { $ref: '#/$defs/SimpleAmount', xml: { attribute: true } },
      CurrentAmount: { $ref: '#/$defs/SimpleAmount', xml: { attribute: true } },
      Currency: { $ref: '#/$defs/ISOCurrency3A', xml: { attribute: true } },
      AccessedBy: { type: 'string', xml: { attribute: true } },
      AdditionalInformation: { type: 'string' },
    },
    required: ['StartDate', 'ForecastedAmount'],
  },
  DigestedData: {
    type: 'object',
    properties: {
      Version: { $ref: '#/$defs/Version', xml: { attribute: true } },
      DigestAlgorithm: { $ref: '#/$defs/AlgorithmIdentifier' },
      EncapsulatedContent: { $ref: '#/$defs/EncapsulatedContent' },
      Digest: { $ref: '#/$defs/Base64' },
    },
    required: ['DigestAlgorithm', 'EncapsulatedContent', 'Digest'],
  },
  DisplayOutput: {
    type: 'object',
    properties: {
      ResponseRequiredFlag: { type: 'boolean', xml: { attribute: true }, default: true },
      MinimumDisplayTime: { $ref: '#/$defs/MinimumDisplayTime', xml: { attribute: true }, default: 0 },
      Device: { $ref: '#/$defs/Device', xml: { attribute: true } },
      InfoQualify: { $ref: '#/$defs/InfoQualify', xml: { attribute: true } },
      OutputContent: { $ref: '#/$defs/OutputContent' },
      MenuEntry: { type: 'array', items: { $ref: '#/$defs/MenuEntry' } },
      OutputSignature: { $ref: '#/$defs/Base64' },
    },
    required: ['Device', 'InfoQualify', 'OutputContent'],
  },
  EncapsulatedContent: {
    type: 'object',
    properties: {
      ContentType: { $ref: '#/$defs/ContentType', xml: { attribute: true } },
      Content: { $ref: '#/$defs/Base64' },
    },
    required: ['ContentType'],
  },
  EncryptedContent: {
    type: 'object',
    properties: {
      ContentType: { $ref: '#/$defs/ContentType', xml: { attribute: true } },
      ContentEncryptionAlgorithm: { $ref: '#/$defs/AlgorithmIdentifier' },
      EncryptedData: { $ref: '#/$defs/Base64' },
    },
    required: ['ContentType', 'ContentEncryptionAlgorithm', 'EncryptedData'],
  },
  EnvelopedData: {
    type: 'object',
    properties: {
      Version: { $ref: '#/$defs/Version', xml: { attribute: true }, default: 'v0' },
      KeyTransport: { type: 'array', items: { $ref: '#/$defs/KeyTransport' } },
      KEK: { type: 'array', items: { $ref: '#/$defs/KEK' } },
      EncryptedContent: { $ref: '#/$defs/EncryptedContent' },
    },
    required: ['EncryptedContent'],
  },
  GeographicCoordinates: {
    type: 'object',
    properties: {
      Latitude: { type: 'string' },
      Longitude: { type: 'string' },
    },
    required: ['Latitude', 'Longitude'],
  },
  Geolocation: {
    type: 'object',
    properties: {
      GeographicCoordinates: { $ref: '#/$defs/GeographicCoordinates' },
      UTMCoordinates: { $ref: '#/$defs/UTMCoordinates' },
    },
  },
  HostStatus: {
    type: 'object',
    properties: {
      AcquirerID: { $ref: '#/$defs/Digits', xml: { attribute: true } },
      IsReachableFlag: { type: 'boolean', xml: { attribute: true }, default: true },
    },
    required: ['AcquirerID'],
  },
  ICCResetData: {
    type: 'object',
    properties: {
      ATRValue: { $ref: '#/$defs/Base64', xml: { attribute: true } },
      CardStatusWords: { $ref: '#/$defs/Base64', xml: { attribute: true } },
    },
  },
  Input: {
    type: 'object',
    properties: {
      InputCommand: { $ref: '#/$defs/InputCommand', xml: { attribute: true } },
      ConfirmedFlag: { type: 'boolean' },
      FunctionKey: { $ref: '#/$defs/Digits' },
      TextInput: { type: 'string' },
      DigitInput: { $ref: '#/$defs/DigitInput' },
      Password: { $ref: '#/$defs/ContentInformation' },
      MenuEntryNumber: { $ref: '#/$defs/MenuEntryNumber' },
    },
    required: ['InputCommand'],
  },
  InputData: {
    type: 'object',
    properties: {
      Device: { $ref: '#/$defs/Device', xml: { attribute: true } },
      InfoQualify: { $ref: '#/$defs/InfoQualify', xml: { attribute: true } },
      InputCommand: { $ref: '#/$defs/InputCommand', xml: { attribute: true } },
      NotifyCardInputFlag: { type: 'boolean', xml: { attribute: true }, default: false },
      MaxInputTime: { type: 'integer', xml: { attribute: true } },
      ImmediateResponseFlag: { type: 'boolean', xml: { attribute: true }, default: false },
      MinLength: { type: 'integer', xml: { attribute: true } },
      MaxLength: { type: 'integer', xml: { attribute: true } },
      MaxDecimalLength: { type: 'integer', xml: { attribute: true } },
      WaitUserValidationFlag: { type: 'boolean', xml: { attribute: true }, default: true },
      FromRightToLeftFlag: { type: 'boolean', xml: { attribute: true }, default: false },
      MaskCharactersFlag: { type: 'boolean', xml: { attribute: true }, default: false },
      BeepKeyFlag: { type: 'boolean', xml: { attribute: true }, default: false },
      GlobalCorrectionFlag: { type: 'boolean', xml: { attribute: true }, default: false },
      DisableCancelFlag: { type: 'boolean', xml: { attribute: true }, default: false },
      DisableCorrectFlag: { type: 'boolean', xml: { attribute: true }, default: false },
      DisableValidFlag: { type: 'boolean', xml: { attribute: true }, default: false },
      MenuBackFlag: { type: 'boolean', xml: { attribute: true }, default: false },
      DefaultInputString: { type: 'string' },
      StringMask: { type: 'string' },
    },
    required: ['Device', 'InfoQualify', 'InputCommand'],
  },
  InputResult: {
    type: 'object',
    properties: {
      Device: { $ref: '#/$defs/Device', xml: { attribute: true } },
      InfoQualify: { $ref: '#/$defs/InfoQualify', xml: { attribute: true } },
      Response: { $ref: '#/$defs/Response' },
      Input: { $ref: '#/$defs/Input' },
    },
    required: ['Device', 'InfoQualify', 'Response'],
  },
  Instalment: {
    type: 'object',
    properties: {
      SequenceNumber: { type: 'integer', xml: { attribute: true } },
      PlanID: { type: 'string', xml: { attribute: true } },
      Period: { type: 'integer', xml: { attribute: true } },
      PeriodUnit: { $ref: '#/$defs/PeriodUnit', xml: { attribute: true } },
      FirstPaymentDate: { type: 'string', xml: { attribute: true } },
      TotalNbOfPayments: { type: 'integer', xml: { attribute: true } },
      CumulativeAmount: { $ref: '#/$defs/SimpleAmount', xml: { attribute: true } },
      FirstAmount: { $ref: '#/$defs/SimpleAmount', xml: { attribute: true } },
      Charges: { $ref: '#/$defs/SimpleAmount', xml: { attribute: true } },
      InstalmentType: { type: 'array', items: { $ref: '#/$defs/InstalmentType' }, xml: { list: true } },
    },
  },
  Issuer: {
    type: 'object',
    properties: {
      RelativeDistinguishedName: { type: 'array', items: { $ref: '#/$defs/RelativeDistinguishedName' }, minItems: 1 },
    },
    required: ['RelativeDistinguishedName'],
  },
  IssuerAndSerialNumber: {
    type: 'object',
    properties: {
      Issuer: { $ref: '#/$defs/Issuer' },
      SerialNumber: { $ref: '#/$defs/Digits' },
    },
    required: ['Issuer', 'SerialNumber'],
  },
  KEK: {
    type: 'object',
    properties: {
      Version: { $ref: '#/$defs/Version', xml: { attribute: true }, default: 'v4' },
      EncryptedKey: { $ref: '#/$defs/Base64', xml: { attribute: true } },
      KEKIdentifier: { $ref: '#/$defs/KEKIdentifier' },
      KeyEncryptionAlgorithm: { $ref: '#/$defs/AlgorithmIdentifier' },
    },
    required: ['EncryptedKey', 'KEKIdentifier', 'KeyEncryptionAlgorithm'],
  },
  KEKIdentifier: {
    type: 'object',
    properties: {
      KeyIdentifier: { type: 'string', xml: { attribute: true } },
      KeyVersion: { type: 'string', xml: { attribute: true } },
      DerivationIdentifier: { $ref: '#/$defs/Base64', xml: { attribute: true } },
    },
    required: ['KeyIdentifier', 'KeyVersion'],
  },
  KeyTransport: {
    type: 'object',
    properties: {
      Version: { $ref: '#/$defs/Version', xml: { attribute: true }, default: 'v0' },
      EncryptedKey: { $ref: '#/$defs/Base64', xml: { attribute: true } },
      RecipientIdentifier: { $ref: '#/$defs/RecipientIdentifier' },
      KeyEncryptionAlgorithm: { $ref: '#/$defs/AlgorithmIdentifier' },
    },
    required: ['EncryptedKey', 'RecipientIdentifier', 'KeyEncryptionAlgorithm'],
  },
  LoyaltyAccount: {
    type: 'object',
    properties: {
      LoyaltyBrand: { type: 'string', xml: { attribute: true } },
      LoyaltyAccountID: { $ref: '#/$defs/LoyaltyAccountID' },
    },
    required: ['LoyaltyAccountID'],
  },
  LoyaltyAccountID: {
    type: 'object',
    properties: {
      EntryMode: { type: 'array', items: { $ref: '#/$defs/EntryMode' }, xml: { attribute: true, list: true } },
      IdentificationType: { $ref: '#/$defs/IdentificationType', xml: { attribute: true } },
      IdentificationSupport: { $ref: '#/$defs/IdentificationSupport', xml: { attribute: true } },
      Text: { type: 'string', xml: { text: true } },
    },
    required: ['EntryMode', 'IdentificationType', 'Text'],
  },
  LoyaltyAccountReq: {
    type: 'object',
    properties: {
      CardAcquisitionReference: { $ref: '#/$defs/TransactionIdentification' },
      LoyaltyAccountID: { $ref: '#/$defs/LoyaltyAccountID' },
    },
  },
  LoyaltyAccountStatus: {
    type: 'object',
    properties: {
      CurrentBalance: { $ref: '#/$defs/SimpleAmount', xml: { attribute: true } },
      LoyaltyUnit: { $ref: '#/$defs/LoyaltyUnit', xml: { attribute: true }, default: 'Point' },
      Currency: { $ref: '#/$defs/ISOCurrency3A', xml: { attribute: true } },
      LoyaltyAccount: { $ref: '#/$defs/LoyaltyAccount' },
    },
    required: ['LoyaltyAccount'],
  },
  LoyaltyAcquirerData: {
    type: 'object',
    properties: {
      LoyaltyAcquirerID: { type: 'string', xml: { attribute: true } },
      HostReconciliationID: { type: 'string', xml: { attribute: true } },
      ApprovalCode: { type: 'string' },
      LoyaltyTransactionID: { $ref: '#/$defs/TransactionIdentification' },
    },
  },
  LoyaltyAmount: {
    type: 'object',
    properties: {
      LoyaltyUnit: { $ref: '#/$defs/LoyaltyUnit', xml: { attribute: true }, default: 'Point' },
      Currency: { $ref: '#/$defs/ISOCurrency3A', xml: { attribute: true } },
      Text: { $ref: '#/$defs/Decimal', xml: { text: true } },
    },
    required: ['Text'],
  },
  LoyaltyData: {
    type: 'object',
    properties: {
      CardAcquisitionReference: { $ref: '#/$defs/TransactionIdentification' },
      LoyaltyAccountID: { $ref: '#/$defs/LoyaltyAccountID' },
      LoyaltyAmount: { $ref: '#/$defs/LoyaltyAmount' },
    },
  },
  LoyaltyResult: {
    type: 'object',
    properties: {
      CurrentBalance: { $ref: '#/$defs/SimpleAmount', xml: { attribute: true } },
      // nexo's schema has exactly one, and so has what is written. Swedbank Pay's pages let a terminal send several, or
      // none: all are read, so the field stays a list.
      LoyaltyAccount: { type: 'array', items: { $ref: '#/$defs/LoyaltyAccount' }, minItems: 1, maxItems: 1 },
      LoyaltyAmount: { $ref: '#/$defs/LoyaltyAmount' },
      LoyaltyAcquirerData: { $ref: '#/$defs/LoyaltyAcquirerData' },
      Rebates: { $ref: '#/$defs/Rebates' },
    },
    required: ['LoyaltyAccount'],
  },
  LoyaltyTotals: {
    type: 'object',
    properties: {
      TransactionType: { $ref: '#/$defs/TransactionType', xml: { attribute: true } },
      TransactionCount: { type: 'integer', xml: { attribute: true } },
      TransactionAmount: { $ref: '#/$defs/SimpleAmount', xml: { attribute: true } },
    },
    required: ['TransactionType', 'TransactionCount', 'TransactionAmount'],
  },
  LoyaltyTransaction: {
    type: 'object',
    properties: {
      LoyaltyTransactionType: { $ref: '#/$defs/LoyaltyTransactionType', xml: { attribute: true } },
      Currency: { $ref: '#/$defs/ISOCurrency3A', xml: { attribute: true } },
      TotalAmount: { $ref: '#/$defs/SimpleAmount', xml: { attribute: true } },
      OriginalPOITransaction: { $ref: '#/$defs/OriginalPOITransaction' },
      TransactionConditions: { $ref: '#/$defs/TransactionConditions' },
      SaleItem: { type: 'array', items: { $ref: '#/$defs/SaleItem' } },
    },
    required: ['LoyaltyTransactionType'],
  },
  MenuEntry: {
    type: 'object',
    properties: {
      MenuEntryTag: { $ref: '#/$defs/MenuEntryTag', xml: { attribute: true }, default: 'Selectable' },
      OutputFormat: { $ref: '#/$defs/OutputFormat', xml: { attribute: true } },
      DefaultSelectedFlag: { type: 'boolean', xml: { attribute: true }, default: false },
      PredefinedContent: { $ref: '#/$defs/PredefinedContent' },
      OutputText: { type: 'array', items: { $ref: '#/$defs/OutputText' } },
      OutputXHTML: { $ref: '#/$defs/Base64' },
    },
    required: ['OutputFormat'],
  },
  MessageHeader: {
    type: 'object',
    properties: {
      ProtocolVersion: { $ref: '#/$defs/ProtocolVersion', xml: { attribute: true } },
      MessageClass: { $ref: '#/$defs/MessageClass', xml: { attribute: true } },
      MessageCategory: { $ref: '#/$defs/MessageCategory', xml: { attribute: true } },
      MessageType: { $ref: '#/$defs/MessageType', xml: { attribute: true } },
      ServiceID: { $ref: '#/$defs/ServiceID', xml: { attribute: true } },
      DeviceID: { $ref: '#/$defs/DeviceID', xml: { attribute: true } },
      SaleID: { $ref: '#/$defs/SaleID', xml: { attribute: true } },
      POIID: { $ref: '#/$defs/POIID', xml: { attribute: true } },
    },
    required: ['MessageClass', 'MessageCategory', 'MessageType', 'SaleID', 'POIID'],
  },
  MessageReference: {
    type: 'object',
    properties: {
      MessageCategory: { $ref: '#/$defs/MessageCategory', xml: { attribute: true } },
      ServiceID: { $ref: '#/$defs/ServiceID', xml: { attribute: true } },
      DeviceID: { $ref: '#/$defs/DeviceID', xml: { attribute: true } },
      SaleID: { $ref: '#/$defs/SaleID', xml: { attribute: true } },
      POIID: { $ref: '#/$defs/POIID', xml: { attribute: true } },
    },
  },
  MobileData: {
    type: 'object',
    properties: {
      MobileNetworkCode: { $ref: '#/$defs/MobileNetworkCode', xml: { attribute: true } },
      MaskedMSISDN: { $ref: '#/$defs/Digits', xml: { attribute: true } },
      MobileCountryCode: { $ref: '#/$defs/MobileCountryCode' },
      Geolocation: { $ref: '#/$defs/Geolocation' },
      ProtectedMobileData: { $ref: '#/$defs/ContentInformation' },
      SensitiveMobileData: { $ref: '#/$defs/SensitiveMobileData' },
    },
  },
  NamedKeyEncryptedData: {
    type: 'object',
    properties: {
      Version: { $ref: '#/$defs/Version', xml: { attribute: true }, default: 'v0' },
      KeyName: { type: 'string' },
      EncryptedContent: { $ref: '#/$defs/EncryptedContent' },
    },
    required: ['EncryptedContent'],
  },
  OriginalPOITransaction: {
    type: 'object',
    properties: {
      SaleID: { $ref: '#/$defs/SaleID', xml: { attribute: true } },
      POIID: { $ref: '#/$defs/POIID', xml: { attribute: true } },
      ReuseCardDataFlag: { type: 'boolean', xml: { attribute: true }, default: true },
      CustomerLanguage: { $ref: '#/$defs/ISOLanguage2A', xml: { attribute: true } },
      AcquirerID: { $ref: '#/$defs/Digits', xml: { attribute: true } },
      LastTransactionFlag: { type: 'boolean', xml: { attribute: true } },
      POITransactionID: { $ref: '#/$defs/TransactionIdentification' },
      ApprovalCode: { type: 'string' },
      HostTransactionID: { $ref: '#/$defs/TransactionIdentification' },
    },
  },
  OutputBarcode: {
    type: 'object',
    properties: {
      BarcodeType: { $ref: '#/$defs/BarcodeType', xml: { attribute: true }, default: 'EAN13' },
      QRCodeVersion: { type: 'string', xml: { attribute: true } },
      QRCodeEncodingMode: { $ref: '#/$defs/QRCodeEncodingMode', xml: { attribute: true } },
      QRCodeErrorCorrection: { $ref: '#/$defs/QRCodeErrorCorrection', xml: { attribute: true } },
      BarcodeValue: { type: 'string' },
      QRCodeBinaryValue: { $ref: '#/$defs/Base64' },
    },
  },
  OutputContent: {
    type: 'object',
    properties: {
      OutputFormat: { $ref: '#/$defs/OutputFormat', xml: { attribute: true } },
      PredefinedContent: { $ref: '#/$defs/PredefinedContent' },
      OutputText: { type: 'array', items: { $ref: '#/$defs/OutputText' } },
      OutputXHTML: { $ref: '#/$defs/Base64' },
      OutputBarcode: { $ref: '#/$defs/OutputBarcode' },
    },
    required: ['OutputFormat'],
  },
  OutputResult: {
    type: 'object',
    properties: {
      Device: { $ref: '#/$defs/Device', xml: { attribute: true } },
      InfoQualify: { $ref: '#/$defs/InfoQualify', xml: { attribute: true } },
      Response: { $ref: '#/$defs/Response' },
    },
    required: ['Device', 'InfoQualify', 'Response'],
  },
  OutputText: {
    type: 'object',
    properties: {
      CharacterSet: { $ref: '#/$defs/CharacterSet', xml: { attribute: true } },
      Font: { type: 'string', xml: { attribute: true } },
      StartRow: { $ref: '#/$defs/StartRow', xml: { attribute: true } },
      StartColumn: { $ref: '#/$defs/StartColumn', xml: { attribute: true } },
      Color: { $ref: '#/$defs/Color', xml: { attribute: true } },
      CharacterWidth: { $ref: '#/$defs/CharacterWidth', xml: { attribute: true } },
      CharacterHeight: { $ref: '#/$defs/CharacterHeight', xml: { attribute: true } },
      CharacterStyle: { $ref: '#/$defs/CharacterStyle', xml: { attribute: true } },
      Alignment: { $ref: '#/$defs/Alignment', xml: { attribute: true } },
      EndOfLineFlag: { type: 'boolean', xml: { attribute: true }, default: true },
      Text: { type: 'string', xml: { text: true } },
    },
    required: ['Text'],
  },
  POIData: {
    type: 'object',
    properties: {
      POIReconciliationID: { $ref: '#/$defs/Digits', xml: { attribute: true } },
      POITransactionID: { $ref: '#/$defs/TransactionIdentification' },
    },
    required: ['POITransactionID'],
  },
  POIProfile: {
    type: 'object',
    properties: {
      GenericProfile: { $ref: '#/$defs/GenericProfile', xml: { attribute: true }, default: 'Standard' },
      ServiceProfiles: { type: 'array', items: { $ref: '#/$defs/ServiceProfiles' }, xml: { list: true } },
    },
  },
  POISoftware: {
    type: 'object',
    properties: {
      ProviderIdentification: { type: 'string', xml: { attribute: true } },
      ApplicationName: { type: 'string', xml: { attribute: true } },
      SoftwareVersion: { type: 'string', xml: { attribute: true } },
      CertificationCode: { type: 'string', xml: { attribute: true } },
      ComponentDescription: { type: 'string', xml: { attribute: true } },
      ComponentType: { type: 'string', xml: { attribute: true } },
    },
    required: ['ProviderIdentification', 'ApplicationName', 'SoftwareVersion'],
  },
  POIStatus: {
    type: 'object',
    properties: {
      GlobalStatus: { $ref: '#/$defs/GlobalStatus', xml: { attribute: true } },
      SecurityOKFlag: { type: 'boolean', xml: { attribute: true } },
      PEDOKFlag: { type: 'boolean', xml: { attribute: true } },
      CardReaderOKFlag: { type: 'boolean', xml: { attribute: true } },
      PrinterStatus: { $ref: '#/$defs/PrinterStatus', xml: { attribute: true } },
      CommunicationOKFlag: { type: 'boolean', xml: { attribute: true } },
      FraudPreventionFlag: { type: 'boolean', xml: { attribute: true } },
      CashHandlingDevice: { type: 'array', items: { $ref: '#/$defs/CashHandlingDevice' } },
    },
    required: ['GlobalStatus'],
  },
  POISystemData: {
    type: 'object',
    properties: {
      TokenRequestStatus: { type: 'boolean', xml: { attribute: true } },
      CustomerOrderStatus: { type: 'boolean', xml: { attribute: true } },
      DateTime: { $ref: '#/$defs/DateTime' },
      POISoftware: { $ref: '#/$defs/POISoftware' },
      POITerminalData: { $ref: '#/$defs/POITerminalData' },
      POIStatus: { $ref: '#/$defs/POIStatus' },
    },
    required: ['DateTime', 'POISoftware'],
  },
  POITerminalData: {
    type: 'object',
    properties: {
      TerminalEnvironment: { $ref: '#/$defs/TerminalEnvironment', xml: { attribute: true } },
      POISerialNumber: { type: 'string', xml: { attribute: true } },
      POICapabilities: { type: 'array', items: { $ref: '#/$defs/POICapabilities' }, xml: { list: true } },
      POIProfile: { $ref: '#/$defs/POIProfile' },
    },
    required: ['TerminalEnvironment', 'POISerialNumber', 'POICapabilities'],
  },
  Parameter: {
    type: 'object',
    properties: {
      InitialisationVector: { $ref: '#/$defs/Base64', xml: { attribute: true } },
    },
  },
  PaymentAccountReq: {
    type: 'object',
    properties: {
      AccountType: { $ref: '#/$defs/AccountType', xml: { attribute: true }, default: 'Default' },
      CardAcquisitionReference: { $ref: '#/$defs/TransactionIdentification' },
      PaymentInstrumentData: { $ref: '#/$defs/PaymentInstrumentData' },
    },
  },
  PaymentAccountStatus: {
    type: 'object',
    properties: {
      Currency: { $ref: '#/$defs/ISOCurrency3A', xml: { attribute: true } },
      CurrentBalance: { $ref: '#/$defs/SimpleAmount', xml: { attribute: true } },
      PaymentInstrumentData: { $ref: '#/$defs/PaymentInstrumentData' },
      PaymentAcquirerData: { $ref: '#/$defs/PaymentAcquirerData' },
      LoyaltyAccountStatus: { $ref: '#/$defs/LoyaltyAccountStatus' },
    },
  },
  PaymentAcquirerData: {
    type: 'object',
    properties: {
      AcquirerID: { $ref: '#/$defs/Digits', xml: { attribute: true } },
      MerchantID: { type: 'string', xml: { attribute: true } },
      AcquirerPOIID: { type: 'string', xml: { attribute: true } },
      AcquirerTransactionID: { $ref: '#/$defs/TransactionIdentification' },
      ApprovalCode: { type: 'string' },
    },
    required: ['MerchantID', 'AcquirerPOIID'],
  },
  PaymentData: {
    type: 'object',
    properties: {
      PaymentType: { $ref: '#/$defs/PaymentType', xml: { attribute: true }, default: 'Normal' },
      SplitPaymentFlag: { type: 'boolean', xml: { attribute: true }, default: false },
      CardAcquisitionReference: { $ref: '#/$defs/TransactionIdentification' },
      RequestedValidityDate: { type: 'string' },
      Instalment: { $ref: '#/$defs/Instalment' },
      CustomerOrder: { $ref: '#/$defs/CustomerOrder' },
      PaymentInstrumentData: { $ref: '#/$defs/PaymentInstrumentData' },
    },
  },
  PaymentInstrumentData: {
    type: 'object',
    properties: {
      PaymentInstrumentType: { $ref: '#/$defs/PaymentInstrumentType', xml: { attribute: true } },
      CardData: { $ref: '#/$defs/CardData' },
      CheckData: { $ref: '#/$defs/CheckData' },
      MobileData: { $ref: '#/$defs/MobileData' },
    },
    required: ['PaymentInstrumentType'],
  },
  PaymentReceipt: {
    type: 'object',
    properties: {
      DocumentQualifier: { $ref: '#/$defs/DocumentQualifier', xml: { attribute: true } },
      IntegratedPrintFlag: { type: 'boolean', xml: { attribute: true }, default: false },
      RequiredSignatureFlag: { type: 'boolean', xml: { attribute: true }, default: false },
      OutputContent: { $ref: '#/$defs/OutputContent' },
    },
    required: ['DocumentQualifier', 'OutputContent'],
  },
  PaymentResult: {
    type: 'object',
    properties: {
      PaymentType: { $ref: '#/$defs/PaymentType', xml: { attribute: true }, default: 'Normal' },
      MerchantOverrideFlag: { type: 'boolean', xml: { attribute: true }, default: false },
      CustomerLanguage: { $ref: '#/$defs/ISOLanguage2A', xml: { attribute: true } },
      OnlineFlag: { type: 'boolean', xml: { attribute: true }, default: true },
      AuthenticationMethod: {
        type: 'array',
        items: { $ref: '#/$defs/AuthenticationMethod' },
        xml: { attribute: true, list: true },
      },
      ValidityDate: { type: 'string', xml: { attribute: true } },
      PaymentInstrumentData: { $ref: '#/$defs/PaymentInstrumentData' },
      AmountsResp: { $ref: '#/$defs/AmountsResp' },
      Instalment: { $ref: '#/$defs/Instalment' },
      CurrencyConversion: { type: 'array', items: { $ref: '#/$defs/CurrencyConversion' } },
      CapturedSignature: { $ref: '#/$defs/CapturedSignature' },
      ProtectedSignature: { $ref: '#/$defs/ContentInformation' },
      PaymentAcquirerData: { $ref: '#/$defs/PaymentAcquirerData' },
    },
  },
  PaymentToken: {
    type: 'object',
    properties: {
      TokenRequestedType: { $ref: '#/$defs/TokenRequestedType', xml: { attribute: true } },
      TokenValue: { type: 'string', xml: { attribute: true } },
      ExpiryDateTime: { $ref: '#/$defs/DateTime', xml: { attribute: true } },
    },
    required: ['TokenRequestedType', 'TokenValue'],
  },
  PaymentTotals: {
    type: 'object',
    properties: {
      TransactionType: { $ref: '#/$defs/TransactionType', xml: { attribute: true } },
      TransactionCount: { type: 'integer', xml: { attribute: true } },
      TransactionAmount: { $ref: '#/$defs/SimpleAmount', xml: { attribute: true } },
    },
    required: ['TransactionType', 'TransactionCount', 'TransactionAmount'],
  },
  PaymentTransaction: {
    type: 'object',
    properties: {
      AmountsReq: { $ref: '#/$defs/AmountsReq' },
      OriginalPOITransaction: { $ref: '#/$defs/OriginalPOITransaction' },
      TransactionConditions: { $ref: '#/$defs/TransactionConditions' },
      SaleItem: { type: 'array', items: { $ref: '#/$defs/SaleItem' } },
    },
    required: ['AmountsReq'],
  },
  PerformedTransaction: {
    type: 'object',
    properties: {
      ReversedAmount: { $ref: '#/$defs/SimpleAmount', xml: { attribute: true } },
      Response: { $ref: '#/$defs/Response' },
      SaleData: { $ref: '#/$defs/SaleData' },
      POIData: { $ref: '#/$defs/POIData' },
      PaymentResult: { $ref: '#/$defs/PaymentResult' },
      LoyaltyResult: { type: 'array', items: { $ref: '#/$defs/LoyaltyResult' } },
    },
    required: ['Response', 'POIData'],
  },
  PredefinedContent: {
    type: 'object',
    properties: {
      ReferenceID: { type: 'string', xml: { attribute: true } },
      Language: { $ref: '#/$defs/ISOLanguage2A', xml: { attribute: true } },
    },
    required: ['ReferenceID'],
  },
  PrintOutput: {
    type: 'object',
    properties: {
      DocumentQualifier: { $ref: '#/$defs/DocumentQualifier', xml: { attribute: true } },
      ResponseMode: { $ref: '#/$defs/ResponseMode', xml: { attribute: true } },
      IntegratedPrintFlag: { type: 'boolean', xml: { attribute: true }, default: false },
      RequiredSignatureFlag: { type: 'boolean', xml: { attribute: true }, default: false },
      OutputContent: { $ref: '#/$defs/OutputContent' },
      OutputSignature: { $ref: '#/$defs/Base64' },
    },
    required: ['DocumentQualifier', 'ResponseMode', 'OutputContent'],
  },
  RawSignature: {
    type: 'object',
    properties: {
      AreaSize: { $ref: '#/$defs/AreaSize' },
      SignaturePoint: { type: 'array', items: { $ref: '#/$defs/SignaturePoint' }, minItems: 1 },
    },
    required: ['SignaturePoint'],
  },
  Rebates: {
    type: 'object',
    properties: {
      TotalRebate: { $ref: '#/$defs/SimpleAmount' },
      RebateLabel: { type: 'string' },
      SaleItemRebate: { type: 'array', items: { $ref: '#/$defs/SaleItemRebate' } },
    },
  },
  RecipientIdentifier: {
    type: 'object',
    properties: {
      IssuerAndSerialNumber: { $ref: '#/$defs/IssuerAndSerialNumber' },
    },
    required: ['IssuerAndSerialNumber'],
  },
  RelativeDistinguishedName: {
    type: 'object',
    properties: {
      AttributeType: { $ref: '#/$defs/AttributeType' },
      AttributeValue: { type: 'string' },
    },
    required: ['AttributeType', 'AttributeValue'],
  },
  RepeatedMessageResponse: {
    type: 'object',
    properties: {
      MessageHeader: { $ref: '#/$defs/MessageHeader' },
      LoyaltyResponse: { $ref: '#/$defs/LoyaltyResponse' },
      PaymentResponse: { $ref: '#/$defs/PaymentResponse' },
      ReversalResponse: { $ref: '#/$defs/ReversalResponse' },
      StoredValueResponse: { $ref: '#/$defs/StoredValueResponse' },
      CardAcquisitionResponse: { $ref: '#/$defs/CardAcquisitionResponse' },
      CardReaderAPDUResponse: { $ref: '#/$defs/CardReaderAPDUResponse' },
    },
    required: ['MessageHeader'],
    oneOf: [
      { required: ['LoyaltyResponse'] },
      { required: ['PaymentResponse'] },
      { required: ['ReversalResponse'] },
      { required: ['StoredValueResponse'] },
      { required: ['CardAcquisitionResponse'] },
      { required: ['CardReaderAPDUResponse'] },
    ],
  },
  Response: {
    type: 'object',
    properties: {
      Result: { $ref: '#/$defs/Result', xml: { attribute: true } },
      ErrorCondition: { $ref: '#/$defs/ErrorCondition', xml: { attribute: true } },
      AdditionalResponse: { type: 'string' },
    },
    required: ['Result'],
  },
  SaleData: {
    type: 'object',
    properties: {
      OperatorID: { type: 'string', xml: { attribute: true } },
      OperatorLanguage: { $ref: '#/$defs/ISOLanguage2A', xml: { attribute: true } },
      ShiftNumber: { type: 'string', xml: { attribute: true } },
      SaleReferenceID: { type: 'string', xml: { attribute: true } },
      TokenRequestedType: { $ref: '#/$defs/TokenRequestedType', xml: { attribute: true } },
      CustomerOrderID: { type: 'string', xml: { attribute: true } },
      CustomerOrderReq: {
        type: 'array',
        items: { $ref: '#/$defs/CustomerOrderReq' },
        xml: { attribute: true, list: true },
      },
      SaleTransactionID: { $ref: '#/$defs/TransactionIdentification' },
      SaleTerminalData: { $ref: '#/$defs/SaleTerminalData' },
      SponsoredMerchant: { type: 'array', items: { $ref: '#/$defs/SponsoredMerchant' } },
      SaleToPOIData: { type: 'string' },
      SaleToAcquirerData: { type: 'string' },
      SaleToIssuerData: { $ref: '#/$defs/SaleToIssuerData' },
    },
    required: ['SaleTransactionID'],
  },
  SaleItem: {
    type: 'object',
    properties: {
      ItemID: { type: 'integer', xml: { attribute: true } },
      ProductCode: { $ref: '#/$defs/ProductCode', xml: { attribute: true } },
      EanUpc: { $ref: '#/$defs/Digits', xml: { attribute: true } },
      ItemAmount: { $ref: '#/$defs/SimpleAmount', xml: { attribute: true } },
      UnitOfMeasure: { $ref: '#/$defs/UnitOfMeasure' },
      Quantity: { $ref: '#/$defs/Decimal' },
      UnitPrice: { $ref: '#/$defs/SimpleAmount' },
      TaxCode: { $ref: '#/$defs/Digits' },
      SaleChannel: { $ref: '#/$defs/Digits' },
      ProductLabel: { type: 'string' },
      AdditionalProductInfo: { type: 'string' },
    },
    required: ['ItemID', 'ProductCode', 'ItemAmount'],
  },
  SaleItemRebate: {
    type: 'object',
    properties: {
      ItemID: { type: 'integer', xml: { attribute: true } },
      ProductCode: { $ref: '#/$defs/ProductCode', xml: { attribute: true } },
      EanUpc: { $ref: '#/$defs/Digits', xml: { attribute: true } },
      ItemAmount: { $ref: '#/$defs/SimpleAmount', xml: { attribute: true } },
      UnitOfMeasure: { $ref: '#/$defs/UnitOfMeasure' },
      Quantity: { $ref: '#/$defs/Decimal' },
      RebateLabel: { type: 'string' },
    },
    required: ['ItemID', 'ProductCode'],
  },
  SaleProfile: {
    type: 'object',
    properties: {
      GenericProfile: { $ref: '#/$defs/GenericProfile', xml: { attribute: true }, default: 'Standard' },
      ServiceProfiles: { type: 'array', items: { $ref: '#/$defs/ServiceProfiles' }, xml: { list: true } },
    },
  },
  SaleSoftware: {
    type: 'object',
    properties: {
      ProviderIdentification: { type: 'string', xml: { attribute: true } },
      ApplicationName: { type: 'string', xml: { attribute: true } },
      SoftwareVersion: { type: 'string', xml: { attribute: true } },
      CertificationCode: { type: 'string', xml: { attribute: true } },
      ComponentDescription: { type: 'string', xml: { attribute: true } },
      ComponentType: { type: 'string', xml: { attribute: true } },
    },
    required: ['ProviderIdentification', 'ApplicationName', 'SoftwareVersion'],
  },
  SaleTerminalData: {
    type: 'object',
    properties: {
      TerminalEnvironment: { $ref: '#/$defs/TerminalEnvironment', xml: { attribute: true } },
      TotalsGroupID: { $ref: '#/$defs/TotalsGroupID', xml: { attribute: true } },
      SaleCapabilities: { type: 'array', items: { $ref: '#/$defs/SaleCapabilities' }, xml: { list: true } },
      SaleProfile: { $ref: '#/$defs/SaleProfile' },
    },
  },
  SaleToIssuerData: {
    type: 'object',
    properties: {
      StatementReference: { type: 'string' },
    },
  },
  SearchCriterias: {
    type: 'object',
    properties: {},
  },
  SearchOutputOrder: {
    type: 'object',
    properties: {},
  },
  SensitiveCardData: {
    type: 'object',
    properties: {
      PAN: { $ref: '#/$defs/PAN', xml: { attribute: true } },
      CardSeqNumb: { $ref: '#/$defs/CardSeqNumb', xml: { attribute: true } },
      ExpiryDate: { $ref: '#/$defs/ExpiryDate', xml: { attribute: true } },
      TrackData: { type: 'array', items: { $ref: '#/$defs/TrackData' }, maxItems: 4 },
    },
  },
  SensitiveMobileData: {
    type: 'object',
    properties: {
      MSISDN: { $ref: '#/$defs/Digits', xml: { attribute: true } },
      IMSI: { $ref: '#/$defs/Digits', xml: { attribute: true } },
      IMEI: { $ref: '#/$defs/Digits', xml: { attribute: true } },
    },
    required: ['MSISDN'],
  },
  SignatureImage: {
    type: 'object',
    properties: {
      ImageFormat: { type: 'string' },
      ImageData: { $ref: '#/$defs/Base64' },
      ImageReference: { type: 'string' },
    },
  },
  SignaturePoint: {
    type: 'object',
    properties: {
      X: { type: 'string', xml: { attribute: true } },
      Y: { type: 'string', xml: { attribute: true } },
    },
    required: ['X', 'Y'],
  },
  SignedData: {
    type: 'object',
    properties: {
      Version: { $ref: '#/$defs/Version', xml: { attribute: true }, default: 'v1' },
      DigestAlgorithm: { type: 'array', items: { $ref: '#/$defs/AlgorithmIdentifier' }, minItems: 1 },
      EncapsulatedContent: { $ref: '#/$defs/EncapsulatedContent' },
      Certificate: { type: 'array', items: { $ref: '#/$defs/Base64' } },
      Signer: { type: 'array', items: { $ref: '#/$defs/Signer' }, minItems: 1 },
    },
    required: ['DigestAlgorithm', 'EncapsulatedContent', 'Signer'],
  },
  Signer: {
    type: 'object',
    properties: {
      Version: { $ref: '#/$defs/Version', xml: { attribute: true }, default: 'v1' },
      SignerIdentifier: { $ref: '#/$defs/SignerIdentifier' },
      DigestAlgorithm: { $ref: '#/$defs/AlgorithmIdentifier' },
      SignatureAlgorithm: { $ref: '#/$defs/AlgorithmIdentifier' },
      Signature: { $ref: '#/$defs/Base64' },
    },
    required: ['SignerIdentifier', 'DigestAlgorithm', 'SignatureAlgorithm', 'Signature'],
  },
  SignerIdentifier: {
    type: 'object',
    properties: {
      IssuerAndSerialNumber: { $ref: '#/$defs/IssuerAndSerialNumber' },
    },
    required: ['IssuerAndSerialNumber'],
  },
  SoundContent: {
    type: 'object',
    properties: {
      SoundFormat: { $ref: '#/$defs/SoundFormat', xml: { attribute: true } },
      Language: { $ref: '#/$defs/ISOLanguage2A', xml: { attribute: true } },
      ReferenceID: { type: 'string', xml: { attribute: true } },
      Text: { type: 'string', xml: { text: true } },
    },
    required: ['Text'],
  },
  SponsoredMerchant: {
    type: 'object',
    properties: {
      CommonName: { type: 'string', xml: { attribute: true } },
      Address: { type: 'string', xml: { attribute: true } },
      CountryCode: { type: 'string', xml: { attribute: true } },
      MerchantCategoryCode: { $ref: '#/$defs/MerchantCategoryCode', xml: { attribute: true } },
      RegisteredIdentifier: { type: 'string', xml: { attribute: true } },
    },
    required: ['CommonName', 'CountryCode', 'MerchantCategoryCode', 'RegisteredIdentifier'],
  },
  StoredValueAccountID: {
    type: 'object',
    properties: {
      StoredValueAccountType: { $ref: '#/$defs/StoredValueAccountType', xml: { attribute: true } },
      StoredValueProvider: { type: 'string', xml: { attribute: true } },
      OwnerName: { type: 'string', xml: { attribute: true } },
      ExpiryDate: { $ref: '#/$defs/ExpiryDate', xml: { attribute: true } },
      EntryMode: { type: 'array', items: { $ref: '#/$defs/EntryMode' }, xml: { attribute: true, list: true } },
      IdentificationType: { $ref: '#/$defs/IdentificationType', xml: { attribute: true } },
      Text: { type: 'string', xml: { text: true } },
    },
    required: ['StoredValueAccountType', 'EntryMode', 'IdentificationType', 'Text'],
  },
  StoredValueAccountStatus: {
    type: 'object',
    properties: {
      CurrentBalance: { $ref: '#/$defs/SimpleAmount', xml: { attribute: true } },
      StoredValueAccountID: { $ref: '#/$defs/StoredValueAccountID' },
    },
    required: ['StoredValueAccountID'],
  },
  StoredValueData: {
    type: 'object',
    properties: {
      StoredValueProvider: { type: 'string', xml: { attribute: true } },
      StoredValueTransactionType: { $ref: '#/$defs/StoredValueTransactionType', xml: { attribute: true } },
      ProductCode: { $ref: '#/$defs/ProductCode', xml: { attribute: true } },
      EanUpc: { $ref: '#/$defs/Digits', xml: { attribute: true } },
      ItemAmount: { $ref: '#/$defs/SimpleAmount', xml: { attribute: true } },
      Currency: { $ref: '#/$defs/ISOCurrency3A', xml: { attribute: true } },
      StoredValueAccountID: { $ref: '#/$defs/StoredValueAccountID' },
      OriginalPOITransaction: { $ref: '#/$defs/OriginalPOITransaction' },
    },
    required: ['StoredValueTransactionType', 'ItemAmount', 'Currency'],
  },
  StoredValueResult: {
    type: 'object',
    properties: {
      StoredValueTransactionType: { $ref: '#/$defs/StoredValueTransactionType', xml: { attribute: true } },
      ProductCode: { $ref: '#/$defs/ProductCode', xml: { attribute: true } },
      EanUpc: { $ref: '#/$defs/Digits', xml: { attribute: true } },
      ItemAmount: { $ref: '#/$defs/SimpleAmount', xml: { attribute: true } },
      Currency: { $ref: '#/$defs/ISOCurrency3A', xml: { attribute: true } },
      StoredValueAccountStatus: { $ref: '#/$defs/StoredValueAccountStatus' },
      HostTransactionID: { $ref: '#/$defs/TransactionIdentification' },
    },
    required: ['StoredValueTransactionType', 'ProductCode', 'ItemAmount', 'Currency', 'StoredValueAccountStatus'],
  },
  TotalFilter: {
    type: 'object',
    properties: {
      POIID: { $ref: '#/$defs/POIID', xml: { attribute: true } },
      SaleID: { $ref: '#/$defs/SaleID', xml: { attribute: true } },
      OperatorID: { type: 'string', xml: { attribute: true } },
      ShiftNumber: { type: 'string', xml: { attribute: true } },
      TotalsGroupID: { $ref: '#/$defs/TotalsGroupID', xml: { attribute: true } },
    },
  },
  TrackData: {
    type: 'object',
    properties: {
      TrackNumb: { $ref: '#/$defs/TrackNumb', xml: { attribute: true }, default: 2 },
      TrackFormat: { $ref: '#/$defs/TrackFormat', xml: { attribute: true }, default: 'ISO' },
      Text: { type: 'string', xml: { text: true } },
    },
    required: ['Text'],
  },
  TransactionConditions: {
    type: 'object',
    properties: {
      DebitPreferredFlag: { type: 'boolean', xml: { attribute: true }, default: false },
      LoyaltyHandling: { $ref: '#/$defs/LoyaltyHandling', xml: { attribute: true }, default: 'Forbidden' },
      CustomerLanguage: { $ref: '#/$defs/ISOLanguage2A', xml: { attribute: true } },
      ForceOnlineFlag: { type: 'boolean', xml: { attribute: true }, default: false },
      MerchantCategoryCode: { $ref: '#/$defs/MerchantCategoryCode', xml: { attribute: true } },
      AllowedPaymentBrand: { type: 'array', items: { type: 'string' } },
      AcquirerID: { type: 'array', items: { $ref: '#/$defs/Digits' } },
      AllowedLoyaltyBrand: { type: 'array', items: { type: 'string' } },
      ForceEntryMode: {
        type: 'array',
        items: { type: 'array', items: { $ref: '#/$defs/ForceEntryMode' }, xml: { list: true } },
      },
    },
  },
  TransactionIdentification: {
    type: 'object',
    properties: {
      TransactionID: { type: 'string', xml: { attribute: true } },
      TimeStamp: { $ref: '#/$defs/DateTime', xml: { attribute: true } },
    },
    required: ['TransactionID', 'TimeStamp'],
  },
  TransactionReport: {
    type: 'object',
    properties: {
      Response: { $ref: '#/$defs/Response' },
      SaleData: { $ref: '#/$defs/SaleData' },
      POIData: { $ref: '#/$defs/POIData' },
      PaymentResult: { $ref: '#/$defs/PaymentResult' },
    },
    required: ['Response', 'SaleData', 'POIData'],
  },
  TransactionToPerform: {
    type: 'object',
    properties: {
      PaymentRequest: { $ref: '#/$defs/PaymentRequest' },
      LoyaltyRequest: { $ref: '#/$defs/LoyaltyRequest' },
      ReversalRequest: { $ref: '#/$defs/ReversalRequest' },
    },
    oneOf: [{ required: ['PaymentRequest'] }, { required: ['LoyaltyRequest'] }, { required: ['ReversalRequest'] }],
  },
  TransactionTotals: {
    type: 'object',
    properties: {
      PaymentInstrumentType: { $ref: '#/$defs/PaymentInstrumentType', xml: { attribute: true } },
      AcquirerID: { $ref: '#/$defs/Digits', xml: { attribute: true } },
      ErrorCondition: { $ref: '#/$defs/ErrorCondition', xml: { attribute: true } },
      HostReconciliationID: { type: 'string', xml: { attribute: true } },
      CardBrand: { type: 'string', xml: { attribute: true } },
      POIID: { $ref: '#/$defs/POIID', xml: { attribute: true } },
      SaleID: { $ref: '#/$defs/SaleID', xml: { attribute: true } },
      OperatorID: { type: 'string', xml: { attribute: true } },
      ShiftNumber: { type: 'string', xml: { attribute: true } },
      TotalsGroupID: { $ref: '#/$defs/TotalsGroupID', xml: { attribute: true } },
      PaymentCurrency: { $ref: '#/$defs/ISOCurrency3A', xml: { attribute: true } },
      LoyaltyUnit: { $ref: '#/$defs/LoyaltyUnit', xml: { attribute: true }, default: 'Point' },
      LoyaltyCurrency: { $ref: '#/$defs/ISOCurrency3A', xml: { attribute: true } },
      PaymentTotals: { type: 'array', items: { $ref: '#/$defs/PaymentTotals' }, maxItems: 10 },
      LoyaltyTotals: { type: 'array', items: { $ref: '#/$defs/LoyaltyTotals' }, maxItems: 6 },
    },
    required: ['PaymentInstrumentType'],
  },
  UTMCoordinates: {
    type: 'object',
    properties: {
      UTMZone: { type: 'string' },
      UTMEastward: { type: 'string' },
      UTMNorthward: { type: 'string' },
    },
    required: ['UTMZone', 'UTMEastward', 'UTMNorthward'],
  },

  // Values with rules of their own
  Base64: { type: 'string', pattern: '^[A-Za-z0-9+/\\s]*=*\\s*$' },
  Byte: { type: 'string', pattern: '^[A-Za-z0-9+/]{2}==$' },
  DateTime: { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?(Z|[+-]\\d\\d:\\d\\d)?$' },
  Decimal: { type: 'string', pattern: '^-?\\d+(\\.\\d+)?$' },
  Digits: { type: 'string', pattern: '^[0-9]+$' },
  SimpleAmount: { type: 'string', pattern: '^\\d+(\\.\\d+)?$' },
  AllowedProductCode: { type: 'string', pattern: '^[0-9]+$', minLength: 1, maxLength: 20 },
  CardCountryCode: { type: 'string', pattern: '^[0-9]+$', minLength: 3, maxLength: 3 },
  CardSeqNumb: { type: 'string', pattern: '^[0-9]+$', minLength: 2, maxLength: 3 },
  CharacterSet: { type: 'integer', minimum: 3, maximum: 2000 },
  DeviceID: { type: 'string', minLength: 1, maxLength: 10 },
  DigitInput: { type: 'string', pattern: '^[0-9]*$' },
  ExpiryDate: { type: 'string', pattern: '^[0-9]+$', minLength: 4, maxLength: 4 },
  ISOCountry3A: { type: 'string', pattern: '^[A-Za-z]{3}$' },
  ISOCurrency3A: { type: 'string', pattern: '^[A-Z]{3}$' },
  ISOLanguage2A: { type: 'string', pattern: '^[a-z]{2}$' },
  MenuEntryNumber: { type: 'integer', minimum: 1 },
  MerchantCategoryCode: { type: 'string', minLength: 3, maxLength: 4 },
  MinimumDisplayTime: { type: 'integer', minimum: 0, maximum: 999 },
  MobileCountryCode: { type: 'string', pattern: '^[0-9]+$', minLength: 3, maxLength: 3 },
  MobileNetworkCode: { type: 'string', pattern: '^[0-9]+$', minLength: 2, maxLength: 3 },
  PAN: { type: 'string', pattern: '^[0-9]+$', minLength: 8, maxLength: 28 },
  POIID: { type: 'string', minLength: 1, maxLength: 32 },
  ProductCode: { type: 'string', pattern: '^[0-9]+$', minLength: 1, maxLength: 12 },
  ProtocolVersion: { type: 'string', pattern: '^[0-9]+\\.[0-9]+$' },
  SaleID: { type: 'string' },
  ServiceID: { type: 'string', minLength: 1, maxLength: 10 },
  StartColumn: { type: 'integer', minimum: 1, maximum: 100 },
  StartRow: { type: 'integer', minimum: 1, maximum: 500 },
  TotalsGroupID: { type: 'string', minLength: 1, maxLength: 16 },
  TrackNumb: { type: 'integer', minimum: 1, maximum: 3 },

  // Code lists
  AccountType: {
    type: 'string',
    enum: ['Default', 'Savings', 'Checking', 'CreditCard', 'Universal', 'Investment', 'CardTotals', 'EpurseCard'],
  },
  Algorithm: {
    type: 'string',
    enum: [
      'id-retail-cbc-mac',
      'id-retail-cbc-mac-sha-256',
      'id-ukpt-wrap ',
      'id-dukpt-wrap',
      'des-ede3-ecb',
      'des-ede3-cbc',
      'id-sha256',
      'sha256WithRSAEncryption',
      'rsaEncryption',
    ],
  },
  Alignment: { type: 'string', enum: ['Left', 'Right', 'Centred', 'Justified'] },
  AttributeType: {
    type: 'string',
    enum: [
      'id-at-commonName',
      'id-at-localityName',
      'id-at-organizationName',
      'id-at-organizationalUnitName',
      'id-at-countryName',
    ],
  },
  AuthenticationMethod: {
    type: 'string',
    enum: [
      'Bypass',
      'ManualVerification',
      'MerchantAuthentication',
      'OfflinePIN',
      'OnLinePIN',
      'PaperSignature',
      'SecuredChannel',
      'SecureCertificate',
      'SecureNoCertificate',
      'SignatureCapture',
      'UnknownMethod',
    ],
  },
  BarcodeType: { type: 'string', enum: ['EAN8', 'EAN13', 'UPCA', 'Code25', 'Code128', 'PDF417', 'QRCODE'] },
  CharacterHeight: { type: 'string', enum: ['SingleHeight', 'DoubleHeight', 'HalfHeight'] },
  CharacterStyle: { type: 'string', enum: ['Normal', 'Bold', 'Italic', 'Underlined'] },
  CharacterWidth: { type: 'string', enum: ['SingleWidth', 'DoubleWidth'] },
  CheckTypeCode: { type: 'string', enum: ['Personal', 'Company'] },
  Color: { type: 'string', enum: ['White', 'Black', 'Red', 'Green', 'Blue', 'Yellow', 'Magenta', 'Cyan'] },
  ContentType: {
    type: 'string',
    enum: ['id-data', 'id-signedData', 'id-envelopedData', 'id-digestedData', 'id-encryptedData', 'id-ct-authData'],
  },
  CustomerOrderReq: { type: 'string', enum: ['Open', 'Closed', 'Both'] },
  Device: { type: 'string', enum: ['CashierDisplay', 'CustomerDisplay', 'CashierInput', 'CustomerInput'] },
  DocumentQualifier: {
    type: 'string',
    enum: ['SaleReceipt', 'CashierReceipt', 'CustomerReceipt', 'Document', 'Voucher', 'Journal'],
  },
  EntryMode: {
    type: 'string',
    enum: [
      'RFID',
      'Keyed',
      'Manual',
      'File',
      'Scanned',
      'MagStripe',
      'ICC',
      'SynchronousICC',
      'Tapped',
      'Contactless',
      'Mobile',
    ],
  },
  ErrorCondition: {
    type: 'string',
    enum: [
      'Aborted',
      'Busy',
      'Cancel',
      'DeviceOut',
      'InsertedCard',
      'InProgress',
      'LoggedOut',
      'MessageFormat',
      'NotAllowed',
      'NotFound',
      'PaymentRestriction',
      'Refusal',
      'UnavailableDevice',
      'UnavailableService',
      'InvalidCard',
      'UnreachableHost',
      'WrongPIN',
    ],
  },
  EventToNotify: {
    type: 'string',
    enum: [
      'BeginMaintenance',
      'EndMaintenance',
      'Shutdown',
      'Initialised',
      'OutOfOrder',
      'Completed',
      'Abort',
      'SaleWakeUp',
      'SaleAdmin',
      'CustomerLanguage',
      'KeyPressed',
      'SecurityAlarm',
      'StopAssistance',
      'CardInserted',
      'CardRemoved',
      'Reject',
    ],
  },
  ForceEntryMode: {
    type: 'string',
    enum: [
      'RFID',
      'Keyed',
      'Manual',
      'File',
      'Scanned',
      'MagStripe',
      'ICC',
      'SynchronousICC',
      'Tapped',
      'Contactless',
      'CheckReader',
    ],
  },
  GenericProfile: { type: 'string', enum: ['Basic', 'Standard', 'Extended'] },
  GlobalStatus: { type: 'string', enum: ['OK', 'Busy', 'Maintenance', 'Unreachable'] },
  IdentificationSupport: { type: 'string', enum: ['NoCard', 'LoyaltyCard', 'HybridCard', 'LinkedCard'] },
  IdentificationType: { type: 'string', enum: ['PAN', 'ISOTrack2', 'BarCode', 'AccountNumber', 'PhoneNumber'] },
  InfoQualify: {
    type: 'string',
    enum: [
      'Status',
      'Error',
      'Display',
      'Sound',
      'Input',
      'POIReplication',
      'CustomerAssistance',
      'Receipt',
      'Document',
      'Voucher',
    ],
  },
  InputCommand: {
    type: 'string',
    enum: [
      'GetAnyKey',
      'GetConfirmation',
      'SiteManager',
      'TextString',
      'DigitString',
      'DecimalString',
      'GetFunctionKey',
      'GetMenuEntry',
      'Password',
    ],
  },
  InstalmentType: { type: 'string', enum: ['DeferredInstalments', 'EqualInstalments', 'InequalInstalments'] },
  LoyaltyHandling: { type: 'string', enum: ['Forbidden', 'Processed', 'Allowed', 'Proposed', 'Required'] },
  LoyaltyTransactionType: {
    type: 'string',
    enum: ['Award', 'Rebate', 'Redemption', 'AwardRefund', 'RebateRefund', 'RedemptionRefund'],
  },
  LoyaltyUnit: { type: 'string', enum: ['Point', 'Monetary'] },
  MenuEntryTag: { type: 'string', enum: ['Selectable', 'NonSelectable', 'SubMenu', 'NonSelectableSubMenu'] },
  MessageClass: { type: 'string', enum: ['Service', 'Device', 'Event'] },
  MessageType: { type: 'string', enum: ['Request', 'Response', 'Notification'] },
  OutputFormat: { type: 'string', enum: ['MessageRef', 'Text', 'XHTML', 'BarCode'] },
  PINFormat: { type: 'string', enum: ['ISO0', 'ISO1', 'ISO2', 'ISO3'] },
  PINRequestType: { type: 'string', enum: ['PINVerify', 'PINVerifyOnly', 'PINEnter'] },
  POICapabilities: {
    type: 'string',
    enum: [
      'CashierDisplay',
      'CashierError',
      'CashierInput',
      'CustomerDisplay',
      'CustomerError',
      'CustomerInput',
      'PrinterReceipt',
      'PrinterDocument',
      'PrinterVoucher',
      'MagStripe',
      'ICC',
      'EMVContactless',
      'CashHandling',
    ],
  },
  PaymentInstrumentType: { type: 'string', enum: ['Card', 'Check', 'Mobile', 'StoredValue', 'Cash'] },
  PaymentType: {
    type: 'string',
    enum: [
      'Normal',
      'Refund',
      'OneTimeReservation',
      'FirstReservation',
      'UpdateReservation',
      'Completion',
      'CashAdvance',
      'CashDeposit',
      'Recurring',
      'Instalment',
      'IssuerInstalment',
      'PaidOut',
      'VoiceAuthorisation',
    ],
  },
  PeriodUnit: { type: 'string', enum: ['Daily', 'Weekly', 'Monthly', 'Annual'] },
  PrinterStatus: { type: 'string', enum: ['OK', 'PaperLow', 'NoPaper', 'PaperJam', 'OutOfOrder'] },
  QRCodeEncodingMode: { type: 'string', enum: ['Numeric', 'Alphanumeric', 'Binary', 'Kanji'] },
  QRCodeErrorCorrection: { type: 'string', enum: ['L', 'M', 'Q', 'H'] },
  ReconciliationType: {
    type: 'string',
    enum: ['SaleReconciliation', 'AcquirerSynchronisation', 'AcquirerReconciliation', 'PreviousReconciliation'],
  },
  ResponseMode: { type: 'string', enum: ['NotRequired', 'Immediate', 'PrintEnd', 'SoundEnd'] },
  Result: { type: 'string', enum: ['Success', 'Failure', 'Partial'] },
  ReversalReason: { type: 'string', enum: ['CustCancel', 'MerchantCancel', 'Malfunction', 'Unable2Compl'] },
  SaleCapabilities: {
    type: 'string',
    enum: [
      'CashierStatus',
      'CashierError',
      'CashierDisplay',
      'POIReplication',
      'CashierInput',
      'CustomerAssistance',
      'CustomerDisplay',
      'CustomerError',
      'CustomerInput',
      'PrinterReceipt',
      'PrinterDocument',
      'PrinterVoucher',
      'MagStripe',
      'ICC',
      'EMVContactless',
    ],
  },
  ServiceProfiles: {
    type: 'string',
    enum: [
      'Synchro',
      'Batch',
      'OneTimeRes',
      'Reservation',
      'Loyalty',
      'StoredValue',
      'PIN',
      'CardReader',
      'Sound',
      'Communication',
    ],
  },
  ServicesEnabled: { type: 'string', enum: ['CardAcquisition', 'Payment', 'Loyalty'] },
  SoundAction: { type: 'string', enum: ['StartSound', 'StopSound', 'SetDefaultVolume'] },
  SoundFormat: { type: 'string', enum: ['SoundRef', 'MessageRef', 'Text'] },
  StoredValueAccountType: { type: 'string', enum: ['GiftCard', 'PhoneCard', 'Other'] },
  StoredValueTransactionType: {
    type: 'string',
    enum: ['Reserve', 'Activate', 'Load', 'Unload', 'Reverse', 'Duplicate'],
  },
  TerminalEnvironment: { type: 'string', enum: ['Attended', 'SemiAttended', 'Unattended'] },
  TokenRequestedType: { type: 'string', enum: ['Transaction', 'Customer'] },
  TotalDetails: { type: 'string', enum: ['POIID', 'SaleID', 'OperatorID', 'ShiftNumber', 'TotalsGroupID'] },
  TrackFormat: { type: 'string', enum: ['ISO', 'JIS-I', 'JIS-II', 'AAMVA', 'CMC-7', 'E-13B'] },
  TransactionAction: { type: 'string', enum: ['StartTransaction', 'AbortTransaction'] },
  TransactionType: {
    type: 'string',
    enum: [
      'Debit',
      'Credit',
      'ReverseDebit',
      'ReverseCredit',
      'OneTimeReservation',
      'CompletedDeffered',
      'FirstReservation',
      'UpdateReservation',
      'CompletedReservation',
      'CashAdvance',
      'IssuerInstalment',
      'Declined',
      'Failed',
      'Award',
      'ReverseAward',
      'Redemption',
      'ReverseRedemption',
      'Rebate',
      'ReverseRebate',
    ],
  },
  UnitOfMeasure: {
    type: 'string',
    enum: [
      'Case',
      'Foot',
      'UKGallon',
      'USGallon',
      'Gram',
      'Inch',
      'Kilogram',
      'Pound',
      'Meter',
      'Centimetre',
      'Litre',
      'Centilitre',
      'Ounce',
      'Quart',
      'Pint',
      'Mile',
      'Kilometre',
      'Yard',
      'Other',
    ],
  },
  Version: { type: 'string', enum: ['v0', 'v1', 'v2', 'v3', 'v4', 'v5'] },
} as const;

type Bodies = typeof bodies;
type RootOf<Name extends keyof Bodies> = Bodies[Name]['message']['type'] extends 'Response'
  ? 'SaleToPOIResponse'
  : 'SaleToPOIRequest';
type BodyOf<Root> = { [Name in keyof Bodies]: RootOf<Name> extends Root ? Name : never }[keyof Bodies];

/** The root element as a type: header, one of its bodies, trailer. */
interface RootSchema<Body extends string> {
  readonly type: 'object';
  readonly properties: {
    readonly [Name in 'MessageHeader' | Body | 'SecurityTrailer']: {
      readonly $ref: `#/$defs/${Name extends 'SecurityTrailer' ? 'ContentInformation' : Name}`;
    };
  };
  readonly required: readonly ['MessageHeader'];
}

/** What each message body is, and the root it travels in. */
export const messages = Object.fromEntries(
  Object.entries(bodies).map(([name, { message }]) => {
    const root = message.type === 'Response' ? 'SaleToPOIResponse' : 'SaleToPOIRequest';
    return [name, { root, ...message }];
  }),
) as { readonly [Name in keyof Bodies]: MessageEntry & { readonly root: RootOf<Name> } };

function rootSchema<Root extends 'SaleToPOIRequest' | 'SaleToPOIResponse'>(root: Root): RootSchema<BodyOf<Root>> {
  const names = Object.entries(messages).flatMap(([name, entry]) => (entry.root === root ? [name] : []));
  const properties = {
    MessageHeader: { $ref: '#/$defs/MessageHeader' },
    ...Object.fromEntries(names.map((name) => [name, { $ref: `#/$defs/${name}` }])),
    SecurityTrailer: { $ref: '#/$defs/ContentInformation' },
  };
  return { type: 'object', properties, required: ['MessageHeader'] } as unknown as RootSchema<BodyOf<Root>>;
}

/** Requests that a flow may send as they are: they move no money, and no palette node has rules for them. */
export type RequestableName = {
  [Name in keyof Bodies]: Bodies[Name]['message'] extends { type: 'Request' }
    ? Bodies[Name]['message'] extends { node: string } | { movesMoney: true }
      ? never
      : Name
    : never;
}[keyof Bodies];

export function isRequestable(name: string): name is RequestableName {
  if (!Object.hasOwn(messages, name)) return false;
  const { type, node, movesMoney } = messages[name as keyof Bodies];
  return type === 'Request' && node === undefined && !movesMoney;
}

/** The categories that the entries name. */
const MessageCategory = {
  type: 'string',
  enum: [...new Set(Object.values(bodies).map(({ message }) => message.category))].sort(),
} as const;

/** All types by name: the two roots, the bodies, and what they are made of. */
export const definitions = {
  SaleToPOIRequest: rootSchema('SaleToPOIRequest'),
  SaleToPOIResponse: rootSchema('SaleToPOIResponse'),
  ...bodies,
  ...types,
  MessageCategory,
} as const;
