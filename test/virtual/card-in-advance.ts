import assert from 'node:assert/strict';
import type { ScenarioName } from '../../lib/virtual/terminal/scenarios.ts';
import type { VirtualTerminalOptions } from '../../lib/virtual/terminal/terminal.ts';
import * as pos from '../support/pos.ts';
import { ClientPos, resultText } from './client-pos.ts';

export type Header = { id: string };

export const startReading = (header: Header) => pos.enable(header, 'StartTransaction');
export const abortReading = (header: Header) => pos.enable(header, 'AbortTransaction');
export const readCard = (header: Header) => pos.cardAcquisition(header);

/** A DisplayRequest for the customer. */
export function customerDisplay(text: string) {
  const OutputContent = { OutputFormat: 'Text', OutputText: [{ Text: text }] };
  const DisplayOutput = [{ Device: 'CustomerDisplay', InfoQualify: 'Display', OutputContent }];
  return (header: Header) => pos.request(header, 'Display', { DisplayRequest: { DisplayOutput } }, 'Device');
}

export const continueProcessing = customerDisplay('continue_processing');

/** A client that has enabled the card reading, with these cards read. */
export function openReading(
  names: ScenarioName[] = [],
  options: Partial<VirtualTerminalOptions> = {},
  capabilities?: string[],
): ClientPos {
  const client = new ClientPos(options, capabilities);
  client.terminal.script(names);
  assert.equal(resultText(client.exchange(startReading)), 'Success');
  for (const _ of names) client.exchange(readCard);
  return client;
}
