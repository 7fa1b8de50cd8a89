/** Writes `docs/errors.md` from the error catalogue: `npm run docs:errors`. A test fails while the page is out of date. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type CatalogueEntry, errorCodes, errorConditions, type Money } from '../lib/protocol/error-codes.ts';

export const FILE = fileURLToPath(new URL('../docs/errors.md', import.meta.url));

const MONEY: Record<Money, string> = {
  none: 'no',
  maybe: '**maybe**. Check the outcome before you charge again.',
  yes: '**yes**. It has moved, and stays where it is.',
};

const INTRO = `# Errors

What each error means, whether money can be involved, and what to do. This page is made from the error catalogue
(\`lib/protocol/error-codes.ts\`) by \`npm run docs:errors\`.

## Where errors appear

- **A Catch node** gets an error when a message was wrong or could not be carried out. \`msg.error.code\` is one of the
  [error codes](#error-codes), \`msg.error.message\` says what to do, and \`msg.error.cause.path\` names the field, if there is one.
- **\`msg.payload.error\`** of a payment, reversal, card, status or transactions node has a \`condition\` and a \`message\`. The
  condition is one of [those below](#conditions), or one that the terminal sent. The money is where \`msg.payload.outcome\` says.

**Money** has three values:

- **no**: no money moves because of this error.
- **maybe**: a payment or reversal may be under way, or its outcome is not certain. Look at its outcome first. A message with the
  same \`transactionId\` never charges twice.
- **yes**: money has moved. The advice says how to correct it, if it has to be.
`;

/** The page as it should be. */
export function errorPage(): string {
  return [
    INTRO,
    `## Money can be involved\n\n${lists()}\n`,
    '## Error codes\n',
    sections(errorCodes),
    '## Conditions\n',
    sections(errorConditions),
  ].join('\n');
}

function lists(): string {
  const all: [string, CatalogueEntry][] = [...Object.entries(errorCodes), ...Object.entries(errorConditions)];
  const linked = (wanted: Money) =>
    all.flatMap(([name, { money }]) => (money === wanted ? [`[\`${name}\`](#${name.toLowerCase()})`] : [])).join(', ');
  return `Yes: ${linked('yes')}.\n\nMaybe: ${linked('maybe')}.`;
}

function sections(table: Readonly<Record<string, CatalogueEntry>>): string {
  return Object.entries(table)
    .map(
      ([name, { money, meaning, advice }]) =>
        `### ${name}\n\n${meaning}\n\n- Money: ${MONEY[money]}\n- What to do: ${advice}\n`,
    )
    .join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(FILE, errorPage());
