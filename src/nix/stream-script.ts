import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";

import { isErrno } from "../errors/errno.js";
import { nameOfStorePath, type StorePath } from "../model/store-path.js";
import type { System } from "../model/system.js";
import { openRegularFile } from "../platform/files.js";

/** True for a script that writes an image to stdout, such as one made by `dockerTools.streamLayeredImage`. */
export async function isStreamScript(path: StorePath): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    if (!(await stat(path)).isFile()) return false;
    const handle = await openRegularFile(path);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
      return bytesRead === 2 && buffer.toString("latin1") === "#!";
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isErrno(error, "EACCES")) return false;
    throw error;
  }
}

/**
 * The arguments of `nix build` for the image that a stream script writes: a derivation with the script's own
 * system. As a derivation, the script runs in the sandbox, on a builder if it is for another CPU, and only
 * once.
 */
export function renderStreamedImage(script: StorePath, system: System): readonly string[] {
  const name = nameOfStorePath(script).replace(/^[^0-9A-Za-z]+/, "");
  const expression = `derivation {
    name = "image-${name}.tar";
    system = "${system}";
    builder = "/bin/sh";
    args = [ "-c" "\\"$script\\" > \\"$out\\"" ];
    script = builtins.storePath "${script}";
  }`;
  return ["--impure", "--expr", expression];
}
