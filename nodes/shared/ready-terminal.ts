import type { TerminalReference } from '../../lib/contract/nexo-output.ts';
import type { Terminal } from '../../lib/terminal/terminal.ts';

/** A terminal as palette nodes use it. */
export interface ReadyTerminal {
  terminal: Terminal;
  currency: string;
  /** The highest amount, in that currency; absent: the currency's default. */
  maxAmount?: string;
  journal?: string;
  /** As it goes into `msg.nexo.terminal`. */
  about: TerminalReference;
}
