import { readdir } from "node:fs/promises";
import { join } from "node:path";

import { readRegularFile } from "../platform/files.js";
import type { Budget } from "./budget.js";
import type { ArchiveEntryReader } from "./archive-entries.js";
import { requireLayout } from "./image-form.js";

const BLOBS = "blobs/sha256";

/**
 * Reads an image from an OCI layout folder. A blob may be a symlink, for example to another store path, since
 * its content is verified against its digest. Rejects with a `FormError` if the folder is not an OCI layout,
 * and with a plain Error if it has anything but regular files.
 * @see https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 */
export async function readOciFolder(
  folder: string,
  reader: ArchiveEntryReader,
  budget: Budget,
): Promise<void> {
  await requireLayout(folder);
  const blobs = (await readdir(join(folder, BLOBS))).map((name) => `${BLOBS}/${name}`);
  for (const name of ["oci-layout", "index.json", ...blobs]) {
    budget.spendPath(name);
    const count = async function* () {
      for await (const chunk of readRegularFile(join(folder, name))) {
        budget.spendBytes(chunk.length);
        yield chunk;
      }
    };
    await reader.take(`/${name}`, count());
  }
}
