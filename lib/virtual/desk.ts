import { poiTimestamp } from '../protocol/timestamps.ts';
import type { Nexo } from '../protocol/types.ts';
import { type Answer, deviceBody, echoed, failed, noTransaction, refusal, response } from './answers.ts';
import { instrumentOf, type TestCard } from './cards.ts';

type Request = Nexo<'SaleToPOIRequest'>;

const SUCCESS: Nexo<'Response'> = { Result: 'Success' };

/** Everything about a terminal that is not a transaction: greetings, displays, questions, and a card read in advance. */
export class Desk {
  readonly #serial: string;
  #enabled = false;
  #card: TestCard | undefined;

  constructor(options: { serial: string }) {
    this.#serial = options.serial;
  }

  reset(): void {
    this.#enabled = false;
    this.#card = undefined;
  }

  /** The answer to a login. */
  welcome(now: number): Nexo<'LoginResponse'> {
    return {
      Response: SUCCESS,
      POISystemData: {
        DateTime: poiTimestamp(now),
        POISoftware: {
          ProviderIdentification: 'nexo virtual',
          ApplicationName: 'Virtual terminal ®',
          SoftwareVersion: '1.0',
        },
        POITerminalData: {
          TerminalEnvironment: 'Attended',
          POISerialNumber: this.#serial,
          POICapabilities: [
            'CustomerDisplay',
            'CustomerError',
            'CustomerInput',
            'PrinterReceipt',
            'MagStripe',
            'ICC',
            'EMVContactless',
          ],
        },
        POIStatus: this.#status(),
      },
    };
  }

  /** Requests that are answered without a card or money. */
  answer(request: Request): Answer {
    const { MessageHeader: header } = request;
    if (request.EnableServiceRequest) return this.#enable(request, request.EnableServiceRequest);
    if (request.DiagnosisRequest)
      return message(header, {
        DiagnosisResponse: {
          Response: SUCCESS,
          POIStatus: this.#status(),
          ...(request.DiagnosisRequest.HostDiagnosisFlag
            ? { HostStatus: [{ AcquirerID: '877888', IsReachableFlag: true }] }
            : {}),
        },
      });
    if (request.AdminRequest) return message(header, { AdminResponse: { Response: SUCCESS } });
    const shown = deviceBody(request, SUCCESS);
    if (shown) return message(header, shown);
    if (request.DisplayRequest || request.PrintRequest) return { type: 'empty' };
    const unavailable = failed('UnavailableService', 'The terminal does not do this');
    return refusal(request, unavailable, noTransaction);
  }

  /** The card that was read before the amount was known; it is used once. */
  takeCard(): TestCard | undefined {
    const card = this.#card;
    this.reset();
    return card;
  }

  readCard(
    request: Nexo<'CardAcquisitionRequest'>,
    poiTransaction: Nexo<'TransactionIdentification'>,
    card: TestCard,
  ): Nexo<'CardAcquisitionResponse'> {
    if (this.#enabled) this.#card = card;
    const token = request.SaleData.TokenRequestedType === 'Customer';
    return {
      ...this.noCard(request, poiTransaction, SUCCESS),
      PaymentInstrumentData: instrumentOf(card, 'Contactless', { token }),
      LoyaltyAccount: [
        {
          LoyaltyBrand: card.brand,
          LoyaltyAccountID: {
            EntryMode: ['Contactless'],
            IdentificationType: 'ISOTrack2',
            IdentificationSupport: 'LoyaltyCard',
            Text: '',
          },
        },
      ],
    };
  }

  noCard(
    request: Nexo<'CardAcquisitionRequest'>,
    poiTransaction: Nexo<'TransactionIdentification'>,
    Response: Nexo<'Response'>,
  ): Nexo<'CardAcquisitionResponse'> {
    return { Response, SaleData: echoed(request.SaleData), POIData: { POITransactionID: poiTransaction } };
  }

  #enable({ MessageHeader: header }: Request, request: Nexo<'EnableServiceRequest'>): Answer {
    this.reset();
    this.#enabled = request.TransactionAction === 'StartTransaction';
    return message(header, { EnableServiceResponse: { Response: SUCCESS } });
  }

  #status(): Nexo<'POIStatus'> {
    return {
      GlobalStatus: 'OK',
      SecurityOKFlag: true,
      PEDOKFlag: true,
      CardReaderOKFlag: true,
      CommunicationOKFlag: true,
    };
  }
}

function message(header: Nexo<'MessageHeader'>, bodies: Parameters<typeof response>[1]): Answer {
  return { type: 'message', message: response(header, bodies) };
}
