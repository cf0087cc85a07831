import { chmodSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Creates everything that a tar can hold in more than one way, or that can be sorted in more than one way.
 * `shown` is the folder's name in the tar.
 */
export function createOddFiles(folder: string, shown = folder): void {
  const long = "n".repeat(100 - shown.length - 1);
  const names = [
    ...["a", "a-b", "a.b", "A", "b\nc", ".hidden", "ü", "\uffee", "\u{1f600}", "empty", "quote'\\"],
    ...[long.slice(1), long, `${long}n`, "n".repeat(255), `ü${"n".repeat(200)}`],
  ];
  mkdirSync(join(folder, "folder/a"), { recursive: true });
  mkdirSync(join(folder, "no-files"));
  for (const name of names) writeFileSync(join(folder, name), name === "empty" ? "" : `content of ${name}`);
  for (const byte of [0x80, 0xff]) {
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/x`), Buffer.from([byte])]), "not UTF-8");
  }
  writeFileSync(join(folder, "big"), Buffer.alloc((3 << 20) + 77, "big"));
  writeFileSync(join(folder, "script"), "#!/bin/sh\n");
  chmodSync(join(folder, "script"), 0o4755);
  chmodSync(join(folder, "a"), 0o444);
  linkSync(join(folder, "big"), join(folder, "folder/hard-link"));
  symlinkSync("../a", join(folder, "folder/symlink"));
  symlinkSync("folder", join(folder, "link-to-folder"));
  symlinkSync(`/${"l".repeat(120)}`, join(folder, "long-link"));
  symlinkSync(Buffer.from([0x2f, 0xff]), join(folder, "odd-link"));
  symlinkSync("ü", join(folder, "ü-link"));
}
