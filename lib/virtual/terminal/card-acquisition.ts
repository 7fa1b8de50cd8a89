import type { Clock } from '../../clock.ts';
import type { Nexo } from '../../protocol/types.ts';
import type { DisplayStep } from '../customer/display-script.ts';
import { type TextName, textIn } from '../customer/display-texts.ts';
import { instrumentDataOf, isPaymentCard, type TestCard } from '../customer/test-cards.ts';
import { Timeline } from '../customer/timeline.ts';
import { localTime } from '../pos/local-time.ts';
import type { PosNotifier } from '../pos/pos-notifier.ts';
import { receiptsFor } from '../receipts/receipts.ts';
import type { ReadCard } from './payment-means.ts';
import { echoedSaleData, failedResponse } from './responses.ts';

type Request = Nexo<'SaleToPOIRequest'>;

export interface CardReadingOptions {
  clock: Clock;
  notifier: PosNotifier;
  /** Shows lines on the terminal's own screen. */
  display: (lines: readonly string[]) => void;
  /** Duration of the PIN entry in ms. */
  pinTime: () => number;
}

/** A DisplayRequest with this text is a command: continue without an amount. */
const CONTINUE_PROCESSING = 'continue_processing';
const READING_ONLY = 'A card is read in advance: ';

/**
 * Card reading before the amount is known (page *Advanced loyalty*). It lasts from EnableService with StartTransaction
 * until a PaymentRequest or an abort. After `continue_processing` the terminal asks for the PIN and waits for the amount.
 * The next PaymentRequest charges the last payment card that was read, whichever sale it was read for.
 */
export class CardReading {
  readonly #options: CardReadingOptions;
  #state: 'closed' | 'open' | 'proceeding' = 'closed';
  /** A CardAcquisitionRequest arrived since the service was enabled. */
  #cardRequested = false;
  #card: ReadCard | undefined;
  #pinEntry: Timeline<DisplayStep> | undefined;
  #language = 'en';

  constructor(options: CardReadingOptions) {
    this.#options = options;
  }

  get closed(): boolean {
    return this.#state === 'closed';
  }

  /** The card that the next PaymentRequest charges. */
  get card(): ReadCard | undefined {
    return this.#card;
  }

  /** Ends the service. @param language of the terminal's texts, from the login */
  reset(language = this.#language): void {
    this.#pinEntry?.cancel();
    this.#pinEntry = undefined;
    this.#language = language;
    this.#state = 'closed';
    this.#cardRequested = false;
    this.#card = undefined;
  }

  /** Why a request is not allowed in this state; undefined where it is allowed. */
  objection(request: Request): Nexo<'Response'> | undefined {
    const isContinuation = isContinueProcessing(request);
    if (request.TransactionStatusRequest || request.DiagnosisRequest) return undefined;
    if (this.#state === 'closed') {
      if (request.CardAcquisitionRequest)
        return failedResponse(
          'NotAllowed',
          'No card is read in advance now: send EnableService with StartTransaction first',
        );
      return isContinuation ? failedResponse('NotAllowed', 'There is nothing to continue') : undefined;
    }
    const { EnableServiceRequest: enable } = request;
    if (enable)
      return enable.TransactionAction === 'AbortTransaction'
        ? undefined
        : failedResponse('NotAllowed', `${READING_ONLY}end that with AbortTransaction or a payment first`);
    if (this.#state === 'proceeding') return this.#objectionWhileProceeding(request);
    if (request.CardAcquisitionRequest) return undefined;
    if (!this.#cardRequested)
      return failedResponse('NotAllowed', `${READING_ONLY}send CardAcquisition or AbortTransaction`);
    if (isContinuation && !this.#card) return failedResponse('NotAllowed', 'No payment card was read that could go on');
    if (request.PaymentRequest || request.DisplayRequest || request.InputRequest) return undefined;
    return failedResponse(
      'NotAllowed',
      `${READING_ONLY}only cards, a payment, displays and questions are taken until its end`,
    );
  }

  #objectionWhileProceeding(request: Request): Nexo<'Response'> | undefined {
    if (request.PaymentRequest || request.DisplayRequest) return undefined;
    return failedResponse('NotAllowed', `${READING_ONLY}the terminal waits for the PaymentRequest`);
  }

  /** The answer to an EnableServiceRequest for which there is no objection. */
  enable({
    TransactionAction: action,
    ServicesEnabled: services = [],
  }: Nexo<'EnableServiceRequest'>): Nexo<'Response'> {
    if (action === 'AbortTransaction') return { Result: 'Success' };
    if (action !== 'StartTransaction')
      return failedResponse('MessageFormat', 'TransactionAction is not a value of nexo');
    if (services.length === 0) return failedResponse('MessageFormat', 'ServicesEnabled is missing: CardAcquisition');
    if (services.some((one) => one !== 'CardAcquisition'))
      return failedResponse('UnavailableService', 'CardAcquisition is the only service that can be enabled');
    this.#state = 'open';
    return { Result: 'Success' };
  }

  /** A card is requested. Whether or not one is read, other requests are allowed from now on. */
  requestCard(): void {
    this.#cardRequested = true;
    this.#show('presentCard');
  }

  /** A card was read. Only a payment card replaces the one before. */
  setCard(setCard: ReadCard): Nexo<'CardAcquisitionResponse'> {
    const { card, entryMode, facts, saleData } = setCard;
    if (isPaymentCard(card)) this.#card = setCard;
    this.showWaiting();
    return {
      Response: { Result: 'Success' },
      SaleData: echoedSaleData(saleData),
      POIData: { POITransactionID: facts.poiTransaction },
      PaymentInstrumentData: instrumentDataOf(card, entryMode, {
        token: saleData.TokenRequestedType === 'Customer',
        inAdvance: true,
      }),
      ...(card.brand.startsWith('03,') ? { LoyaltyAccount: [loyaltyAccount(card, entryMode)] } : {}),
    };
  }

  /** Shows that the terminal waits for the next request. */
  showWaiting(): void {
    if (this.#state === 'open') this.#show('pleaseWait');
  }

  /** `continue_processing`: requests the PIN of a chip card, then waits for the amount. A repeat has no effect. */
  proceed(): void {
    const { clock, pinTime } = this.#options;
    const setCard = this.#card;
    if (this.#state !== 'open' || !setCard) return;
    this.#state = 'proceeding';
    const time = setCard.entryMode === 'ICC' ? pinTime() : 0;
    setCard.pinAt = clock.now() + time;
    const pinSteps = [0, 1, 2, 3, 4].map(
      (n): DisplayStep => ({ at: time * n * 0.2, show: 'enterPin', entered: '*'.repeat(n) }),
    );
    const steps: DisplayStep[] = [...(time > 0 ? pinSteps : []), { at: time, show: 'awaitingAmount' }];
    this.#pinEntry = new Timeline(clock, steps, (step) => {
      if (!('show' in step)) return;
      this.#show(step.show, step.entered);
      this.#options.notifier.show(step.show, step.entered);
    });
  }

  /** Ends the service and returns the card, for the PaymentRequest that charges it. */
  takeCard(): ReadCard | undefined {
    const card = this.#card;
    this.reset();
    return card;
  }

  /** AbortTransaction: "terminal shows transaction aborted", and prints a receipt if a payment card was read. */
  abort(): void {
    const { notifier, clock } = this.#options;
    const open = this.#state !== 'closed';
    const card = this.takeCard();
    if (!open) return;
    notifier.show('aborted');
    notifier.end();
    if (card) notifier.print(abortReceipt(card, clock.now()));
  }

  #show(name: TextName, entered?: string): void {
    this.#options.display([textIn(this.#language, name, entered)]);
  }
}

/** Whether a request is the command `continue_processing`. */
export function isContinueProcessing({ DisplayRequest }: Request): boolean {
  const texts = DisplayRequest?.DisplayOutput.flatMap(({ OutputContent }) => OutputContent.OutputText ?? []) ?? [];
  return texts.length === 1 && texts[0]?.Text.trim() === CONTINUE_PROCESSING;
}

/** As in the published sample: without the account number. */
function loyaltyAccount(card: TestCard, entryMode: Nexo<'EntryMode'>): Nexo<'LoyaltyAccount'> {
  return {
    LoyaltyBrand: card.brand,
    LoyaltyAccountID: {
      EntryMode: [entryMode],
      IdentificationType: 'ISOTrack2',
      IdentificationSupport: 'LoyaltyCard',
      Text: '',
    },
  };
}

/** The customer's copy of an aborted card reading, without an amount. */
function abortReceipt({ card, entryMode, facts, saleData }: ReadCard, now: number): Nexo<'PaymentReceipt'> | undefined {
  const { TransactionID, TimeStamp } = saleData.SaleTransactionID;
  const copies = receiptsFor({
    kind: 'purchase',
    verdict: 'Avbrutet',
    card,
    entryMode,
    amount: '0.00',
    total: '0.00',
    currency: 'SEK',
    merchantId: facts.merchantId,
    terminalId: facts.terminalId,
    poiTransactionId: facts.poiTransaction.TransactionID,
    reference: TransactionID,
    responseCode: '17',
    signature: false,
    time: localTime(now, TimeStamp),
  });
  return copies.find(({ DocumentQualifier }) => DocumentQualifier === 'CustomerReceipt');
}
