import { statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";

import { type Clock, repeatInBackground } from "./clock.js";

/** The free space of the disk that holds a folder. */
export interface Disk {
  readonly folder: string;
  readonly freeBytes: number;
}

/** What a disk lost at most while something ran, whoever used it, and the least that was free then. */
export interface DiskUse extends Disk {
  readonly usedBytes: number;
}

const SAMPLE_INTERVAL_MS = 1_000;

/**
 * Reads the disks that hold these folders. Folders on one disk count once. A folder that does not exist yet
 * is on the disk of its parent.
 */
export function readDisks(folders: readonly string[]): readonly Disk[] {
  const byDevice = new Map<number, Disk>();
  for (const folder of folders) {
    const disk = readDisk(folder, folder);
    if (disk !== undefined && !byDevice.has(disk.device)) byDevice.set(disk.device, disk);
  }
  return [...byDevice.values()].map(({ folder, freeBytes }) => ({ folder, freeBytes }));
}

function readDisk(folder: string, place: string): (Disk & { readonly device: number }) | undefined {
  try {
    const { bavail, bsize } = statfsSync(place);
    return { folder, freeBytes: bavail * bsize, device: statSync(place).dev };
  } catch {
    return place === dirname(place) ? undefined : readDisk(folder, dirname(place));
  }
}

/** Samples the free space of disks until `stop`, which returns the peak use of each. */
export function watchDisks(folders: readonly string[], clock: Clock): { stop(): readonly DiskUse[] } {
  const start = readDisks(folders);
  const least = new Map(start.map(({ folder, freeBytes }) => [folder, freeBytes]));
  const sample = () => {
    for (const { folder, freeBytes } of readDisks(folders)) {
      least.set(folder, Math.min(freeBytes, least.get(folder) ?? Infinity));
    }
  };
  const stopSampling = repeatInBackground(clock, SAMPLE_INTERVAL_MS, sample);
  return {
    stop: () => {
      stopSampling();
      sample();
      return start.map(({ folder, freeBytes }) => {
        const leastBytes = least.get(folder) ?? freeBytes;
        return { folder, usedBytes: freeBytes - leastBytes, freeBytes: leastBytes };
      });
    },
  };
}
