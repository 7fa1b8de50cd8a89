import type { Value } from '../table.ts';

/** Reads a value from its text on the wire; undefined when the text is not of the type. */
export type Convert = (text: string) => unknown;

const UNSIGNED = /^\d+(\.\d+)?$/;
const SIGNED = /^-?\d+(\.\d+)?$/;
/** Other spellings of decimals in XML Schema: `+5`, `5.`, `.5`. */
const LOOSE_DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?$/;
const INTEGER = /^[+-]?\d+$/;

/**
 * Returns the tolerant reader of a value: codes in any case, blanks around all but free text, XML Schema's spellings of
 * booleans and numbers. Unknown codes stay as they are. An amount that is not plain is refused, never guessed.
 */
export function converter(value: Value, list: boolean): Convert {
  if (list) {
    const item = converter(value, false);
    return (text) => {
      const trimmed = text.trim();
      return trimmed === '' ? [] : trimmed.split(/\s+/).map(item);
    };
  }
  switch (value.kind) {
    case 'boolean':
      return boolean;
    case 'integer':
      return integer;
    case 'decimal':
      return decimalOf(value.schema.pattern?.startsWith('^-') === true);
    case 'currency':
      return currency;
    case 'code':
      return codeOf(value.schema.enum ?? []);
    case 'token':
      return (text) => text.trim();
    case 'text':
      return (text) => text;
  }
}

export const YES_OR_NO = 'true or false';

/** Describes the expected value, for the error message. */
export function expected(value: Value): string {
  switch (value.kind) {
    case 'boolean':
      return YES_OR_NO;
    case 'integer':
      return 'a whole number';
    case 'decimal':
      return 'an amount such as 89.00';
    case 'currency':
      return 'a currency such as SEK';
    default:
      return 'text without other elements in it';
  }
}

function boolean(text: string): boolean | undefined {
  switch (text) {
    case 'true':
      return true;
    case 'false':
      return false;
  }
  const trimmed = text.trim().toLowerCase();
  if (trimmed === 'true' || trimmed === '1') return true;
  if (trimmed === 'false' || trimmed === '0') return false;
  return undefined;
}

function integer(text: string): number | undefined {
  const trimmed = text.trim();
  const number = INTEGER.test(trimmed) ? Number(trimmed) : Number.NaN;
  // Adding zero turns -0 into 0.
  return Number.isSafeInteger(number) ? number + 0 : undefined;
}

function decimalOf(signed: boolean): Convert {
  const plainly = signed ? SIGNED : UNSIGNED;
  return (text) => {
    if (plainly.test(text)) return text;
    const match = LOOSE_DECIMAL.exec(text.trim());
    const whole = match?.[2] ?? '';
    const fraction = match?.[3] ?? '';
    if (match === null || whole + fraction === '') return undefined;
    const plain = fraction === '' ? whole : `${whole === '' ? '0' : whole}.${fraction}`;
    if (match[1] !== '-' || /^[0.]*$/.test(plain)) return plain;
    return signed ? `-${plain}` : undefined;
  };
}

function currency(text: string): string | undefined {
  const upper = text.trim().toUpperCase();
  return /^[A-Z]{3}$/.test(upper) ? upper : undefined;
}

function codeOf(codes: readonly string[]): Convert {
  const exact = new Map(codes.map((code) => [code, code]));
  const folded = new Map(codes.map((code) => [code.trim().toLowerCase(), code]));
  return (text) => {
    const known = exact.get(text);
    if (known !== undefined) return known;
    const trimmed = text.trim();
    return folded.get(trimmed.toLowerCase()) ?? trimmed;
  };
}
