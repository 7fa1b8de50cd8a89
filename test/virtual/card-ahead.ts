import assert from 'node:assert/strict';
import type { ScenarioName } from '../../lib/virtual/terminal/scenarios.ts';
import type { VirtualTerminalOptions } from '../../lib/virtual/terminal/terminal.ts';
import * as pos from '../support/pos.ts';
import { Counter, verdict } from './counter.ts';

export type Header = { id: string };

export const start = (header: Header) => pos.enable(header, 'StartTransaction');
export const abort = (header: Header) => pos.enable(header, 'AbortTransaction');
export const read = (header: Header) => pos.cardAcquisition(header);

/** A DisplayRequest for the customer. */
export function display(text: string) {
  const OutputContent = { OutputFormat: 'Text', OutputText: [{ Text: text }] };
  const DisplayOutput = [{ Device: 'CustomerDisplay', InfoQualify: 'Display', OutputContent }];
  return (header: Header) => pos.request(header, 'Display', { DisplayRequest: { DisplayOutput } }, 'Device');
}

export const proceed = display('continue_processing');

/** A counter where the service is open, and these cards are read. */
export function open(
  names: ScenarioName[] = [],
  options: Partial<VirtualTerminalOptions> = {},
  capabilities?: string[],
): Counter {
  const counter = new Counter(options, capabilities);
  counter.terminal.script(names);
  assert.equal(verdict(counter.exchange(start)), 'Success');
  for (const _ of names) counter.exchange(read);
  return counter;
}
