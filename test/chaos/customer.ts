/** Those who pay at one till: what they buy, how often they ask, when they change their mind. All from a seed. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../support/random.ts';
import type { Told } from './collector.ts';
import type { World } from './world.ts';

export interface Order {
  transactionId: string;
  amount: string;
  context: { order: string };
  awaitFulfilment?: true;
}

/**
 * How a purchase goes at the terminal, by the beginning of its transactionId. `pay`: approved. `vend`, `jam`: approved, and the goods come
 * out, or do not. */
const KINDS = [
  [48, 'pay'],
  [6, 'declined'],
  [5, 'cancelled'],
  [4, 'partial'],
  [4, 'tip'],
  [3, 'mobile'],
  [3, 'signature'],
  [5, 'vend'],
  [4, 'jam'],
  [3, 'slow'],
  [2, 'wrongPin'],
  [2, 'restricted'],
  [2, 'lostResponse'],
  [2, 'disconnect'],
  [2, 'rebootAfterApproval'],
  [1, 'late'],
  [1, 'reboot'],
  [1, 'wrongServiceId'],
  [1, 'hostDown'],
] as const;
/** So many purchases of a till may be open at once: one in progress, the others in line. */
const OPEN = 3;
/** A customer waits so long, in ms, before the next one comes all the same. */
const PATIENCE = 2500;
/** Pauses between customers in ms, and after one who was turned away. */
const PAUSE = [10, 150] as const;
const TURNED_AWAY = 1000;

export class Customers {
  readonly lane: string;
  readonly orders = new Map<string, Order>();
  /** Transactions whose certain outcome was told. */
  readonly certain = new Set<string>();
  readonly #world: World;
  readonly #random: Random;
  readonly #asking: Promise<void>[] = [];
  readonly #aborting: Promise<void>[] = [];
  #turnedAway = false;
  #settled = false;
  #hear: () => void = () => undefined;

  constructor(world: World, lane: string, random: Random) {
    this.#world = world;
    this.lane = lane;
    this.#random = random;
    world.collector.listen((told) => {
      if (told.lane !== lane || !isCertain(told)) return;
      this.certain.add(told.payload?.transactionId ?? '');
      this.#fulfil(told);
      this.#turnedAway = told.payload?.error?.condition === 'Unresolved';
      this.#hear();
    });
  }

  /** Pays until nobody wants to any more. */
  async payWhile(wanted: () => boolean): Promise<void> {
    while (wanted()) {
      await this.#world.up;
      this.#buy();
      await this.#room();
      await pause(this.#turnedAway ? TURNED_AWAY : this.#random.between(...PAUSE));
    }
    await Promise.all(this.#asking);
  }

  /**
   * Asks for the outcome of everything that may still be open, until all is certain or the deadline has passed.
   * Returns what Node-RED knows nothing of, and what is open still.
   */
  async settle(deadline: number): Promise<{ unknown: string[]; open: string[] }> {
    const unknown: string[] = [];
    const open: string[] = [];
    for (const transactionId of this.orders.keys()) {
      while (this.#mayBeOpen(transactionId)) {
        const answer = await this.#statusOf(transactionId, deadline + 10_000);
        if (answer === 'NotFound') unknown.push(transactionId);
        else if (answer === 'open' && Date.now() > deadline) open.push(transactionId);
        else if (answer === 'open') {
          await pause(200);
          continue;
        }
        break;
      }
    }
    this.#settled = true;
    return { unknown, open };
  }

  /** Waits until the last who change their mind have done so. */
  async leave(): Promise<void> {
    await Promise.all(this.#aborting);
  }

  /** Asks again for payments whose outcome is certain: it must stay the same. */
  async askAgain(count: number, deadline: number): Promise<void> {
    const { told } = this.#world.collector;
    const ended = told.filter(
      (one) => one.lane === this.lane && isCertain(one) && one.payload?.outcome !== 'not_started',
    );
    for (let n = 0; n < count && ended.length > 0; n++) {
      const order = this.orders.get(ended[this.#random.between(0, ended.length - 1)]?.payload?.transactionId ?? '');
      if (order) await this.#payAndWait(order, deadline);
    }
  }

  /** One more purchase, now that nothing fails. */
  lastOne(deadline: number): Promise<Told> {
    return this.#payAndWait(this.#order('pay'), deadline);
  }

  /** An asking was not answered; or goods, or money back, may be owed. */
  #mayBeOpen(transactionId: string): boolean {
    const { askings, collector } = this.#world;
    const answered = new Set(collector.told.flatMap((told) => (isCertain(told) ? (told.ask ?? []) : [])));
    const own = askings.filter((one) => one.transactionId === transactionId);
    return own.some(({ to, ask }) => to === 'fulfil' || to === 'reversal' || (to === 'payment' && !answered.has(ask)));
  }

  async #payAndWait(order: Order, deadline: number): Promise<Told> {
    const { ask } = await this.#world.ask(this.lane, 'payment', { ...order });
    return this.#until((told) => told.ask === ask && isCertain(told), order.transactionId, deadline);
  }

  #buy(): void {
    const random = this.#random;
    const known = [...this.orders.values()];
    const earlier = known[random.between(0, Math.max(0, known.length - 1))];
    if (earlier !== undefined && random.chance(0.1)) return this.#pay(earlier);
    const order = this.#order(random.weighted(KINDS));
    this.#pay(order);
    if (random.chance(0.05)) this.#pay(order);
    if (order.transactionId.startsWith('slow')) this.#aborting.push(this.#insistOnAbort(order));
    else if (random.chance(0.1)) this.#aborting.push(this.#abort(order, random.between(0, 250)));
  }

  #order(kind: string): Order {
    const transactionId = `${kind}-${this.lane}-${this.orders.size + 1}`;
    const amount = `${this.#random.between(1, 900)}.${this.#random.pick(['00', '50', '95'])}`;
    const order: Order = { transactionId, amount, context: { order: transactionId } };
    if (kind === 'vend' || kind === 'jam') order.awaitFulfilment = true;
    this.orders.set(transactionId, order);
    return order;
  }

  /** A till that was told nothing, for Node-RED had gone, mostly asks again. */
  #pay(order: Order): void {
    const again = this.#random.chance(0.7);
    const ask = async () => {
      const { taken } = await this.#world.ask(this.lane, 'payment', { ...order });
      if (taken || !again) return;
      await this.#world.up;
      await this.#world.ask(this.lane, 'payment', { ...order });
    };
    this.#asking.push(ask());
  }

  /** Says what became of the goods, whenever it is told that they are paid; some who have paid want their money back. */
  #fulfil({ payload }: Told): void {
    const order = this.orders.get(payload?.transactionId ?? '');
    if (order === undefined || payload?.outcome !== 'approved' || this.#settled) return;
    const { transactionId } = order;
    const ask = async (to: 'fulfil' | 'reversal', more: object) => {
      await pause(this.#random.between(0, 400));
      await this.#world.ask(this.lane, to, { transactionId, ...more });
    };
    if (order.awaitFulfilment) this.#asking.push(ask('fulfil', { delivered: transactionId.startsWith('vend') }));
    else if (this.#random.chance(0.04)) this.#asking.push(ask('reversal', {}));
  }

  async #abort({ transactionId }: Order, after: number): Promise<void> {
    await pause(after);
    await this.#world.ask(this.lane, 'abort', { transactionId });
  }

  async #insistOnAbort({ transactionId }: Order): Promise<void> {
    for (let n = 0; n < 40; n++) {
      await pause(600);
      await this.#world.up;
      if (this.certain.has(transactionId)) return;
      await this.#world.ask(this.lane, 'abort', { transactionId });
    }
  }

  /** Waits until there is room for the next purchase, or patience ends. */
  async #room(): Promise<void> {
    const end = Date.now() + PATIENCE;
    while (this.orders.size - this.certain.size >= OPEN && Date.now() < end) {
      await Promise.race([new Promise<void>((resolve) => (this.#hear = resolve)), pause(end - Date.now())]);
    }
  }

  async #statusOf(transactionId: string, deadline: number): Promise<'certain' | 'NotFound' | 'open'> {
    const { ask } = await this.#world.ask(this.lane, 'status', { transactionId });
    const answer = (told: Told) => told.ask === ask && told.node === 'status' && told.kind === 'output';
    const { payload } = await this.#until(answer, `the status of ${transactionId}`, deadline);
    if (payload?.outcome !== 'unresolved') return 'certain';
    return payload.error?.condition === 'NotFound' ? 'NotFound' : 'open';
  }

  async #until(wanted: (told: Told) => boolean, what: string, deadline: number): Promise<Told> {
    for (;;) {
      const found = this.#world.collector.told.find(wanted);
      if (found !== undefined) return found;
      if (Date.now() > deadline) throw new Error(`${what} was not told in time`);
      await pause(20);
    }
  }
}

/** A payment node told how a payment ended. */
export function isCertain({ kind, node, payload }: Told): boolean {
  return kind === 'output' && node === 'payment' && payload !== undefined && payload.outcome !== 'unresolved';
}
