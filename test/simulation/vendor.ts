import type { MessageHeader, Nexo, SaleToPOIRequest, SaleToPOIResponse } from '../../lib/protocol/types.ts';
import type { ExchangeResult } from '../../lib/session/events.ts';
import { noTransaction } from '../../lib/virtual/terminal/responses.ts';
import type { Device } from './device.ts';

/** What terminals of other vendors do otherwise than the virtual terminal, which is Swedbank Pay's. */
export interface Vendor {
  /** A status about what still runs repeats a response with that condition, where Swedbank Pay's fails with `Busy`. */
  running?: 'InProgress' | 'Busy';
  /** How it writes that something succeeded. */
  success?: 'success';
  /** What it answers `NotAllowed` to while something runs, though the till is logged in. A Login then resets nothing. */
  dialogue?: 'requests' | 'everything';
  /** Its status knows of no reversals. */
  forgetsReversals?: true;
  /** How long it takes, in ms, until its status knows of what has ended. */
  lag?: number;
}

type MessageReply = Extract<ExchangeResult, { type: 'message' }>;
type Status = Nexo<'TransactionStatusResponse'>;
type Repeated = Nexo<'RepeatedMessageResponse'>;
type Body = Omit<SaleToPOIResponse, 'MessageHeader'>;

const NOT_FOUND: Status = { Response: { Result: 'Failure', ErrorCondition: 'NotFound' } };

/** Changes the answers of one terminal into those of another vendor's. */
export class VendorAnswers {
  readonly #vendor: Vendor;
  readonly #device: Device;
  readonly #now: () => number;
  /** What was asked for under each ServiceID. */
  readonly #asked = new Map<string, SaleToPOIRequest>();

  constructor(vendor: Vendor, device: Device, now: () => number) {
    this.#vendor = vendor;
    this.#device = device;
    this.#now = now;
  }

  /** A request arrives. @returns the answer, where this vendor does not even begin with it */
  instead(request: SaleToPOIRequest): SaleToPOIResponse | undefined {
    const { MessageHeader: header, LoginRequest, TransactionStatusRequest } = request;
    if (request.PaymentRequest ?? request.ReversalRequest) this.#asked.set(header.ServiceID ?? '', request);
    if (this.#vendor.dialogue === undefined || !this.#device.running) return undefined;
    const MessageHeader: MessageHeader = { ...header, MessageType: 'Response' };
    if (LoginRequest) return { MessageHeader, LoginResponse: { Response: { Result: 'Success' } } as never };
    if (!TransactionStatusRequest || this.#vendor.dialogue !== 'everything') return undefined;
    const Response = { Result: 'Failure', ErrorCondition: 'NotAllowed' } as const;
    return { MessageHeader, TransactionStatusResponse: { Response } };
  }

  /** What this vendor's terminal says instead. */
  answer(request: SaleToPOIRequest, reply: ExchangeResult): ExchangeResult {
    if (reply.type !== 'message') return reply;
    const { TransactionStatusResponse: status, PaymentResponse, ReversalResponse } = reply.response;
    if (status !== undefined) {
      const said = this.#status(request.TransactionStatusRequest?.MessageReference, status);
      return said === status ? reply : withBody(reply, { TransactionStatusResponse: said });
    }
    if (PaymentResponse ?? ReversalResponse) return withBody(reply, this.#spelt(this.#refused(reply.response)));
    return reply;
  }

  #refused({ PaymentResponse, ReversalResponse }: SaleToPOIResponse): Body {
    const moved = PaymentResponse ?? ReversalResponse;
    const busy = moved?.Response.ErrorCondition === 'Busy' && this.#vendor.dialogue !== undefined;
    const Response = busy ? { ...moved.Response, ErrorCondition: 'NotAllowed' as const } : moved?.Response;
    return {
      ...(PaymentResponse && Response && { PaymentResponse: { ...PaymentResponse, Response } }),
      ...(ReversalResponse && Response && { ReversalResponse: { ...ReversalResponse, Response } }),
    };
  }

  #spelt<B extends Body | Repeated>(body: B): B {
    const { success } = this.#vendor;
    const { PaymentResponse, ReversalResponse } = body;
    if (success === undefined || (PaymentResponse ?? ReversalResponse)?.Response.Result !== 'Success') return body;
    const Response = { Result: success as 'Success' };
    return {
      ...body,
      ...(PaymentResponse && { PaymentResponse: { ...PaymentResponse, Response } }),
      ...(ReversalResponse && { ReversalResponse: { ...ReversalResponse, Response } }),
    };
  }

  #status(about: Nexo<'MessageReference'> | undefined, status: Status): Status {
    const { running, forgetsReversals, lag } = this.#vendor;
    const asked = this.#asked.get(about?.ServiceID ?? '');
    if (running !== undefined && asked !== undefined && status.Response.ErrorCondition === 'Busy') {
      return { Response: { Result: 'Success' }, RepeatedMessageResponse: stillRunning(asked, running) };
    }
    const repeated = status.RepeatedMessageResponse;
    if (repeated?.MessageHeader === undefined) return status;
    const records = this.#device.ended.filter(({ header, at }) => {
      const known = !(forgetsReversals && header.MessageCategory === 'Reversal');
      return known && at + (lag ?? 0) <= this.#now();
    });
    // Other tills count with the same numbers.
    const { ServiceID, SaleID } = repeated.MessageHeader;
    const own = records.filter(({ header }) => header.SaleID === SaleID);
    const found = about ? own.find(({ header }) => header.ServiceID === ServiceID) : own.at(-1);
    if (found === undefined) return NOT_FOUND;
    const { header, body } = found;
    return {
      Response: { Result: 'Success' },
      RepeatedMessageResponse: this.#spelt<Repeated>({ ...body, MessageHeader: header }),
    };
  }
}

function stillRunning(
  { MessageHeader: header, PaymentRequest }: SaleToPOIRequest,
  condition: 'InProgress' | 'Busy',
): Repeated {
  const Response = { Result: 'Failure', ErrorCondition: condition } as const;
  const MessageHeader = { ...header, MessageType: 'Response' } as const;
  if (PaymentRequest === undefined) return { MessageHeader, ReversalResponse: { Response } };
  const { SaleTransactionID } = PaymentRequest.SaleData;
  return { MessageHeader, PaymentResponse: { Response, SaleData: { SaleTransactionID }, POIData: noTransaction() } };
}

function withBody(reply: MessageReply, body: Body): MessageReply {
  return { type: 'message', header: reply.header, response: { MessageHeader: reply.header, ...body } };
}
