/** What was learnt of where a terminal is. Addresses as `host:port`. */
export interface TerminalLocation {
  /** The serial number it gave at its last login. */
  serial?: string;
  /** Where it is, if not where its settings say; `insteadOf`: what these said then. */
  address?: string;
  insteadOf?: string;
}
