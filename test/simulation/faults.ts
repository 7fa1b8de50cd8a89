import type { Nexo, SaleToPOIResponse } from '../../lib/protocol/types.ts';
import type { ExchangeResult } from '../../lib/session/events.ts';

/** What can happen to one exchange between the POS and the terminal. */
export const messageFaults = [
  // On the way there.
  'unreachable',
  'resetBefore',
  'silentRequest',
  'lateRequest',
  'lostButLate',
  'duplicate',
  // On the way back.
  'resetAfter',
  'lostResponse',
  'silentResponse',
  'lateResponse',
  'empty',
  'http500',
  'garbage',
  'truncated',
  // Answers that are not what they should be.
  'foreign',
  'foreignTerminal',
  'wrongCategory',
  'stale',
  'noBody',
  'wrongCurrency',
  'wrongAmount',
  'wrongTransaction',
  'noAmount',
  'unknownResult',
  'unlistedCondition',
  // Status answers as some terminals give them.
  'statusBusy',
  'statusLast',
  'statusStale',
  'statusCardAcquisition',
] as const;

/** What can happen to one outside the world that the code was written for: see disturbances.ts. */
export type OutsideFault = 'lateAfterGiveUp' | 'lateRelay' | 'twice';

export type NetFault = (typeof messageFaults)[number] | OutsideFault;

type MessageReply = Extract<ExchangeResult, { type: 'message' }>;
type Body = Omit<SaleToPOIResponse, 'MessageHeader'>;
type Payment = Nexo<'PaymentResponse'>;

/** What the POS gets instead of the terminal's answer; undefined where the fault leaves this answer alone. */
export function spoil(
  reply: ExchangeResult,
  fault: NetFault,
  stale: MessageReply | undefined,
): ExchangeResult | undefined {
  switch (fault) {
    case 'lostResponse':
      return { type: 'lost', reason: 'connection reset' };
    case 'empty':
      return { type: 'empty' };
    case 'http500':
      return { type: 'unusable', reason: 'the terminal answered HTTP 500' };
    case 'garbage':
      return { type: 'unusable', reason: 'not well-formed' };
    case 'truncated':
      return { type: 'lost', reason: 'the answer ends in the middle' };
    default:
      return reply.type === 'message' ? spoilMessage(reply, fault, stale) : undefined;
  }
}

function spoilMessage(
  reply: MessageReply,
  fault: NetFault,
  stale: MessageReply | undefined,
): ExchangeResult | undefined {
  const { header } = reply;
  switch (fault) {
    case 'foreign':
      return headed(reply, { ...header, ServiceID: 'X999999999' });
    case 'foreignTerminal':
      return headed(reply, { ...header, POIID: 'ELSEWHERE' });
    case 'wrongCategory':
      return headed(reply, { ...header, MessageCategory: header.MessageCategory === 'Login' ? 'Logout' : 'Login' });
    case 'stale':
      return stale;
    case 'noBody':
      return { type: 'message', header, response: { MessageHeader: header } };
    case 'statusBusy':
      return status(reply, failure('Busy'));
    default:
      return spoilPayment(reply, fault);
  }
}

function headed(reply: MessageReply, header: Nexo<'MessageHeader'>): MessageReply {
  return { type: 'message', header, response: { ...reply.response, MessageHeader: header } };
}

/** Answers a status otherwise. */
function status(reply: MessageReply, content: Nexo<'TransactionStatusResponse'>): MessageReply | undefined {
  if (reply.response.TransactionStatusResponse === undefined) return undefined;
  return withBody(reply, { TransactionStatusResponse: content });
}

function withBody(reply: MessageReply, body: Body): MessageReply {
  return { type: 'message', header: reply.header, response: { MessageHeader: reply.header, ...body } };
}

/** Spoils the answer to a payment, come directly or repeated by a status. */
function spoilPayment(reply: MessageReply, fault: NetFault): ExchangeResult | undefined {
  const direct = reply.response.PaymentResponse;
  if (direct !== undefined) {
    const spoilt = spoiledPayment(direct, fault, true);
    return spoilt && withBody(reply, { PaymentResponse: spoilt });
  }
  const reversal = reply.response.ReversalResponse;
  if (reversal !== undefined) {
    const spoilt = spoiledReversal(reversal, fault);
    return spoilt && withBody(reply, { ReversalResponse: spoilt });
  }
  const asked = reply.response.TransactionStatusResponse;
  const repeated = asked?.RepeatedMessageResponse;
  if (asked === undefined || repeated?.PaymentResponse === undefined) return undefined;
  const spoilt = spoiledPayment(repeated.PaymentResponse, fault, false);
  if (spoilt === undefined) return undefined;
  return status(reply, { ...asked, RepeatedMessageResponse: { ...repeated, PaymentResponse: spoilt } });
}

/** `direct`: a condition that is not listed proves nothing in a direct answer, but everything in a repeated one. */
function spoiledPayment(payment: Payment, fault: NetFault, direct: boolean): Payment | undefined {
  const amounts = payment.PaymentResult?.AmountsResp;
  const sale = payment.SaleData;
  if (fault === 'unknownResult') return { ...payment, Response: { Result: 'Maybe' as 'Success' } };
  if (fault === 'unlistedCondition')
    return direct ? { ...payment, Response: { Result: 'Failure', ErrorCondition: 'DeviceOut' } } : undefined;
  if (fault === 'wrongTransaction') {
    const SaleTransactionID = { ...sale.SaleTransactionID, TransactionID: 'somebody-else' };
    return { ...payment, SaleData: { ...sale, SaleTransactionID } };
  }
  if (payment.PaymentResult === undefined || amounts === undefined || payment.Response.Result === 'Failure')
    return undefined;
  const { AmountsResp: _, ...rest } = payment.PaymentResult;
  const paid = (AmountsResp: Nexo<'AmountsResp'>) => ({ ...payment, PaymentResult: { ...rest, AmountsResp } });
  if (fault === 'noAmount') return { ...payment, PaymentResult: rest };
  if (fault === 'wrongCurrency') return paid({ ...amounts, Currency: amounts.Currency === 'NOK' ? 'DKK' : 'NOK' });
  if (fault === 'wrongAmount') return paid({ ...amounts, AuthorizedAmount: `9${amounts.AuthorizedAmount}` });
  return undefined;
}

function spoiledReversal(reversal: Nexo<'ReversalResponse'>, fault: NetFault): Nexo<'ReversalResponse'> | undefined {
  if (fault === 'unknownResult') return { ...reversal, Response: { Result: 'Maybe' as 'Success' } };
  if (fault === 'unlistedCondition') {
    return { ...reversal, Response: { Result: 'Failure', ErrorCondition: 'DeviceOut' } };
  }
  const { POIData } = reversal;
  if (fault !== 'wrongTransaction' || POIData === undefined) return undefined;
  const POITransactionID = { ...POIData.POITransactionID, TransactionID: 'another' };
  return { ...reversal, POIData: { ...POIData, POITransactionID } };
}

/** What a status says that finds nothing, or not yet. */
export function failure(condition: Nexo<'ErrorCondition'>): Nexo<'TransactionStatusResponse'> {
  return { Response: { Result: 'Failure', ErrorCondition: condition } };
}

export { status as answerStatus };
