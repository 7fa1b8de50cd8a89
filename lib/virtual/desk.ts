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
    if (request.InputRequest) return message(header, { InputResponse: this.#input(request.InputRequest) });
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

  /** A customer who agrees with everything. */
  #input(request: Nexo<'InputRequest'>): Nexo<'InputResponse'> {
    const { Device, InfoQualify, InputCommand, MinLength = 4 } = request.InputData;
    const inputs: Record<string, Omit<Nexo<'Input'>, 'InputCommand'>> = {
      GetConfirmation: { ConfirmedFlag: true },
      GetAnyKey: {},
      DigitString: { DigitInput: '1234567890'.repeat(10).slice(0, Math.min(Math.max(MinLength, 1), 100)) },
      TextString: { TextInput: 'Ja' },
    };
    const input = Object.hasOwn(inputs, InputCommand) ? inputs[InputCommand] : undefined;
    const shown = request.DisplayOutput;
    return {
      ...(shown ? { OutputResult: { Device: shown.Device, InfoQualify: shown.InfoQualify, Response: SUCCESS } } : {}),
      InputResult: {
        Device,
        InfoQualify,
        Response: input ? SUCCESS : failed('UnavailableService', 'The terminal does not ask this'),
        ...(input ? { Input: { InputCommand, ...input } } : {}),
      },
    };
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
