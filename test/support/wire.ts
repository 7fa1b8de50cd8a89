/** The wire samples of test/fixtures/wire. */
import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('../fixtures/wire/', import.meta.url);

/** Names of all sample messages, without `.xml`. */
export const samples = readdirSync(folder)
  .filter((file) => file.endsWith('.xml'))
  .map((file) => file.slice(0, -'.xml'.length));

/** Bytes of a sample message, or of a fragment: `payment-request-purchase`, `fragments/loyalty-result-brand`. */
export function sample(name: string): Buffer {
  return readFileSync(new URL(`${name}.xml`, folder));
}

/** A sample as text. */
export function sampleText(name: string): string {
  return sample(name).toString();
}

/** A decoded receipt: `payment-contactless-56-customer`. */
export function sampleReceipt(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`receipts/${name}.json`, folder), 'utf8'));
}
