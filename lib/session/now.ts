/** The time an event happened: the session has no clock of its own. */
export interface Now {
  /** ms since 1970 */
  ms: number;
  /** Local time minus UTC, in minutes. */
  offset: number;
}
