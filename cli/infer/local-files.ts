import { createReadStream, readdirSync, statSync, type Dirent } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { isNativeError } from 'node:util/types';
import type { PeekedFile } from '../../core/engine/peek/file';
import { Unreadable } from './unreadable';

/** Files of a folder that are looked at: those of one delivery are alike. */
export const MOST_FILES = 20;
const MOST_LISTED = 10_000;

/**
 * The paths that a path stands for: itself, or what is in the folder, at any depth.
 * @throws Unreadable
 */
export function pathsAt(path: string): string[] {
  if (!statOf(path).isDirectory()) return [path];
  const found: string[] = [];
  const look = (folder: string) => {
    for (const entry of listed(folder)) {
      if (found.length >= MOST_LISTED) return;
      const inner = join(folder, entry.name);
      if (entry.isDirectory()) look(inner);
      else if (entry.isFile()) found.push(inner);
    }
  };
  look(path);
  return found.sort();
}

function statOf(path: string): ReturnType<typeof statSync> & object {
  try {
    return statSync(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function listed(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw unreadable(folder, error);
  }
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'you may not read it',
  EPERM: 'you may not read it',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is a file',
  EMFILE: 'too many files are open',
};

function unreadable(path: string, error: unknown): unknown {
  const code = isNativeError(error) && 'code' in error ? String(error.code) : null;
  if (code === null) return error;
  return new Unreadable(`${path}: ${WHY[code] ?? `it cannot be read (${code})`}`, { cause: error });
}

/**
 * A file of this machine.
 * @throws Unreadable
 */
export function localFile(path: string): PeekedFile {
  const stat = statOf(path);
  if (!stat.isFile())
    throw new Unreadable(`${path}: it is no file that can be read at any place, such as a pipe; save it first`);
  return {
    name: path,
    size: Number(stat.size),
    async read(from, length) {
      const most = Math.max(0, Math.min(length, Number(stat.size) - from));
      const buffer = Buffer.alloc(most);
      try {
        const file = await open(path, 'r');
        try {
          let filled = 0;
          while (filled < most) {
            const { bytesRead } = await file.read(buffer, filled, most - filled, from + filled);
            if (bytesRead === 0) break;
            filled += bytesRead;
          }
          return buffer.subarray(0, filled);
        } finally {
          await file.close();
        }
      } catch (error) {
        throw unreadable(path, error);
      }
    },
    async *stream(from) {
      try {
        yield* createReadStream(path, { start: from, highWaterMark: 1 << 20 });
      } catch (error) {
        throw unreadable(path, error);
      }
    },
  };
}
