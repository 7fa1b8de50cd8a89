import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import type { JournalLoss, LossKind } from '../losses.ts';
import { syncFolder } from './sync-folder.ts';

/** What lies beside a journal's file and outlives it. */
interface Companion {
  version: 1;
  /** The journal's own id. */
  journal: string;
  /** The terminals (SaleID/POIID) that have a past in the journal. */
  terminals: string[];
  /** What no person has acknowledged yet. */
  losses: JournalLoss[];
  /** Names of damaged files that a person knows of. */
  acknowledged: string[];
}

/** A journal as it was found when it was opened. */
export interface OpenedJournal {
  id: string;
  /** How many commits it had before it was opened now. */
  commits: number;
  /** Its file was missing or empty. */
  began: boolean;
  /** Those that have rows in it. */
  terminals: string[];
}

/**
 * What lies beside a journal, so that one that is missing, empty, replaced or older is noticed. `….terminals.json` says which
 * terminals have a past; `….commits` how many commits the journal had: one with fewer is an earlier copy, or has lost its log.
 */
export class CompanionFile {
  readonly #file: string;
  readonly #path: string;
  readonly #countPath: string;
  #count: number | undefined;
  #known: Companion | undefined;
  #unreadable = false;

  /** @param file the journal's */
  constructor(file: string) {
    this.#file = file;
    this.#path = `${file}.terminals.json`;
    this.#countPath = `${file}.commits`;
    try {
      if (existsSync(this.#path)) this.#known = parse(readFileSync(this.#path, 'utf8'));
    } catch {
      this.#unreadable = true;
    }
  }

  get losses(): readonly JournalLoss[] {
    return this.#known?.losses ?? [];
  }

  /** Notes a journal that was set aside as damaged. @param aside its new name */
  damaged(aside: string, now: number): void {
    this.#lost({ kind: 'damaged', at: now, terminals: this.#known ? this.#past() : '*', detail: basename(aside) });
    this.#known = { ...this.#current(), journal: '', terminals: [] };
    this.#write();
  }

  /** Compares the journal that was opened with what is known of it, and stores what it is now. */
  opened(found: OpenedJournal, now: number): void {
    const known = this.#known;
    const past = this.#past();
    const terminals = [...new Set([...(known?.terminals ?? []), ...found.terminals])];
    const kind = this.#compare(found);
    const damaged = this.#damagedFiles();
    const whose = past === '*' || kind === 'missing' || kind === 'replaced' ? past : terminals;
    if (kind && damaged.length === 0 && whose.length > 0) this.#lost({ kind, at: now, terminals: whose, detail: '' });
    for (const detail of damaged) this.#lost({ kind: 'damaged', at: now, terminals: known ? past : '*', detail });
    this.#known = { ...this.#current(), journal: found.id, terminals };
    this.#write();
    writeDurably(this.#countPath, countText(found.commits + 1));
    this.#count = openSync(this.#countPath, 'r+');
  }

  /** Makes sure that the terminal is known to have a past. @throws errors of the file system */
  add(terminal: string): void {
    const known = this.#current();
    if (known.terminals.includes(terminal)) return;
    this.#known = { ...known, terminals: [...known.terminals, terminal] };
    try {
      this.#write();
    } catch (error) {
      this.#known = known;
      throw error;
    }
  }

  /** Adds a loss that was found while the journal is open. */
  report(loss: JournalLoss): void {
    this.#lost(loss);
    this.#write();
  }

  /** A person knows of all losses. */
  acknowledge(): void {
    const known = this.#current();
    const files = known.losses.flatMap(({ kind, detail }) => (kind === 'damaged' ? detail : []));
    this.#known = { ...known, losses: [], acknowledged: [...new Set([...known.acknowledged, ...files])] };
    this.#write();
  }

  /**
   * Notes how many commits the journal has, after they are durable. Not synced: after a power cut the number may be too low,
   * never too high.
   */
  committed(commits: number): void {
    try {
      if (this.#count !== undefined) writeSync(this.#count, countText(commits), 0);
    } catch {
      // A number that is too low notices less, and nothing wrongly.
    }
  }

  close(): void {
    if (this.#count !== undefined) closeSync(this.#count);
    this.#count = undefined;
  }

  #compare({ id, commits, began }: OpenedJournal): LossKind | undefined {
    if (began) return 'missing';
    const journal = this.#known?.journal || id;
    if (journal !== id) return 'replaced';
    return commits < this.#lastCount() ? 'older' : undefined;
  }

  #lastCount(): number {
    return existsSync(this.#countPath) ? Number.parseInt(readFileSync(this.#countPath, 'latin1'), 10) || 0 : 0;
  }

  #current(): Companion {
    return this.#known ?? { version: 1, journal: '', terminals: [], losses: [], acknowledged: [] };
  }

  /** The terminals whose payments may be missing; `*` where there should be a list of them, or never was one. */
  #past(): string[] | '*' {
    if (this.#unreadable) return '*';
    return this.#known?.terminals ?? [];
  }

  #lost(loss: JournalLoss): void {
    const known = this.#current();
    const same = ({ kind, detail, terminals }: JournalLoss) =>
      kind === loss.kind && detail === loss.detail && String(terminals) === String(loss.terminals);
    if (!known.losses.some(same)) this.#known = { ...known, losses: [...known.losses, loss] };
  }

  /** Damaged journals beside this one that no person knows of yet. */
  #damagedFiles(): string[] {
    const prefix = `${basename(this.#file)}.damaged-`;
    const { acknowledged, losses } = this.#current();
    const known = new Set([...acknowledged, ...losses.map(({ detail }) => detail)]);
    return readdirSync(dirname(this.#file)).filter(
      (name) => name.startsWith(prefix) && !/-(wal|journal)$/.test(name) && !known.has(name),
    );
  }

  #write(): void {
    const temporary = `${this.#path}.new`;
    writeDurably(temporary, `${JSON.stringify(this.#current(), undefined, 2)}\n`);
    renameSync(temporary, this.#path);
    syncFolder(dirname(this.#path));
  }
}

/** Always of the same length: it is overwritten in place, which a full disk takes. */
function countText(commits: number): string {
  return `${String(commits).padStart(15, '0')}\n`;
}

/** @throws SyntaxError, or another error, for anything but a companion's text */
function parse(text: string): Companion {
  const { version, journal, terminals, losses, acknowledged } = JSON.parse(text) as Companion;
  const lists = [terminals, losses, acknowledged];
  if (version !== 1 || typeof journal !== 'string' || !lists.every(Array.isArray)) {
    throw new SyntaxError('not the list of a journal’s terminals');
  }
  return { version, journal, terminals, losses, acknowledged };
}

function writeDurably(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600, flush: true });
}
