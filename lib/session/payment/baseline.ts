import type { Repeated } from '../effects.ts';
import type { Baseline } from '../record.ts';
import { poiTransactionIn } from './response-matching.ts';

/** How many ServiceIDs a baseline holds: that of the last success, and the latest refusals since then. */
const LONGEST = 8;

/** The baseline after a transaction that the terminal keeps as its last one. */
export function afterSuccess(
  serviceId: string,
  poiTransaction: string | undefined,
  serial: string | undefined,
): Baseline {
  return {
    serviceIds: [serviceId],
    ...(poiTransaction !== undefined && { poiTransaction }),
    ...(serial !== undefined && { serial }),
  };
}

/**
 * The baseline after a request that the terminal may or may not keep as its last transaction. What came before counts only
 * on the same device.
 */
export function afterRefusal(before: Baseline | undefined, serviceId: string, serial = before?.serial): Baseline {
  if (before === undefined || before.serial !== serial) return afterSuccess(serviceId, undefined, serial);
  const { none: _, ...known } = before;
  const [success, ...refusals] = candidates(before);
  const serviceIds = [...(success === undefined ? [] : [success]), ...[...refusals, serviceId].slice(1 - LONGEST)];
  return { ...known, serviceIds, counting: serviceIds.length };
}

/** The ServiceIDs of which each may be that of the terminal's last transaction, the last success first. */
function candidates({ serviceIds, counting = 1 }: Baseline): string[] {
  return serviceIds.slice(-counting);
}

/** Whether the terminal's last transaction is the one that was the last before a request, on the same device. */
export function isBaseline(baseline: Baseline | undefined, last: Repeated | undefined): boolean {
  if (baseline === undefined || last === undefined) return false;
  const { poiTransaction } = baseline;
  const { ServiceID } = last.header;
  const id = poiTransactionIn(last.response);
  if (ServiceID === undefined) return id !== undefined && id === poiTransaction;
  const ids = candidates(baseline);
  if (!ids.includes(ServiceID)) return false;
  // Another device, or one that was reset, may have used that ServiceID too: the transaction's time tells.
  return ServiceID !== ids[0] || id === undefined || poiTransaction === undefined || id === poiTransaction;
}
