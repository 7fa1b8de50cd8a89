/** What happened in a run, in order: from it a failure tells the story of one transaction. */

export interface Entry {
  /** ms since 1970. */
  at: number;
  /** The terminal it was at; absent: it happened to everything, such as a kill. */
  lane?: string;
  /** The transaction it is about, where that is known. */
  about?: string;
  text: string;
}

export class Chronicle {
  readonly entries: Entry[] = [];

  note(text: string, where: { lane?: string; about?: string } = {}): void {
    this.entries.push({ at: Date.now(), text, ...where });
  }

  /** Everything that happened to a transaction, and at its terminal and to the processes meanwhile. */
  story(transactionId: string): string {
    const own = this.entries.filter(({ about }) => about === transactionId);
    const [first, last] = [own[0], own.at(-1)];
    if (first === undefined || last === undefined) return `  ${transactionId}: nothing is known of it`;
    const lane = own.find((entry) => entry.lane !== undefined)?.lane;
    const told = this.entries.filter(
      (entry) =>
        entry.about === transactionId ||
        (entry.at >= first.at &&
          entry.at <= last.at + 1000 &&
          (entry.lane === undefined || (entry.lane === lane && entry.about === undefined))),
    );
    return told.map((entry) => `  ${line(entry)}`).join('\n');
  }

  /** What happened at a terminal, and to the processes. */
  storyOf(lane: string): string {
    return this.entries
      .filter((entry) => entry.lane === undefined || entry.lane === lane)
      .map((entry) => `  ${line(entry)}`)
      .join('\n');
  }

  toString(): string {
    return this.entries.map(line).join('\n');
  }
}

function line({ at, lane, about, text }: Entry): string {
  return [new Date(at).toISOString().slice(11, 23), lane ?? '*', about ?? '', text].filter((part) => part).join(' ');
}
