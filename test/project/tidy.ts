/** The rules of tidiness, applied to the text of source files: names, sizes, cycles and words. */
import { posix } from 'node:path';
import { importsOf } from './layers.ts';

/** A source file: its path from the repository's root, and its text. */
export interface SourceFile {
  path: string;
  text: string;
}

/** The folder of a file that counts as its layer: `lib/session` of `lib/session/payment/payment.ts`, `nodes`, `resources`. */
function layerOf(path: string): string {
  const [top = '', second = '', third] = path.split('/');
  return top === 'lib' && third !== undefined ? `${top}/${second}` : top;
}

/** Values that occur more than once, in order of appearance. */
function repeated(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}

/** Base names that occur twice within one layer; `index.ts` may. */
export function duplicateBaseNames(paths: readonly string[]): string[] {
  const names = paths
    .filter((path) => posix.basename(path) !== 'index.ts')
    .map((path) => `${layerOf(path)}: ${posix.basename(path)}`);
  return repeated(names);
}

const EXPORTED_TYPE = /^export (?:declare )?(?:abstract )?(?:type|interface|class|enum) (\w+)/gm;

/** Types, interfaces and classes that are declared and exported under one name by several files. */
export function duplicateTypeNames(files: readonly SourceFile[]): string[] {
  const declared = files.flatMap(({ path, text }) =>
    [...text.matchAll(EXPORTED_TYPE)].map(([, name = '']) => ({ name, path })),
  );
  return repeated(declared.map(({ name }) => name)).map((name) => {
    const paths = declared.filter((one) => one.name === name).map(({ path }) => path);
    return `${name}: ${paths.join(', ')}`;
  });
}

/** Files of more than `limit` lines. */
export function longFiles(files: readonly SourceFile[], limit: number): string[] {
  return files
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > limit)
    .map(({ path, lines }) => `${path}: ${lines} lines`);
}

/** A function or method: where it begins, and its length from its header to its closing brace. */
export interface FunctionSize {
  name: string;
  line: number;
  length: number;
}

const CONTROL = /^(?:if|for|while|switch|catch|else|do|try|return|await|case|default|new)\b/;
const NAMED =
  /\bfunction\*? *(\w*)|^(?:(?:static|async|override|get|set|public|private|protected) )*(\*?#?\w+)(?:<.*?>)?\(/;
const ARROW = /(?:(?:const|let) (\w+)|(#?\w+))(?:: [^=]*)? = .*=> *\{$/;

/**
 * The functions of a file, nested ones too. Relies on the formatter: the closing brace has the indentation of the
 * header's first line, and a header that takes several lines ends in a line that begins with `)` at that indentation.
 */
export function functionSizes(text: string): FunctionSize[] {
  const lines = text.split('\n');
  const indentOf = (line: string) => line.length - line.trimStart().length;
  const sizes: FunctionSize[] = [];
  for (const [index, line] of lines.entries()) {
    if (!line.endsWith('{')) continue;
    const indent = indentOf(line);
    const alike = (other: string) => other.trim() !== '' && indentOf(other) === indent;
    const begin = /^\s*[)}\]]/.test(line) ? lines.slice(0, index).findLastIndex(alike) : index;
    const header = lines.slice(Math.max(begin, 0), index + 1).map((part) => part.trim());
    const name = functionName(header);
    const end = lines.findIndex((other, at) => at > index && alike(other) && /^\s*\}/.test(other));
    if (name !== undefined && end > 0) sizes.push({ name, line: begin + 1, length: end - begin + 1 });
  }
  return sizes;
}

/** A function around a whole script, called at once: the scope of its declarations, not a function of its own. */
const WRAPPER = '(wrapper)';

/** The name in a function's header, `(anonymous)` without one; undefined where a brace opens something else. */
function functionName(header: readonly string[]): string | undefined {
  const [first = ''] = header;
  const last = header.at(-1) ?? '';
  const whole = header.join(' ');
  if (/= \(\(\) => \{$|^\(\(\) => \{$|\(function \w*\(\) \{$/.test(whole)) return WRAPPER;
  const arrow = ARROW.exec(whole);
  if (arrow) return arrow[1] ?? arrow[2];
  if (last.endsWith('=> {')) return '(anonymous)';
  if (CONTROL.test(first.replace(/^export /, '').replace(/^(?:default )?(?:async )?/, ''))) return undefined;
  const named = NAMED.exec(first.replace(/^export (?:default )?/, ''));
  return named ? named[1] || named[2] || '(anonymous)' : undefined;
}

/**
 * Functions that are longer than `limit` lines. Lines of functions within them count for those only: a function that
 * consists of smaller ones is as long as what it holds besides.
 */
export function longFunctions(files: readonly SourceFile[], limit: number): string[] {
  return files.flatMap(({ path, text }) => {
    const sizes = functionSizes(text);
    return sizes
      .map((size) => ({ ...size, length: size.length - nestedLines(size, sizes) }))
      .filter(({ name, length }) => length > limit && name !== WRAPPER)
      .map(({ name, line, length }) => `${path}:${line}: ${name} has ${length} lines`);
  });
}

/** Lines of the functions directly within another. */
function nestedLines(outer: FunctionSize, all: readonly FunctionSize[]): number {
  const within = (inner: FunctionSize, of: FunctionSize) =>
    inner !== of && inner.line > of.line && inner.line + inner.length <= of.line + of.length;
  const inside = all.filter((one) => within(one, outer));
  return inside
    .filter((one) => !inside.some((other) => within(one, other)))
    .reduce((sum, { length }) => sum + length, 0);
}

/** Groups of files that import each other in a circle, type-only imports included; each group once. */
export function importCycles(files: readonly SourceFile[]): string[] {
  const known = new Set(files.map(({ path }) => path));
  const imports = new Map(
    files.map(({ path, text }) => [
      path,
      importsOf(text)
        .filter((name) => name.startsWith('.'))
        .map((name) => posix.join(posix.dirname(path), name))
        .filter((target) => known.has(target)),
    ]),
  );
  const reachable = new Map([...known].map((path) => [path, reachedFrom(path, imports)]));
  const groups = [...known]
    .filter((path) => reachable.get(path)?.has(path))
    .map((path) => [...known].filter((other) => reachable.get(path)?.has(other) && reachable.get(other)?.has(path)));
  return [...new Set(groups.map((group) => group.sort().join(' ⇄ ')))];
}

function reachedFrom(path: string, imports: ReadonlyMap<string, readonly string[]>): Set<string> {
  const reached = new Set<string>();
  const open = [...(imports.get(path) ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (reached.has(next)) continue;
    reached.add(next);
    open.push(...(imports.get(next) ?? []));
  }
  return reached;
}

/** Words of tales, not of technical prose: a person where a part of the program or a caller is meant, hearing and telling. */
const TALES = /\b(?:nobody|whoever|somebody|told|heard|said|(?:let|lets|letting) go of|(?:comes?|came) to nothing)\b/i;

/** The comments of a TypeScript, JavaScript or HTML text, with their line numbers. */
export function commentsOf(text: string): { line: number; comment: string }[] {
  const forms = /\/\*[\s\S]*?\*\/|<!--[\s\S]*?-->|(?<=^|\s)\/\/.*$/gm;
  return [...text.matchAll(forms)].flatMap(({ 0: comment, index }) => {
    const first = text.slice(0, index).split('\n').length;
    return comment.split('\n').map((line, offset) => ({ line: first + offset, comment: line }));
  });
}

/** Comment lines that use a word of tales; what is quoted as code may. */
export function talesInComments({ path, text }: SourceFile): string[] {
  return commentsOf(text).flatMap(({ line, comment }) => tale(`${path}:${line}`, comment.replace(/`[^`]*`/g, '')));
}

/** Lines of a document that use a word of tales; what is quoted as code may. */
export function talesInProse({ path, text }: SourceFile): string[] {
  const prose = text.replace(/```[\s\S]*?```/g, (block) => block.replace(/[^\n]/g, '')).replace(/`[^`\n]*`/g, '');
  return prose.split('\n').flatMap((line, index) => tale(`${path}:${index + 1}`, line));
}

function tale(at: string, line: string): string[] {
  const [word] = TALES.exec(line) ?? [];
  return word === undefined ? [] : [`${at}: ${word}`];
}
