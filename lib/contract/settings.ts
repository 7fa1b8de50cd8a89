/**
 * Reads settings of nodes as they come: from a form, a flow file, or an environment variable, whose value can be a text, a
 * number, a truth value or JSON. What is clear is normalised; all else is `invalid_config`, with what to write.
 */
import { type NexoError, settingError } from '../protocol/errors.ts';
import { isGiven, typeNameOf } from './fields.ts';

const LEFT_OVER = /^\$\{(.*)\}$/;
/** Characters that messages to the terminal cannot carry in a name. */
const NAME = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/;
const MAX_NAME = 32;
/** Languages that terminals know, by other codes of the same language. */
const LANGUAGES: Readonly<Record<string, string>> = { nb: 'no', nn: 'no' };

/**
 * A text without blanks around it; a number or a truth value counts as its text, an unset one as empty.
 * @throws NexoError `invalid_config` for an environment variable that is not set, and for any other type
 */
export function textSetting(value: unknown, path: string): string {
  if (!isGiven(value)) return '';
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    throw settingError(path, `The setting ${path} is ${typeNameOf(value)}: set it to a text.`);
  }
  const text = String(value).trim();
  const [, variable] = LEFT_OVER.exec(text) ?? [];
  if (variable === undefined) return text;
  throw settingError(
    path,
    `The environment variable ${variable} of the setting ${path} is not set: set it and restart Node-RED, or enter the value itself.`,
  );
}

/** A text as it is, blanks included, for what is shown or printed. @throws NexoError as `textSetting` */
export function contentSetting(value: unknown, path: string): string {
  const text = textSetting(value, path);
  return typeof value === 'string' ? value : text;
}

/** JSON as text; an environment variable may hold it as a value. @throws NexoError as `textSetting` */
export function jsonSetting(value: unknown, path: string): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : textSetting(value, path);
}

/** True or false, also as text. @throws NexoError `invalid_config` */
export function booleanSetting(value: unknown, path: string, fallback: boolean): boolean {
  const text = textSetting(value, path).toLowerCase();
  if (text === '') return fallback;
  if (text === 'true' || text === '1' || text === 'yes' || text === 'on') return true;
  if (text === 'false' || text === '0' || text === 'no' || text === 'off') return false;
  throw settingError(path, `The setting ${path} must be true or false.`);
}

/** A whole number in a range, also as text. @throws NexoError `invalid_config` */
export function wholeSetting(
  value: unknown,
  path: string,
  { least, most, fallback }: { least: number; most: number; fallback: number },
): number {
  const text = textSetting(value, path);
  if (text === '') return fallback;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw settingError(path, `The setting ${path} must be a whole number from ${least} to ${most}.`);
}

/** One of several values, in any case of letters. @throws NexoError `invalid_config` */
export function choiceSetting<T extends string>(value: unknown, path: string, known: readonly [T, ...T[]]): T {
  const text = textSetting(value, path).toLowerCase();
  if (text === '') return known[0];
  const found = known.find((one) => one.toLowerCase() === text);
  if (found !== undefined) return found;
  throw settingError(path, `The setting ${path} must be one of ${known.join(', ')}.`);
}

/** A time in seconds, with decimals, as ms. @throws NexoError `invalid_config` */
export function secondsSetting(value: unknown, path: string, fallback: number): number {
  const text = textSetting(value, path);
  if (text === '') return fallback * 1000;
  const ms = Math.round(Number(text) * 1000);
  if (/^[\d.]+$/.test(text) && ms > 0 && ms <= 86_400_000) return ms;
  throw settingError(path, `${path} must be seconds from 1 to 86400: correct it in the terminal’s settings.`);
}

/**
 * The name of a terminal or till, POIID or SaleID: at most 32 printable characters. Empty where it is not set.
 * @throws NexoError `invalid_config`
 */
export function nameSetting(value: unknown, path: string, label: string): string {
  const text = textSetting(value, path);
  if (text === '') return '';
  if (text.length > MAX_NAME) {
    throw settingError(
      path,
      `The ${label} has ${text.length} characters: at most ${MAX_NAME} are allowed. Enter it as it is set in the terminal.`,
    );
  }
  if (NAME.test(text)) return text;
  throw settingError(path, `The ${label} has characters other than letters, digits and signs of ASCII: correct it.`);
}

/** An ISO 639-1 code: `sv-SE` is `sv`, `nb` is `no`. @throws NexoError `invalid_config` */
export function languageSetting(value: unknown): string {
  const text = textSetting(value, 'language').toLowerCase();
  if (text === '') return 'sv';
  const [, code] = /^([a-z]{2})(?:[-_][a-z0-9-]+)?$/.exec(text) ?? [];
  if (code !== undefined) return LANGUAGES[code] ?? code;
  throw settingError('language', 'The language must be sv, no, fi, da or en.');
}

/** An ISO 4217 code in capitals; whether it is known is checked with the amount. @throws NexoError `invalid_config` */
export function currencySetting(value: unknown): string {
  const text = textSetting(value, 'currency').toUpperCase();
  if (text === '') return 'SEK';
  if (/^[A-Z]{3}$/.test(text)) return text;
  throw settingError('currency', 'The currency must be the three letters of ISO 4217, such as SEK, NOK, DKK or EUR.');
}

/** A path of an URL; a missing first slash is added. @throws NexoError `invalid_config` */
export function pathSetting(value: unknown, path: string, fallback: string): string {
  const text = textSetting(value, path);
  if (text === '') return fallback;
  if (/:\/\//.test(text)) {
    throw settingError(path, `The path must be only the part after the port, such as ${fallback}: it has a whole URL.`);
  }
  if (/[\s?#]/.test(text)) throw settingError(path, 'The path must have no blanks, ? or #.');
  return text.startsWith('/') ? text : `/${text}`;
}

/** An IP address or a host name alone. @throws NexoError `invalid_config`, with what to write instead */
export function hostSetting(value: unknown): string {
  const text = textSetting(value, 'host');
  if (text === '') {
    throw hostError(
      'The terminal’s address is missing: enter its IP address or host name, or pick an endpoint and let the terminal announce its address.',
    );
  }
  const bare = /^\[([0-9a-f:.]+)\]$/i.exec(text);
  if (bare) return text;
  const [, host, port] = /^(?:[a-z][a-z0-9+.-]*:\/\/)?([^/:@\s]+)(?::(\d+))?(?:\/.*)?$/i.exec(text) ?? [];
  if (host === text && host !== undefined) return checkedHost(host);
  if (/^[0-9a-f:.]+$/i.test(text) && text.split(':').length > 2) return text;
  if (host === undefined) throw hostError('The terminal’s address is neither an IP address nor a host name.');
  const rest = [
    `Enter only ${host}`,
    ...(port === undefined ? [] : [`put ${port} into the port`]),
    ...(/\/\/.*\/|^[^/]*\/[^/]/.test(text) ? ['put what follows the address into the path'] : []),
    ...(/^https:/i.test(text) ? ['tick HTTPS'] : []),
  ];
  throw hostError(`The terminal’s address must be an IP address or a host name alone. ${rest.join(', ')}.`);
}

function checkedHost(host: string): string {
  if (/^[\d.]+$/.test(host)) {
    const parts = host.split('.');
    if (parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) return host;
    throw hostError('The terminal’s address is no IP address: enter four numbers from 0 to 255, such as 192.168.1.20.');
  }
  if (/^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/i.test(host) && !host.includes('..')) return host;
  throw hostError('The terminal’s address is no host name: use letters, digits, dots and hyphens.');
}

function hostError(message: string): NexoError {
  return settingError('host', message);
}
