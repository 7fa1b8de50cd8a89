/** The person at the till, as the terminal's reports show it. */
export interface Operator {
  id?: string;
  shift?: string;
}

/** One step of a card that is read before the amount is known. */
export interface CardRequest {
  /** `read` (the first opens the service, each further one reads one more card), `continue` (PIN dialog), or `abort`. */
  action: 'read' | 'continue' | 'abort';
  /** The payment that the card is read for: only that one can follow. */
  transactionId: string;
  paymentType?: 'Normal' | 'Refund';
  /** A decimal; normally not known yet. */
  totalAmount?: string;
}
