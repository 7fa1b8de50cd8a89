import { poiTimestamp } from '../../protocol/timestamps.ts';
import type { Nexo } from '../../protocol/types.ts';
import { deviceBody, failedResponse, noTransaction, refusal, response, type TerminalAnswer } from './responses.ts';

type Request = Nexo<'SaleToPOIRequest'>;

const SUCCESS: Nexo<'Response'> = { Result: 'Success' };
/** The host it knows. */
const ACQUIRER = '877888';

/** What a terminal answers at once and without a card or money: greetings, displays, how it is. */
export class InstantReplies {
  readonly #serial: string;

  constructor(options: { serial: string }) {
    this.#serial = options.serial;
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
  answer(request: Request): TerminalAnswer {
    const { MessageHeader: header } = request;
    if (request.DiagnosisRequest) return message(header, { DiagnosisResponse: this.#diagnosis(request) });
    if (request.AdminRequest) return message(header, { AdminResponse: { Response: SUCCESS } });
    const shown = deviceBody(request, SUCCESS);
    if (shown) return message(header, shown);
    if (request.DisplayRequest || request.PrintRequest) return { type: 'empty' };
    const unavailable = failedResponse('UnavailableService', 'The terminal does not do this');
    return refusal(request, unavailable, noTransaction);
  }

  #diagnosis({ MessageHeader: header, DiagnosisRequest: asked }: Request): Nexo<'DiagnosisResponse'> {
    const { HostDiagnosisFlag, AcquirerID = [ACQUIRER] } = asked ?? {};
    return {
      Response: SUCCESS,
      LoggedSaleID: [header.SaleID],
      POIStatus: this.#status(),
      ...(HostDiagnosisFlag
        ? { HostStatus: AcquirerID.map((id) => ({ AcquirerID: id, IsReachableFlag: id === ACQUIRER })) }
        : {}),
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

function message(header: Nexo<'MessageHeader'>, bodies: Parameters<typeof response>[1]): TerminalAnswer {
  return { type: 'message', message: response(header, bodies) };
}
