import { ActionError } from "../errors/action-error.js";
import { isStorePath } from "../model/store-path.js";
import { unreadable, WireReader } from "./wire.js";

const MAGIC = 0x4558494e;
const MAX_STRING_BYTES = 64 << 10;

/**
 * Passes on what `nix-store --export` writes, and holds it to `isExpected`: with it a builder could hand over any store path whatever. A
 * path is passed on whole or not at all, but for its contents, whose trailer then is missing. Rejects with `BUILDER_DENIED` for a
 * path that was not asked for, with `BUILDER_UNREACHABLE` where the stream is cut short or is none.
 * @see Nix manual, "Nix Archive (NAR) format"; NixOS/nix, src/libstore/export-import.cc
 */
export async function* guardExport(
  source: AsyncIterable<Buffer>,
  isExpected: (path: string) => boolean,
): AsyncGenerator<Buffer, number> {
  const reader = new WireReader(source, MAX_STRING_BYTES, true);
  let paths = 0;
  for (;;) {
    const mark = await reader.readWord();
    if (mark === 0) {
      yield reader.takeRead();
      return paths;
    }
    if (mark !== 1) throw unreadable("it is no export of store paths");
    yield* reader.passArchive();
    if ((await reader.readWord()) !== MAGIC) throw unreadable("an archive has no trailer");
    const path = (await reader.readString()).toString("utf8");
    const references = await reader.readWord();
    if (references > 1_000_000) throw unreadable("a path has too many references");
    for (let i = 0; i < references; i++) await reader.readString();
    await reader.readString();
    if ((await reader.readWord()) !== 0) throw unreadable("a path has a signature of an old form");
    if (!isStorePath(path) || !isExpected(path)) {
      throw new ActionError(
        "BUILDER_DENIED",
        `the builder sent ${JSON.stringify(path.slice(0, 300))}, which nobody asked for`,
        { hint: "Nothing of it was taken in. Do not trust this builder before you know why." },
      );
    }
    paths += 1;
    yield reader.takeRead();
  }
}
