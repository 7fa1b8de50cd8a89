import type { VendorProfile } from '../../lib/protocol/profile.ts';
import { swedbankPay } from '../../lib/protocol/profiles/swedbank-pay.ts';
import type { MessageHeader } from '../../lib/protocol/types.ts';
import type { SessionConfig } from '../../lib/session/session-context.ts';
import { Random } from '../support/random.ts';
import { Device } from './device.ts';
import type { Till } from './evidence.ts';
import * as check from './invariants.ts';
import { Link } from './link.ts';
import type { Action, TerminalPlan } from './plan.ts';
import { isTrouble } from './planner.ts';
import { Script } from './script.ts';
import type { SimulatedRunner } from './simulated-runner.ts';
import { VendorAnswers } from './vendor.ts';
import type { World } from './world.ts';

/** When every world begins, as ms since 1970. */
export const EPOCH = Date.UTC(2026, 0, 1, 6);

/** One terminal with all that belongs to it. */
export interface Post {
  readonly plan: TerminalPlan;
  config: SessionConfig;
  readonly till: Till;
  /** All that share its terminal. */
  readonly tills: Set<Till>;
  readonly device: Device;
  readonly link: Link;
  readonly script: Script;
  /** Nothing but other terminals can be in its way. */
  readonly quiet: boolean;
  runner: SimulatedRunner | undefined;
  /** When its node was started last, in ms of virtual time. */
  startedAt: number;
  /** The id of one of its Node-RED nodes: another one once the flow was pasted anew. */
  node(kind: 'node' | 'reversal' | 'fulfil'): string;
  /** Gives its nodes other ids, or the ones they had. */
  paste(copy: number): void;
}

/**
 * @param disturbed something is going to trouble all terminals at once
 * @param other whose terminal it shares, as another till of its own, if it does
 */
export function makePost(world: World, plan: TerminalPlan, index: number, disturbed: boolean, other?: Post): Post {
  const tills = other?.tills ?? new Set();
  const saleId = String(tills.size + 1);
  const poiId = other?.till.poiId ?? `T${index}`;
  const name = `${saleId}/${poiId}`;
  const till = world.monitor.till(name, poiId);
  const { scheduler } = world;
  tills.add(till);
  const device = other?.device ?? newDevice(world, poiId, plan, tills);
  const link = new Link({
    scheduler,
    device,
    poiId,
    random: new Random(world.plan.seed, world.plan.world, 2, index),
    bytes: world.plan.bytes,
    latest: plan.timeouts.response - 5_000,
    remembers: plan.remembers,
    vendor: plan.vendor && new VendorAnswers(plan.vendor, device, () => EPOCH + scheduler.now),
    sent: (request) => {
      const { MessageCategory, ServiceID } = request.MessageHeader;
      world.count(`message ${MessageCategory}`);
      const about =
        request.PaymentRequest?.SaleData.SaleTransactionID.TransactionID ??
        request.TransactionStatusRequest?.MessageReference?.ServiceID ??
        '';
      world.log(() => `${poiId} ← ${MessageCategory} ${ServiceID} ${about}`);
      const last = device.last(request.MessageHeader.SaleID, plan.vendor)?.header.ServiceID;
      world.monitor.sent(till, { serial: device.serial, memory: device.memory, last }, request, scheduler.now);
    },
    underway: (request, copies) => world.monitor.underway(till, request, copies),
    replied: (request, reply) => {
      world.log(
        () => `${poiId} → ${request.MessageHeader.MessageCategory} ${request.MessageHeader.ServiceID} ${reply.type}`,
      );
      world.count(`reply ${reply.type}`);
      world.monitor.replied(till, device, request, reply);
    },
    used: (fault) => {
      world.count(`fault ${fault}`);
      world.log(() => `${poiId}: fault ${fault}`);
    },
  });
  const { autoLogin, whenBusy, timeouts, approvedAfterAbort, signature } = plan;
  const config: SessionConfig = {
    ...{ terminal: name, saleId, poiId, language: 'sv', profile: profileOf(plan), software: SOFTWARE },
    ...{ autoLogin, whenBusy, timeouts, approvedAfterAbort, signature },
    ...(plan.relay && { relayed: true }),
  };
  const calm = plan.timing.delay <= 6_000 && plan.steps.every(({ action }) => isUsual(action));
  const script = new Script(world, index, plan.steps);
  let copy = 0;
  return {
    ...{ plan, config, till, tills, device, link, script, quiet: calm && !disturbed, runner: undefined, startedAt: 0 },
    node: (kind) => `${kind}${index}${copy > 0 ? `copy${copy}` : ''}`,
    paste: (which) => {
      copy = which;
    },
  };
}

/** @param tills who sends requests to it, each with a SaleID of its own */
function newDevice(world: World, poiId: string, plan: TerminalPlan, tills: ReadonlySet<Till>): Device {
  const { scheduler } = world;
  const till = ({ SaleID }: MessageHeader): Till => {
    for (const one of tills) for (const name of one.names) if (name.startsWith(`${SaleID}/`)) return one;
    throw new RangeError(`no till ${SaleID}`);
  };
  const device = new Device({
    poiId,
    clock: {
      now: () => EPOCH + scheduler.now,
      elapsed: () => scheduler.now,
      offset: () => 0,
      after: (ms, fire) => scheduler.after(ms, fire),
    },
    timing: plan.timing,
    finished: (record) => {
      const { moved, header } = record;
      const result = record.body.PaymentResponse?.Response;
      world.log(() => {
        const how = result?.ErrorCondition ?? result?.Result ?? '';
        return `${poiId}: ${header.MessageCategory} ${header.ServiceID} ended ${how} ${moved?.amount ?? ''}`;
      });
      world.monitor.ended(till(header), record);
    },
    begun: (request) => world.monitor.begun(till(request.MessageHeader), device.memory, request),
    charged: (readFor, chargedFor) => {
      world.count('card charged that was read ahead');
      check.chargesItsOwn([...tills][0] as Till, readFor, world.monitor.story(chargedFor));
    },
  });
  return device;
}

/** What is known of the terminal's vendor. */
function profileOf({ vendor }: TerminalPlan): VendorProfile {
  const statusKnowsReversals = !vendor?.forgetsReversals;
  return { ...swedbankPay, answers: { ...swedbankPay.answers, statusKnowsReversals, statusLag: vendor?.lag ?? 0 } };
}

const SOFTWARE = { ProviderIdentification: 'nexoflows', ApplicationName: 'simulation', SoftwareVersion: '1' };

/** What a terminal lives through on an ordinary day. */
function isUsual(action: Action): boolean {
  if (action.type === 'pay') return !isTrouble(action.key);
  return ['abort', 'login', 'logout', 'status', 'reverse'].includes(action.type);
}
