import type { WireTolerance } from '../profile.ts';

/** What Swedbank Pay's terminals, samples and pages write otherwise than the schema. */
export const swedbankWire: WireTolerance = {
  spellings: [
    ['ItemId', 'ItemID'],
    ['PaymentIntrumentType', 'PaymentInstrumentType'],
    ['PaymentIntrumentData', 'PaymentInstrumentData'],
    ['TokenRequested', 'TokenRequestedType'],
    ['PaymentAquirerData', 'PaymentAcquirerData'],
    ['AquirerPOIID', 'AcquirerPOIID'],
    ['InfoQuality', 'InfoQualify'],
    ['MaintenanceRequired', 'MaintenanceRequiredFlag'],
    ['ServiceEnabled', 'ServicesEnabled'],
  ],
  optional: {
    AllowedProduct: true,
    CapturedSignature: true,
    CustomerOrder: true,
    HostStatus: true,
    LoyaltyAccount: true,
    LoyaltyAccountID: true,
    LoyaltyResult: true,
    OutputContent: true,
    OutputResult: true,
    PaymentAcquirerData: true,
    PaymentReceipt: true,
    PaymentToken: true,
    POISoftware: true,
    POIStatus: true,
    POITerminalData: true,
    RawSignature: true,
    StoredValueAccountID: true,
  },
};
