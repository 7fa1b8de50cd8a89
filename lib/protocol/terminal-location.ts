/** A terminal's address and serial number, as far as they are known. Addresses as `host:port`. */
export interface TerminalLocation {
  /** The serial number in its last login response. */
  serial?: string;
  /** Its address, if it differs from the settings; `insteadOf`: the address in the settings at that time. */
  address?: string;
  insteadOf?: string;
}
