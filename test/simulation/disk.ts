import { JournalFile, type Row } from './journal.ts';
import type { Action } from './plan.ts';
import type { World } from './world.ts';

/** What befalls the disk of a POS, and the journals on it. */
export class Disk {
  /** Commits take seconds. */
  slow = false;
  readonly #world: World;
  #backup: JournalFile | undefined;
  /** Journals that were in use, and are not now. */
  readonly #aside = new Set<JournalFile>();

  constructor(world: World) {
    this.#world = world;
  }

  fail(how: Extract<Action, { type: 'disk' }>['how'], ms: number): void {
    const world = this.#world;
    const { journal, scheduler } = world;
    switch (how) {
      case 'dies':
        journal.die();
        scheduler.after(ms, () => world.redeploy(world.posts));
        return;
      case 'slow':
        this.slow = true;
        break;
      case 'ambiguous':
        journal.ambiguous = true;
        break;
      case 'locked':
        world.kill(1_000, () => {
          journal.locked = true;
        });
        break;
      default:
        journal.refuses = how === 'full' ? 'the disk is full' : 'the disk is read-only';
    }
    scheduler.after(ms, () => this.recover());
  }

  recover(): void {
    this.slow = false;
    Object.assign(this.#world.journal, { refuses: undefined, ambiguous: false, locked: false });
  }

  backUp(): void {
    this.#backup = this.#world.journal.file.copy();
  }

  /** The next start finds another journal. */
  change(how: 'lost' | 'restored' | 'other', ms: number): void {
    const world = this.#world;
    const before = world.journal.file;
    const use = (file: JournalFile) => {
      if (how === 'other') this.#aside.add(world.journal.file);
      this.#aside.delete(file);
      world.journal.file = file;
      world.monitor.missing = `a journal that is ${how}`;
    };
    world.kill(1_000, () => use((how === 'restored' && this.#backup?.copy()) || new JournalFile()));
    if (how === 'other') world.scheduler.after(ms, () => world.kill(1_000, () => use(before)));
  }

  /** All that any journal holds that is or was in use. */
  *rows(): Generator<Row> {
    for (const file of [this.#world.journal.file, ...this.#aside]) yield* file.rows.values();
  }
}
