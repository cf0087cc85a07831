import { ActionError } from "../errors/action-error.js";
import { isStorePath, type StorePath } from "../model/store-path.js";
import { renderWire, WireReader } from "./wire.js";

const MAGIC = 0x4558494e;
const MAX_STRING_BYTES = 64 << 10;
/** The trailer of a path is kept until the path is accepted. */
const MAX_TRAILER_BYTES = 1 << 24;
const MAX_REFERENCES = 100_000;

/**
 * Passes on the output of `nix-store --export` on the host `sender`, and checks each path with `isExpected`:
 * without the check a builder could send any store path. The name of a path follows its contents, so the
 * contents of an unexpected path are passed on, but not the trailer that Nix needs to import it. Throws
 * `BUILDER_DENIED` for a path that was not requested, and `BUILDER_UNREACHABLE` for a stream that is cut
 * short or is not an export.
 * @see Nix manual, "Nix Archive (NAR) format"; NixOS/nix, src/libstore/export-import.cc
 */
export async function* guardExport(
  source: AsyncIterable<Buffer>,
  sender: string,
  isExpected: (path: string) => boolean,
): AsyncGenerator<Buffer, number> {
  const reader = new WireReader(source, {
    sender,
    maxStringBytes: MAX_STRING_BYTES,
    maxMessageBytes: MAX_TRAILER_BYTES,
    isKeeping: true,
  });
  let paths = 0;
  for (;;) {
    const mark = await reader.readWord();
    if (mark === 0) {
      yield reader.takeRead();
      return paths;
    }
    if (mark !== 1) throw reader.unreadable("it is not an export of store paths");
    yield* reader.passArchive();
    reader.beginMessage();
    if ((await reader.readWord()) !== MAGIC) throw reader.unreadable("an archive has no trailer");
    const path = (await reader.readString()).toString("utf8");
    const references = await reader.readCount(MAX_REFERENCES);
    for (let i = 0; i < references; i++) await reader.readString();
    await reader.readString();
    if ((await reader.readWord()) !== 0)
      throw reader.unreadable("a path has a signature in the legacy format");
    if (!isStorePath(path) || !isExpected(path)) throw notRequested(sender, path);
    paths += 1;
    yield reader.takeRead();
  }
}

/** A store path that is a file and refers to no other path. */
export interface StoreFile {
  readonly path: StorePath;
  readonly content: Buffer;
}

/** Renders files as `nix-store --export` does, for `nix-store --import`. */
export function* renderFileExport(files: readonly StoreFile[]): Generator<Buffer> {
  for (const { path, content } of files) {
    yield renderWire([1, "nix-archive-1", "(", "type", "regular", "contents", content, ")"]);
    const references: readonly string[] = [];
    const deriver = "";
    yield renderWire([MAGIC, path, references, deriver, 0]);
  }
  yield renderWire([0]);
}

/** The error for a builder that sends, or wants to send, a path that is not part of the build. */
export function notRequested(sender: string, path: string): ActionError {
  return new ActionError(
    "BUILDER_DENIED",
    `${sender} sent ${JSON.stringify(path.slice(0, 300))}, which was not requested`,
    { hint: "The path was not imported. Do not trust this builder before you know the reason." },
  );
}
