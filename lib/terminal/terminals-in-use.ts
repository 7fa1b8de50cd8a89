import { NexoError } from '../protocol/errors.ts';

/** Two sessions of one terminal would each send as if it were alone. */
interface Identity {
  terminal: string;
  poiId: string;
  saleId: string;
}

const inUse = new Set<string>();

/** @throws NexoError `terminal_in_use` where the same POIID and SaleID are in use already */
export function takeTerminal({ terminal, poiId, saleId }: Identity): void {
  if (inUse.has(terminal)) {
    throw new NexoError(
      'terminal_in_use',
      `Another terminal configuration uses POIID ${poiId} with SaleID ${saleId}: use that one, or give this one a POIID of its own.`,
    );
  }
  inUse.add(terminal);
}

export function releaseTerminal({ terminal }: Pick<Identity, 'terminal'>): void {
  inUse.delete(terminal);
}
