import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

/** Reads `length` bytes from `offset`; fewer at the end of the file. */
export type ReadBytes = (offset: number, length: number) => Buffer;

/** The content of one file in an image, for random access. */
export interface FileContent {
  readonly sizeBytes: number;
  readonly read: ReadBytes;
  close(): void;
}

/** A part of a file on disk. */
export interface FileRange {
  /** The path; as bytes if it may have other bytes than UTF-8. */
  readonly file: string | Buffer;
  readonly start: number;
  readonly sizeBytes: number;
}

/** Opens a part of a file. Throws a plain Error if there is no such regular file, or if it is too short. */
export function openRange({ file, start, sizeBytes }: FileRange): FileContent {
  const disk = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  const stats = fstatSync(disk);
  if (!stats.isFile() || stats.size < start + sizeBytes) {
    closeSync(disk);
    throw new Error(`${file.toString()} has changed while it was read`);
  }
  return {
    sizeBytes,
    read: (offset, length) => readFully(disk, start + offset, Math.min(length, sizeBytes - offset)),
    close: () => {
      closeSync(disk);
    },
  };
}

/** Reads up to `length` bytes, none if it is negative; fewer at the end of the file. */
export function readFully(disk: number, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(Math.max(0, length));
  for (let done = 0; done < length;) {
    const count = readSync(disk, bytes, done, length - done, offset + done);
    if (count === 0) return bytes.subarray(0, done);
    done += count;
  }
  return bytes;
}
