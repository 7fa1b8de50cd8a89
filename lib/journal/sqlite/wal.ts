/**
 * Finds damage in a write-ahead log that SQLite does not report: SQLite takes the first unreadable frame for the end of the
 * log, and drops the commits after it (https://sqlite.org/fileformat2.html#the_write_ahead_log).
 */
const HEADER = 32;
const FRAME_HEADER = 24;
const MAGIC = 0x377f0682;
const CHECKSUM_AT = { header: 24, frame: 16 };

/**
 * Describes the damage of a write-ahead log; undefined where there is none. An incomplete last commit is no damage: a kill
 * or a power cut interrupted it before it was confirmed. A commit with another one after it was durable, so an unreadable
 * one is damage.
 */
export function problemOfLog(log: Buffer): string | undefined {
  if (log.length <= HEADER) return undefined;
  const reader = new Log(log);
  if (!reader.headerIsValid()) return 'the start of its log is damaged';
  let frame = 0;
  while (reader.follows(frame)) frame++;
  for (; reader.has(frame + 1); frame++) {
    if (reader.isCommit(frame) && reader.isCurrent(frame) && reader.follows(frame + 1)) return 'its log is damaged';
  }
  return undefined;
}

type Sums = readonly [number, number];

/** A log's frames, counted from 0. */
class Log {
  readonly #bytes: Buffer;
  readonly #bigEndian: boolean;
  readonly #frameSize: number;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#bigEndian = (bytes.readUInt32BE(0) & 1) === 1;
    this.#frameSize = FRAME_HEADER + bytes.readUInt32BE(8);
  }

  headerIsValid(): boolean {
    const known = (this.#bytes.readUInt32BE(0) & ~1) >>> 0 === MAGIC;
    return known && equal(this.#sums(0, CHECKSUM_AT.header, [0, 0]), this.#stored(CHECKSUM_AT.header));
  }

  has(frame: number): boolean {
    return this.#at(frame + 1) <= this.#bytes.length;
  }

  /** The frame was written since the log last started over, not before. */
  isCurrent(frame: number): boolean {
    const at = this.#at(frame);
    return this.#bytes.compare(this.#bytes, 16, 24, at + 8, at + 16) === 0;
  }

  isCommit(frame: number): boolean {
    return this.#bytes.readUInt32BE(this.#at(frame) + 4) !== 0;
  }

  /** The frame is complete, and was written right after the one before it: its checksum continues that frame's. */
  follows(frame: number): boolean {
    if (!this.has(frame) || !this.isCurrent(frame)) return false;
    const at = this.#at(frame);
    const before = this.#stored(frame === 0 ? CHECKSUM_AT.header : this.#at(frame - 1) + CHECKSUM_AT.frame);
    const sums = this.#sums(at + FRAME_HEADER, at + this.#frameSize, this.#sums(at, at + 8, before));
    return equal(sums, this.#stored(at + CHECKSUM_AT.frame));
  }

  #at(frame: number): number {
    return HEADER + frame * this.#frameSize;
  }

  #stored(at: number): Sums {
    return [this.#bytes.readUInt32BE(at), this.#bytes.readUInt32BE(at + 4)];
  }

  /** SQLite's running checksum over whole pairs of words. */
  #sums(from: number, to: number, [first, second]: Sums): Sums {
    let [a, b] = [first, second];
    for (let at = from; at < to; at += 8) {
      a = (a + this.#word(at) + b) >>> 0;
      b = (b + this.#word(at + 4) + a) >>> 0;
    }
    return [a, b];
  }

  #word(at: number): number {
    return this.#bigEndian ? this.#bytes.readUInt32BE(at) : this.#bytes.readUInt32LE(at);
  }
}

function equal(one: Sums, other: Sums): boolean {
  return one[0] === other[0] && one[1] === other[1];
}
