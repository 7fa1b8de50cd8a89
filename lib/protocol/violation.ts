import type { ErrorObject } from 'ajv/dist/2020.js';
import { NexoError, quote } from './errors.ts';
import { definitions } from './schema.ts';

/** Fields whose values may be card data. They are never quoted. */
const SECRET =
  /\b(SensitiveCardData|TrackData|CheckData|LoyaltyAccountID|StoredValueAccountID|SensitiveMobileData|CardholderPIN|APDUData|ICCResetData|RejectedMessage|SaleToAcquirerData|Password)\b/;

/**
 * Turns ajv's errors into a NexoError: the path, the problem, and the correction.
 *
 * @param errors ajv's errors for one value
 * @param type the nexo type that was checked
 * @param base the value's path
 */
export function explain(errors: readonly ErrorObject[], type: string, base: string): NexoError {
  // A failed choice is preceded by an error for each of its options. The choice's own error is enough.
  const error = errors.find(({ keyword }) => keyword === 'oneOf') ?? errors[0];
  if (error === undefined) return new NexoError('invalid_value', `${base} is not a valid ${type}.`, { path: base });
  const at = base + pathOf(error.instancePath);
  switch (error.keyword) {
    case 'required':
      return missing(`${at}.${String(error.params.missingProperty)}`, error);
    case 'additionalProperties':
      return unknownField(`${at}.${String(error.params.additionalProperty)}`, String(error.params.additionalProperty));
    case 'enum':
      return unknownCode(at, error);
    case 'oneOf':
      return new NexoError('invalid_value', `${at} must hold exactly one of ${options(error)}.`, { path: at });
    default:
      return error.instancePath === '' && error.data === undefined
        ? new NexoError('missing', `${at} is missing: every message has one.`, { path: at })
        : new NexoError('invalid_value', `${at} ${wrong(error, at)}.`, { path: at });
  }
}

/** `/SaleItem/0/ItemID` as `.SaleItem[0].ItemID`. */
function pathOf(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${step.replaceAll('~1', '/').replaceAll('~0', '~')}`))
    .join('');
}

function missing(path: string, error: ErrorObject): NexoError {
  const field = (error.parentSchema?.properties as Record<string, { $ref?: string }> | undefined)?.[
    String(error.params.missingProperty)
  ];
  const codes = codesOf(field?.$ref);
  const hint = codes === undefined ? '' : ` It is one of ${codes.join(', ')}.`;
  return new NexoError('missing', `${path} is missing, and terminals insist on it.${hint}`, { path });
}

function unknownField(path: string, name: string): NexoError {
  const places = placesOf(name);
  const advice =
    places.length === 0
      ? 'nexo has no such field: check its spelling and capitals, or leave it out'
      : `it belongs in ${places.slice(0, 4).join(', ')}`;
  return new NexoError('unknown_field', `${path} is not known in this place; ${advice}.`, { path });
}

function unknownCode(path: string, error: ErrorObject): NexoError {
  const allowed = (error.params.allowedValues as string[]).join(', ');
  const own = error.schemaPath.includes('anyOf') ? ', or a vendor’s own, as vendor:Code' : '';
  return new NexoError('unknown_code', `${path} ${shown(error, path)}; it must be one of ${allowed}${own}.`, { path });
}

function wrong(error: ErrorObject, path: string): string {
  const { keyword, params } = error;
  switch (keyword) {
    case 'type':
      return params.type === 'string' && typeof error.data === 'number'
        ? 'is a number; values are sent as text: write "89.00" with quotes'
        : `must be ${article(String(params.type))}, not ${kind(error.data)}`;
    case 'pattern':
      return `${shown(error, path)}, which is not written as ${String(params.pattern)} asks`;
    case 'minLength':
    case 'maxLength':
      return `must have ${keyword === 'minLength' ? 'at least' : 'at most'} ${params.limit} characters`;
    case 'minItems':
    case 'maxItems':
      return `must hold ${keyword === 'minItems' ? 'at least' : 'at most'} ${params.limit}`;
    default:
      return error.message ?? 'is not valid';
  }
}

function shown(error: ErrorObject, path: string): string {
  return SECRET.test(path) ? 'is not valid (its value is not shown)' : `is ${quote(error.data)}`;
}

function article(type: string): string {
  return type === 'string' ? 'text' : `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;
}

function kind(value: unknown): string {
  if (value === null) return 'null';
  return article(Array.isArray(value) ? 'array' : typeof value);
}

function options(error: ErrorObject): string {
  return (error.schema as { required: string[] }[]).flatMap(({ required }) => required).join(', ');
}

function codesOf(ref: string | undefined): readonly string[] | undefined {
  const name = ref?.slice(ref.lastIndexOf('/') + 1);
  const found = Object.entries(definitions).find(([key]) => key === name)?.[1];
  return found !== undefined && 'enum' in found ? found.enum : undefined;
}

function placesOf(field: string): string[] {
  return Object.entries(definitions).flatMap(([name, schema]) =>
    'properties' in schema && Object.hasOwn(schema.properties, field) ? [name] : [],
  );
}
