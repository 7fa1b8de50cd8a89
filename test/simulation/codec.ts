import { redact } from '../../lib/protocol/redact.ts';
import type { Message, Nexo } from '../../lib/protocol/types.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';
import { encode } from '../../lib/protocol/xml/encode.ts';
import type { ExchangeResult } from '../../lib/session/events.ts';
import type { TerminalAnswer } from '../../lib/virtual/terminal/responses.ts';
import { formatProblem } from '../../lib/virtual/terminal/strict-format.ts';

/** A card number that is in no sample, to be found wherever it leaks. */
export const SECRET_PAN = '4111111111111111';

/** The message as it arrives after the real encoder, the terminal's strict reader and the decoder. */
export function throughWire(message: Message): Message {
  const bytes = encode(message);
  const problem = formatProblem(bytes);
  if (problem !== undefined) throw new Error(`the terminal would not read this: ${problem}`);
  return decode(bytes).message;
}

/** What the POS makes of the terminal's answer: without card secrets, which stay behind at this place in the product too. */
export function receivedBy(answer: TerminalAnswer, bytes: boolean): ExchangeResult {
  switch (answer.type) {
    case 'drop':
      return { type: 'lost', reason: 'the terminal dropped the connection' };
    case 'empty':
      return { type: 'empty' };
    case 'truncated':
      return { type: 'unusable', reason: 'not well-formed' };
    case 'bytes':
      return { type: 'unusable', reason: `HTTP ${answer.status}, ${answer.contentType}` };
    case 'message': {
      const message = redact(bytes ? throughWire(withSecrets(answer.message)) : answer.message);
      if (!('SaleToPOIResponse' in message)) return { type: 'unusable', reason: 'a request' };
      const { SaleToPOIResponse: response } = message;
      return { type: 'message', header: response.MessageHeader, response };
    }
  }
}

/** A terminal that tells more of the card than it should. */
function withSecrets(message: Message): Message {
  if (!('SaleToPOIResponse' in message)) return message;
  const { PaymentResponse: payment, TransactionStatusResponse: status } = message.SaleToPOIResponse;
  const repeated = status?.RepeatedMessageResponse;
  return {
    SaleToPOIResponse: {
      ...message.SaleToPOIResponse,
      ...(payment && { PaymentResponse: withCard(payment) }),
      ...(status &&
        repeated?.PaymentResponse && {
          TransactionStatusResponse: {
            ...status,
            RepeatedMessageResponse: { ...repeated, PaymentResponse: withCard(repeated.PaymentResponse) },
          },
        }),
    },
  };
}

function withCard(payment: Nexo<'PaymentResponse'>): Nexo<'PaymentResponse'> {
  const { PaymentResult: result } = payment;
  const instrument = result?.PaymentInstrumentData;
  if (instrument?.CardData === undefined) return payment;
  const SensitiveCardData = { PAN: SECRET_PAN, ExpiryDate: '3012' };
  const PaymentInstrumentData = { ...instrument, CardData: { ...instrument.CardData, SensitiveCardData } };
  return { ...payment, PaymentResult: { ...result, PaymentInstrumentData } };
}
