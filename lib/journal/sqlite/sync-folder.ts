import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Makes durable which files a folder has: a file that was made or renamed could otherwise be gone after a power cut. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return; // a folder cannot be opened there, and needs no sync
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
