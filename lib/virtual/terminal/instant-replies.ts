import { poiTimestamp } from '../../protocol/timestamps.ts';
import type { Nexo } from '../../protocol/types.ts';
import { deviceResponse, failedResponse, noTransaction, refusal, response, type TerminalAnswer } from './responses.ts';

type Request = Nexo<'SaleToPOIRequest'>;

const SUCCESS: Nexo<'Response'> = { Result: 'Success' };
/** The acquirer whose host is reachable. */
const ACQUIRER = '877888';

/** Answers that need neither card nor money: login, displays, diagnosis. */
export class InstantReplies {
  readonly #serial: string;

  constructor(options: { serial: string }) {
    this.#serial = options.serial;
  }

  /** The answer to a login. */
  loginResponse(now: number): Nexo<'LoginResponse'> {
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

  /** The answer to a request other than a login. */
  answer(request: Request): TerminalAnswer {
    const { MessageHeader: header } = request;
    if (request.DiagnosisRequest) return message(header, { DiagnosisResponse: this.#diagnosis(request) });
    if (request.AdminRequest) return message(header, { AdminResponse: { Response: SUCCESS } });
    const shown = deviceResponse(request, SUCCESS);
    if (shown) return message(header, shown);
    if (request.DisplayRequest || request.PrintRequest) return { type: 'empty' };
    const unavailable = failedResponse('UnavailableService', 'The terminal does not support this request');
    return refusal(request, unavailable, noTransaction);
  }

  #diagnosis({ MessageHeader: header, DiagnosisRequest: diagnosisRequest }: Request): Nexo<'DiagnosisResponse'> {
    const { HostDiagnosisFlag, AcquirerID = [ACQUIRER] } = diagnosisRequest ?? {};
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
