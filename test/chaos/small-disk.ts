/** Disks that fill up and break, for real: where this machine lets a test mount one, else the nearest thing to it. */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** A file system of a few megabytes, with a journal on it. */
export interface SmallDisk {
  /** What it really is, for the test to say. */
  readonly kind: string;
  /** Where the journal goes. */
  readonly file: string;
  /** What a payment hears while it is full. */
  readonly full: RegExp;
  /** Leaves no room for a further byte. @param owner something of the command line of the process that writes there */
  fill(owner: string): void;
  free(): void;
  remove(): void;
}

/** A tmpfs of its own; without the right to mount one, a limit on how large the process may make its files. */
export function smallDisk(): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'nexo-disk-'));
  const file = join(folder, 'journal.sqlite');
  return mounts(['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder]) ? tmpfs(folder, file) : limited(folder, file);
}

function tmpfs(folder: string, file: string): SmallDisk {
  const filler = join(folder, 'filler');
  return {
    kind: 'a tmpfs of 2 MB',
    file,
    full: /cannot grow: the disk is full\. Free some space/,
    fill: () => fillUp(filler),
    free: () => rmSync(filler),
    remove: () => {
      run('umount', ['-l', folder]);
      rmSync(folder, { recursive: true });
    },
  };
}

/** Writes zeros until there is room for none. */
function fillUp(filler: string): void {
  const handle = openSync(filler, 'w');
  try {
    for (const size of [65_536, 4096, 1]) while (writes(handle, Buffer.alloc(size)));
  } finally {
    closeSync(handle);
  }
}

function writes(handle: number, bytes: Buffer): boolean {
  try {
    return writeSync(handle, bytes) === bytes.length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false;
    throw error;
  }
}

/** Not a full disk, but the kernel refuses to make a file larger all the same (EFBIG). */
function limited(folder: string, file: string): SmallDisk {
  let writer = '';
  const limit = (size: string) => ['--pid', writer, `--fsize=${size}:`];
  return {
    kind: 'a limit on file sizes, for no file system can be mounted here',
    file,
    full: /journal\.sqlite (does not work|cannot grow)/,
    fill: (owner) => {
      writer = processOf(owner);
      run('prlimit', limit(String(statSync(`${file}-wal`).size)));
    },
    // It may have been killed meanwhile.
    free: () => runs('prlimit', limit('unlimited')),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** The id of the process whose command line ends with `owner`. */
function processOf(owner: string): string {
  const found = readdirSync('/proc').find((id) => /^\d+$/.test(id) && commandOf(id).endsWith(`${owner}\0`));
  if (found === undefined) throw new Error(`no process is called ${owner}`);
  return found;
}

function commandOf(id: string): string {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** A disk that the kernel takes away from those who write to it, until it is repaired. */
export interface BreakableDisk {
  readonly kind: string;
  readonly file: string;
  /** From now on nothing can be written: files that are open stay open. @param owner as for `fill` */
  break(owner: string): void;
  /** Makes it whole again; nothing may be open there. */
  repair(): void;
  remove(): void;
}

/**
 * An ext4 in a file, which the kernel makes read-only at its first error, as it does with a worn-out memory card.
 * Where no loop device can be had, a disk that is full until it is repaired.
 */
export function breakableDisk(): BreakableDisk {
  const folder = mkdtempSync(join(tmpdir(), 'nexo-card-'));
  const image = `${folder}.img`;
  const mount = () => mounts(['-o', 'loop,errors=remount-ro', image, folder]);
  writeFileSync(image, Buffer.alloc(4 * 1024 * 1024));
  const remove = () => {
    rmSync(folder, { recursive: true, force: true });
    rmSync(image);
  };
  if (!runs('mkfs.ext4', ['-q', image]) || !mount()) {
    remove();
    const { kind, file, fill, free, remove: end } = smallDisk();
    return { kind: `${kind}, for there is no loop device`, file, break: fill, repair: free, remove: end };
  }
  return {
    kind: 'an ext4 of 4 MB on a loop device',
    file: join(folder, 'journal.sqlite'),
    break: () => {
      const device = basename(run('findmnt', ['-no', 'SOURCE', folder]).trim());
      writeFileSync(`/sys/fs/ext4/${device}/trigger_fs_error`, 'test');
    },
    repair: () => {
      run('umount', [folder]);
      runs('fsck.ext4', ['-y', image]);
      if (!mount()) throw new Error(`cannot mount ${image} again`);
    },
    remove: () => {
      run('umount', ['-l', folder]);
      remove();
    },
  };
}

/** Makes a mounted disk read-only while nobody has a file open there, or writable again. */
export function setReadOnly(folder: string, readOnly: boolean): void {
  run('mount', ['-o', `remount,${readOnly ? 'ro' : 'rw'}`, folder]);
}

function mounts(args: string[]): boolean {
  return process.platform === 'linux' && runs('mount', args);
}

function runs(command: string, args: string[]): boolean {
  try {
    run(command, args);
    return true;
  } catch {
    return false;
  }
}

function run(command: string, args: string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
