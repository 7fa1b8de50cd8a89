import { isScenario, type Scenario, scenarioByDecimals, scenarios } from './scenarios.ts';

/** The scenarios as lines of help text: those chosen by amounts, then those chosen by name only. */
export function scenarioHelp(): string[] {
  const amounts = Object.entries(scenarioByDecimals).sort();
  const named = new Set(amounts.map(([, name]) => name));
  const namedOnly = Object.keys(scenarios).filter(
    (name) => isScenario(name) && !named.has(name) && name !== 'approved',
  );
  return [
    'The decimals of the amount choose the scenario; all other amounts are approved:',
    ...amounts.map(([decimals, name]) => row(`.${decimals}`, name, scenarios[name])),
    'A TransactionID that begins with a name and a hyphen (declined-4711) does the same. More names:',
    ...namedOnly.flatMap((name) => (isScenario(name) ? [row('', name, scenarios[name])] : [])),
    'For a card that is read before the amount is known, the TransactionID of its request chooses the scenario.',
    '* not in Swedbank Pay’s pages: see --help',
  ];
}

function row(decimals: string, name: string, { description, isOurReading }: Scenario): string {
  return `  ${decimals.padEnd(5)}${name.padEnd(20)} ${description}${isOurReading ? ' *' : ''}`;
}
