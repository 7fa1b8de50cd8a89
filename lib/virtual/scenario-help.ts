import { byDecimals, isScenario, type Scenario, scenarios } from './terminal/scenarios.ts';

/** What can happen, for people: by the decimals of the amount, then what has a name only. */
export function listing(): string[] {
  const amounts = Object.entries(byDecimals).sort();
  const named = new Set(amounts.map(([, name]) => name));
  const others = Object.keys(scenarios).filter((name) => isScenario(name) && !named.has(name) && name !== 'approved');
  return [
    'Amounts decide what happens, by their decimals; all others are approved:',
    ...amounts.map(([decimals, name]) => row(`.${decimals}`, name, scenarios[name])),
    'A TransactionID that begins with a name and a hyphen (declined-4711) does the same, and there are more names:',
    ...others.flatMap((name) => (isScenario(name) ? [row('', name, scenarios[name])] : [])),
    'Where a card is read before the amount is known, the TransactionID decides which one, or that none is.',
  ];
}

function row(decimals: string, name: string, { about }: Scenario): string {
  return `  ${decimals.padEnd(5)}${name.padEnd(20)} ${about}`;
}
