import type { NamedOrder } from '../../lib/session/record.ts';
import type { Action, Step } from './plan.ts';
import type { Post } from './post.ts';
import type { World } from './world.ts';

/** Goes through the steps of one terminal: as a caller, and as fate. */
export class Script {
  done = false;
  readonly #world: World;
  readonly #index: number;
  readonly #steps: readonly Step[];
  #next = 0;
  #waiting: { key: string; resume: () => void } | undefined;

  constructor(world: World, index: number, steps: readonly Step[]) {
    this.#world = world;
    this.#index = index;
    this.#steps = steps;
  }

  start(): void {
    const step = this.#steps[this.#next++];
    if (step === undefined) {
      this.done = true;
      return;
    }
    this.#world.scheduler.after(step.gap, () => this.#take(step.action));
  }

  /** The flow was told of a payment. */
  heard(key: string): void {
    if (this.#waiting?.key === key) this.#waiting.resume();
  }

  get #post(): Post {
    const post = this.#world.posts[this.#index];
    if (post === undefined) throw new RangeError(`no terminal ${this.#index}`);
    return post;
  }

  #take(action: Action): void {
    if (ASKING.has(action.type) && this.#post.runner === undefined) {
      // The POS is down: the customer comes back.
      this.#world.scheduler.after(500, () => this.#take(action));
      return;
    }
    this.#world.log(() => `step ${this.#index}: ${JSON.stringify(action)}`);
    this.#world.count(`step ${action.type}`);
    if (action.type === 'pay' && action.patience > 0) this.#pause(action.key, action.patience);
    this.#do(action);
    if (this.#waiting === undefined) this.start();
  }

  #pause(key: string, patience: number): void {
    const resume = () => {
      if (this.#waiting !== waiting) return;
      this.#waiting = undefined;
      timer.cancel();
      this.start();
    };
    const waiting = { key, resume: () => void this.#world.scheduler.after(0, resume) };
    const timer = this.#world.scheduler.after(patience, resume);
    this.#waiting = waiting;
  }

  #do(action: Action): void {
    const world = this.#world;
    const post = this.#post;
    const { link, device } = post;
    switch (action.type) {
      case 'pay':
        return this.#pay(action);
      case 'reverse':
        return this.#reverse(action.key);
      case 'rule':
        return this.#rule(action.right);
      case 'login':
      case 'abort':
        world.call(post, action.type, undefined, (ref) => ({ type: action.type, ref }));
        return;
      case 'logout':
        world.call(post, 'logout', undefined, (ref) => ({
          type: 'logout',
          ref,
          maintenanceAllowed: action.maintenance,
        }));
        return;
      case 'status':
        return this.#status(action.key);
      case 'redeploy':
        return world.redeploy(action.all ? world.posts : [post]);
      case 'net':
        return link.arm(action.fault, action.category, action.count, action.ms);
      case 'outage':
        return link.fail(action.how, action.ms);
      case 'renamed':
        return link.rename(action.ms);
      case 'script':
        return device.script(action.names);
      case 'timing':
        return device.retime(action.timing);
      case 'reboot':
        return device.reboot();
      case 'rebootDuring':
        return device.during(action.ms, () => device.reboot());
      case 'wipe':
        if (action.during !== undefined) return device.during(action.during, () => device.wipe(action.latest));
        return action.first ? device.wipe() : this.#wipe();
      case 'replace':
        if (action.during === undefined) return this.#replace(action);
        return device.during(action.during, () => this.#replace(action));
      case 'card': {
        const { key, how } = action;
        world.call(post, `card of ${key}`, undefined, (ref) => ({
          type: 'card',
          ref,
          transactionId: key,
          action: how,
        }));
        return;
      }
      case 'kill':
        return world.armKill(action);
      case 'disk':
        return world.disk.fail(action.how, action.ms);
      case 'clock':
        return world.turnClock(action.ms);
      case 'backup':
        return world.disk.backUp();
      case 'journal':
        return world.disk.change(action.how, action.ms);
      case 'edit':
        return world.edit(post, action.what, action.ms);
    }
  }

  #pay({ key, amount, currency, cashBack, refund, goods }: Extract<Action, { type: 'pay' }>): void {
    const paymentType = refund ? 'Refund' : 'Normal';
    const order: NamedOrder = { transactionId: key, amount, currency, cashBack, paymentType };
    if (goods !== undefined) order.awaitFulfilment = true;
    this.#world.call(this.#post, key, amount, (ref) => ({ type: 'pay', ref, order, node: this.#post.node('node') }));
  }

  #reverse(key: string | undefined): void {
    this.#world.call(this.#post, `reversal of ${key ?? 'the last'}`, undefined, (ref) => ({
      ...{ type: 'reverse', ref, reason: 'MerchantCancel', node: this.#post.node('reversal') },
      ...(key !== undefined && { transactionId: key }),
    }));
  }

  /** Rules on what is unresolved here, if anything is. */
  #rule(right: boolean): void {
    const { monitor, journal } = this.#world;
    const { config } = this.#post;
    for (const row of journal.rows.values()) {
      const open = row.state === 'unresolved' || row.state === 'reversing';
      if (!open || row.terminal !== config.terminal) continue;
      const moved = monitor.story(row.transactionId).moved.some(({ reversed }) => !reversed);
      const outcome = moved === right ? 'approved' : 'not_started';
      const { transactionId } = row;
      this.#world.call(this.#post, 'ruling', undefined, (ref) => ({
        ...{ type: 'rule', ref, transactionId, outcome, by: 'Anna' },
      }));
    }
  }

  /** The flow was told that an approval waits for goods: they come out, or not. */
  deliver(key: string): void {
    const pay = this.#steps.find(({ action }) => action.type === 'pay' && action.key === key)?.action;
    const goods = pay?.type === 'pay' ? pay.goods : undefined;
    if (goods === undefined) return;
    this.#later(goods.ms, () => {
      this.#world.call(this.#post, `goods of ${key}`, undefined, (ref) => ({
        ...{ type: 'fulfil', ref, transactionId: key, delivered: goods.delivered, node: this.#post.node('fulfil') },
      }));
    });
  }

  /** A listener's flow starts after the terminal, or does not. */
  listen(): void {
    const ms = this.#post.plan.listener;
    if (ms !== undefined) this.#later(ms, () => this.#post.runner?.dispatch({ type: 'listeners', count: 1 }));
  }

  /** The terminal asks whether the signature is right: a cashier looks at it. */
  answer(replyId: string): void {
    const value = !replyId.endsWith('3');
    this.#later(4_000, () => {
      this.#world.call(this.#post, 'answer', undefined, (ref) => ({ type: 'answerQuestion', ref, replyId, value }));
    });
  }

  /** What a flow does later dies with its process; it is told again then. */
  #later(ms: number, act: () => void): void {
    const { runner } = this.#post;
    this.#world.scheduler.after(ms, () => {
      if (this.#post.runner === runner) act();
    });
  }

  #status(key: string | undefined): void {
    const serviceId = key === undefined ? undefined : this.#world.monitor.story(key).sent.at(-1)?.serviceId;
    this.#world.call(this.#post, 'status', undefined, (ref) => ({
      type: 'status',
      ref,
      ...(serviceId !== undefined && { serviceId }),
    }));
  }

  #replace({ unplugged, ms }: Extract<Action, { type: 'replace' }>): void {
    const back = this.#post.device.replace(unplugged);
    if (ms !== undefined) this.#world.scheduler.after(ms, back);
  }

  /**
   * A terminal that forgets everything cannot be told from one that never knew anything, as long as the POS knows of no
   * transaction either: that one case is outside what any POS can find out.
   */
  #wipe(): void {
    const { device, tills } = this.#post;
    const rows = [...this.#world.journal.rows.values()].filter(
      ({ closed, answered }) => closed !== undefined && answered,
    );
    if ([...tills].every(({ names }) => rows.some(({ terminal }) => names.has(terminal)))) device.wipe();
  }
}

/** What needs a POS that is up. */
const ASKING = new Set<Action['type']>(['pay', 'login', 'logout', 'abort', 'status', 'reverse', 'rule', 'card']);
