import type { Clock } from '../../clock.ts';
import type { Nexo } from '../../protocol/types.ts';
import type { DisplayStep } from '../customer/display-script.ts';
import { type TextName, textIn } from '../customer/display-texts.ts';
import { instrumentDataOf, isPaymentCard, type TestCard } from '../customer/test-cards.ts';
import { Timeline } from '../customer/timeline.ts';
import { localTime } from '../local-time.ts';
import type { PosNotifier } from '../pos/pos-notifier.ts';
import { receiptsFor } from '../receipts/receipts.ts';
import type { TransactionFacts } from './payment.ts';
import { echoed, failedResponse } from './responses.ts';

type Request = Nexo<'SaleToPOIRequest'>;

/** A payment card that was read before the amount was known. */
export interface ReadCard {
  card: TestCard;
  entryMode: Nexo<'EntryMode'>;
  /** The terminal's side of its CardAcquisition, and the till's. */
  till: TransactionFacts;
  saleData: Nexo<'SaleData'>;
  /** When the customer is done with the PIN, in ms since 1970; undefined: not asked for yet. */
  pinAt?: number;
}

export interface ServiceOptions {
  clock: Clock;
  talk: PosNotifier;
  /** Puts lines on the terminal's own screen. */
  display: (lines: readonly string[]) => void;
  /** Milliseconds a PIN takes. */
  pinTime: () => number;
}

/** The text of a DisplayRequest that is no text: go on without an amount. */
const CONTINUE = 'continue_processing';
const SERVICE_ONLY = 'A card is read in advance: ';

/**
 * The service in which cards are read before the amount is known (page *Advanced loyalty*): from EnableService with
 * StartTransaction until a PaymentRequest, an abort, or `continue_processing`, after which the terminal asks for the PIN
 * and waits for the amount. It holds the last payment card, which the next PaymentRequest charges, whoever's it is.
 */
export class CardReading {
  readonly #options: ServiceOptions;
  #state: 'closed' | 'open' | 'proceeding' = 'closed';
  /** A card was asked for since it was opened. */
  #asked = false;
  #card: ReadCard | undefined;
  #pin: Timeline<DisplayStep> | undefined;
  #language = 'en';

  constructor(options: ServiceOptions) {
    this.#options = options;
  }

  get closed(): boolean {
    return this.#state === 'closed';
  }

  /** The card that would be charged now. */
  get card(): ReadCard | undefined {
    return this.#card;
  }

  /** Power off or a login, which says in which language the terminal speaks. */
  reset(language = this.#language): void {
    this.#pin?.cancel();
    this.#pin = undefined;
    this.#language = language;
    this.#state = 'closed';
    this.#asked = false;
    this.#card = undefined;
  }

  /** Why a request does not fit the state, or undefined. */
  objection(request: Request): Nexo<'Response'> | undefined {
    const continues = isContinue(request);
    if (request.TransactionStatusRequest || request.DiagnosisRequest) return undefined;
    if (this.#state === 'closed') {
      if (request.CardAcquisitionRequest)
        return failedResponse(
          'NotAllowed',
          'No card is read in advance now: send EnableService with StartTransaction first',
        );
      return continues ? failedResponse('NotAllowed', 'There is nothing to continue') : undefined;
    }
    const { EnableServiceRequest: enable } = request;
    if (enable)
      return enable.TransactionAction === 'AbortTransaction'
        ? undefined
        : failedResponse('NotAllowed', `${SERVICE_ONLY}end that with AbortTransaction or a payment first`);
    if (this.#state === 'proceeding') return this.#objectionWhileProceeding(request);
    if (request.CardAcquisitionRequest) return undefined;
    if (!this.#asked) return failedResponse('NotAllowed', `${SERVICE_ONLY}send CardAcquisition or AbortTransaction`);
    if (continues && !this.#card) return failedResponse('NotAllowed', 'No payment card was read that could go on');
    if (request.PaymentRequest || request.DisplayRequest || request.InputRequest) return undefined;
    return failedResponse(
      'NotAllowed',
      `${SERVICE_ONLY}only cards, a payment, displays and questions are taken until its end`,
    );
  }

  #objectionWhileProceeding(request: Request): Nexo<'Response'> | undefined {
    if (request.PaymentRequest || request.DisplayRequest) return undefined;
    return failedResponse('NotAllowed', `${SERVICE_ONLY}the terminal waits for the PaymentRequest`);
  }

  /** The answer to an EnableServiceRequest that was not objected to. */
  enable({
    TransactionAction: action,
    ServicesEnabled: services = [],
  }: Nexo<'EnableServiceRequest'>): Nexo<'Response'> {
    if (action === 'AbortTransaction') return { Result: 'Success' };
    if (action !== 'StartTransaction') return failedResponse('MessageFormat', 'TransactionAction is not one of nexo');
    if (services.length === 0) return failedResponse('MessageFormat', 'ServicesEnabled is missing: CardAcquisition');
    if (services.some((one) => one !== 'CardAcquisition'))
      return failedResponse('UnavailableService', 'CardAcquisition is the only service that can be enabled');
    this.#state = 'open';
    return { Result: 'Success' };
  }

  /** A card is asked for: whatever comes of it, other requests fit from now on. */
  ask(): void {
    this.#asked = true;
    this.#show('presentCard');
  }

  /** A card was read. Only one that pays takes the place of the one before. */
  read(read: ReadCard): Nexo<'CardAcquisitionResponse'> {
    const { card, entryMode, till, saleData } = read;
    if (isPaymentCard(card)) this.#card = read;
    this.wait();
    return {
      Response: { Result: 'Success' },
      SaleData: echoed(saleData),
      POIData: { POITransactionID: till.poiTransaction },
      PaymentInstrumentData: instrumentDataOf(card, entryMode, {
        token: saleData.TokenRequestedType === 'Customer',
        inAdvance: true,
      }),
      ...(card.brand.startsWith('03,') ? { LoyaltyAccount: [loyaltyAccount(card, entryMode)] } : {}),
    };
  }

  /** Nothing happens until the POS says what is next. */
  wait(): void {
    if (this.#state === 'open') this.#show('pleaseWait');
  }

  /** `continue_processing`: the PIN of a chip card, then the amount. Taken once; a second time changes nothing. */
  proceed(): void {
    const { clock, pinTime } = this.#options;
    const read = this.#card;
    if (this.#state !== 'open' || !read) return;
    this.#state = 'proceeding';
    const time = read.entryMode === 'ICC' ? pinTime() : 0;
    read.pinAt = clock.now() + time;
    const typed = [0, 1, 2, 3, 4].map(
      (n): DisplayStep => ({ at: time * n * 0.2, show: 'enterPin', entered: '*'.repeat(n) }),
    );
    const cues: DisplayStep[] = [...(time > 0 ? typed : []), { at: time, show: 'awaitingAmount' }];
    this.#pin = new Timeline(clock, cues, (cue) => {
      if (!('show' in cue)) return;
      this.#show(cue.show, cue.entered);
      this.#options.talk.show(cue.show, cue.entered);
    });
  }

  /** A PaymentRequest ends the state, and charges the card. */
  take(): ReadCard | undefined {
    const card = this.#card;
    this.reset();
    return card;
  }

  /** AbortTransaction: "terminal shows transaction aborted", and prints a receipt if a payment card was read. */
  abort(): void {
    const { talk, clock } = this.#options;
    const open = this.#state !== 'closed';
    const card = this.take();
    if (!open) return;
    talk.show('aborted');
    talk.end();
    if (card) talk.print(abortReceipt(card, clock.now()));
  }

  #show(name: TextName, entered?: string): void {
    this.#options.display([textIn(this.#language, name, entered)]);
  }
}

/** Whether a request is the one that lets the terminal go on. */
export function isContinue({ DisplayRequest }: Request): boolean {
  const texts = DisplayRequest?.DisplayOutput.flatMap(({ OutputContent }) => OutputContent.OutputText ?? []) ?? [];
  return texts.length === 1 && texts[0]?.Text.trim() === CONTINUE;
}

/** As in the sample: the account number itself is not told. */
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

/** The customer's copy: no amount was known. */
function abortReceipt({ card, entryMode, till, saleData }: ReadCard, now: number): Nexo<'PaymentReceipt'> | undefined {
  const { TransactionID, TimeStamp } = saleData.SaleTransactionID;
  const copies = receiptsFor({
    kind: 'purchase',
    verdict: 'Avbrutet',
    card,
    entryMode,
    amount: '0.00',
    total: '0.00',
    currency: 'SEK',
    merchantId: till.merchantId,
    terminalId: till.terminalId,
    poiTransactionId: till.poiTransaction.TransactionID,
    reference: TransactionID,
    responseCode: '17',
    signature: false,
    time: localTime(now, TimeStamp),
  });
  return copies.find(({ DocumentQualifier }) => DocumentQualifier === 'CustomerReceipt');
}
