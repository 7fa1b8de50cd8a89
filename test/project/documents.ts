/** What a document names, so that tests can see whether it is there. */
import { posix } from 'node:path';

/** A relative link: the file it leads to, from the repository's root (empty: the page itself), and the heading in it. */
export interface Link {
  target: string;
  anchor: string | undefined;
}

/** The relative links of a page. */
export function linksIn(path: string, text: string): Link[] {
  return [...text.matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].map(([, link = '', anchor]) => ({
    target: link === '' ? path : posix.join(posix.dirname(path), link),
    anchor,
  }));
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(text: string): string[] {
  const prose = text.replace(/```[\s\S]*?```/g, '');
  return [...prose.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{Letter}\p{Number}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );
}

/** The texts in italics (`_so_`), which guides use for labels of forms. */
export function italicsIn(text: string): string[] {
  const prose = text.replace(/```[\s\S]*?```/g, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/(?<![\w_])_([^_\n]+(?:\n[^_\n]+)?)_(?![\w_])/g)].map(([, label = '']) =>
    label.replace(/\s+/g, ' '),
  );
}

const FOLDERS = 'lib|nodes|test|scripts|docs|examples|resources|bench|icons|\\.ci|\\.github';
const PATH = new RegExp(`(?<![\\w./-])(?:${FOLDERS})/[\\w.*/-]*[\\w*/]`, 'g');

/**
 * Paths of this repository that a page names between backquotes. Not those with a placeholder (`nodes/<name>.ts`): they
 * are for the reader to fill in. A `*` stands for any part of a name.
 */
export function pathsIn(text: string): string[] {
  // `nodes/payment › takes …` names a test: those are looked up by the test of docs/coverage.md.
  const quoted = [...text.matchAll(/`([^`\n]+)`/g)]
    .map(([, code = '']) => code)
    .filter((code) => !code.includes(' › '));
  const blocks = [...text.matchAll(/```\w*\n([\s\S]*?)```/g)].map(([, code = '']) => code);
  return [...quoted, ...blocks].flatMap((code) =>
    [...code.matchAll(PATH)]
      .filter(({ 0: path, index }) => !/^-?[<…]/.test(code.slice(index + path.length)))
      .map(([path]) => path),
  );
}

/** Whether one of the files, or a folder of one, is what the path means. */
export function isThere(path: string, files: readonly string[]): boolean {
  const parts = path.replace(/\/$/, '').split('*').map(escaped);
  const pattern = new RegExp(`^${parts.join('[^/]*')}(?:/|$)`);
  return files.some((file) => pattern.test(file));
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** Whether a source exports that name, or, for `Class.method`, exports the class and has the method. */
export function exportsSymbol(text: string, symbol: string): boolean {
  const [name = '', method] = symbol.split('.');
  const exported = new RegExp(
    `^export (?:default )?(?:async )?(?:abstract )?(?:function|class|const|type|interface) ${name}\\b`,
    'm',
  );
  return (
    exported.test(text) && (method === undefined || new RegExp(`^ {2}(?:async )?${method}(?:<.*>)?\\(`, 'm').test(text))
  );
}
