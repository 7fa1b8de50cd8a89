import { NexoError } from '../protocol/errors.ts';
import type { SessionConfig } from '../session/session-context.ts';

/** Terminals in use: two sessions of one terminal would each send as if it were alone. */
const inUse = new Set<string>();

/** @throws NexoError `terminal_in_use` */
export function takeInUse({ terminal, poiId, saleId }: SessionConfig): void {
  if (inUse.has(terminal)) {
    throw new NexoError(
      'terminal_in_use',
      `Another terminal configuration uses POIID ${poiId} with SaleID ${saleId}: use that one, or give this one a POIID of its own.`,
    );
  }
  inUse.add(terminal);
}

export function endUse({ terminal }: SessionConfig): void {
  inUse.delete(terminal);
}
