import assert from 'node:assert/strict';
import type { Effect } from '../../lib/session/effects.ts';
import { Driver } from './session-driver.ts';

export const POI = { POITransactionID: { TransactionID: 'poi-card', TimeStamp: 'T' } };
export const CARD = {
  PaymentInstrumentType: 'Card',
  CardData: { PaymentBrand: '01,Visa', MaskedPAN: '453903******8373' },
};

type CardResult = Extract<Extract<Effect, { type: 'done' }>['result'], { type: 'card' }>;

/** Drives a session that reads cards before the amount is known. */
export class Till extends Driver {
  constructor(options: ConstructorParameters<typeof Driver>[0] = {}) {
    super({ loggedIn: true, ...options });
  }

  ask(transactionId: string, action: 'read' | 'continue' | 'abort' = 'read'): void {
    this.event({ type: 'card', ref: `card ${action} ${transactionId}`, transactionId, action });
  }

  enabled(Result = 'Success', ErrorCondition?: string): void {
    const Response = { Result, ...(ErrorCondition !== undefined && { ErrorCondition }) };
    this.answer('EnableService', { EnableServiceResponse: { Response } });
  }

  card(ErrorCondition?: string): void {
    const SaleData = this.open('CardAcquisition').request.CardAcquisitionRequest?.SaleData;
    assert.ok(SaleData);
    const read = ErrorCondition === undefined;
    this.answer('CardAcquisition', {
      CardAcquisitionResponse: {
        Response: read ? { Result: 'Success' } : { Result: 'Failure', ErrorCondition },
        SaleData,
        POIData: POI,
        ...(read && { PaymentInstrumentData: CARD }),
      },
    });
  }

  /** A card was read for that transaction, and is held. */
  held(transactionId: string): this {
    this.ask(transactionId);
    this.enabled();
    this.card();
    return this;
  }

  get cards(): CardResult[] {
    return this.done.flatMap((effect) =>
      effect.type === 'done' && effect.result.type === 'card' ? [effect.result] : [],
    );
  }

  get actions(): (string | undefined)[] {
    return this.sent.map(
      ({ request, header }) => request.EnableServiceRequest?.TransactionAction ?? header.MessageCategory,
    );
  }
}
