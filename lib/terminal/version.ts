import { existsSync, readFileSync } from 'node:fs';

/** This package's version. package.json is one folder further up from the built files than from the sources. */
export const VERSION: string = versionIn(['../../package.json', '../../../package.json']);

function versionIn(candidates: string[]): string {
  for (const candidate of candidates) {
    const file = new URL(candidate, import.meta.url);
    if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  }
  return '0.0.0';
}
