/** Compares the editor's texts in one language with those in another. */

/** The files of a language by name: catalogues (`payment.json`) and help texts (`payment.html`). */
export type Texts = Readonly<Record<string, string>>;

/** What a language lacks or has too much, compared with the reference: files, keys, placeholders, code and headings. */
export function differences(reference: Texts, other: Texts): string[] {
  const names = [...new Set([...Object.keys(reference), ...Object.keys(other)])].sort();
  return names.flatMap((name) => {
    const [here, there] = [reference[name], other[name]];
    if (there === undefined) return [`${name} is missing`];
    if (here === undefined) return [`${name} has no counterpart`];
    return name.endsWith('.json') ? inCatalogue(name, here, there) : inHelp(name, here, there);
  });
}

function inCatalogue(name: string, here: string, there: string): string[] {
  const [known, given] = [flat(JSON.parse(here)), flat(JSON.parse(there))];
  const keys = [...new Set([...known.keys(), ...given.keys()])];
  return keys.flatMap((key) => {
    const [text, translated] = [known.get(key), given.get(key)];
    if (translated === undefined) return [`${name}: ${key} is missing`];
    if (text === undefined) return [`${name}: ${key} is unknown`];
    return same(fixedParts(text), fixedParts(translated)) ? [] : [`${name}: ${key} has other placeholders or code`];
  });
}

function inHelp(name: string, here: string, there: string): string[] {
  return same(fixedParts(here), fixedParts(there)) ? [] : [`${name} has other code or another structure`];
}

/** What no translation changes: `__amount__`, `<code>…</code>`, headings and properties. */
function fixedParts(text: string): string[] {
  return [...text.matchAll(/__\w+__|<code>[^<]*<\/code>|<(?:h3|dt|li|pre|script)\b/g)].map(([part]) => part).sort();
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((part, index) => part === other[index]);
}

function flat(value: object, prefix = ''): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner === 'string') texts.set(prefix + key, inner);
    else for (const [path, text] of flat(inner, `${prefix}${key}.`)) texts.set(path, text);
  }
  return texts;
}
