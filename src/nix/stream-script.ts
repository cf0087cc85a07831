import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";

import { isErrno } from "../errors/errno.js";
import { isStorePath, nameOfStorePath, type StorePath } from "../model/store-path.js";
import type { System } from "../model/system.js";
import { openRegularFile, readWholeRegularFile } from "../platform/files.js";

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

/** `-e`, `exec`, the program, its only argument, and the arguments of the caller. */
const WRAPPER = /^#! ?\S+(?: -e)?\nexec(?: -a "\$0")? "?([^\s"]+)"?\s+(\S+)\s+"\$@"\s*$/;

/** A Python program that streams an image, and the file that it reads. */
export interface StreamFiles {
  readonly script: StorePath;
  readonly conf: StorePath;
}

/**
 * What a script runs, if it is the wrapper of dockerTools.streamLayeredImage: it runs a program named
 * `stream` with the path of a file named `*-conf.json`, and does nothing else. Undefined for other scripts.
 * @see nixpkgs, pkgs/build-support/setup-hooks/make-wrapper.sh
 */
export async function readStreamWrapper(path: StorePath): Promise<StreamFiles | undefined> {
  const text = (await readWholeRegularFile(path)).toString("latin1");
  return parseStreamWrapper(text);
}

/** The same for the text of a script. */
export function parseStreamWrapper(text: string): StreamFiles | undefined {
  const [, script = "", conf = ""] = WRAPPER.exec(text.replace(/\\\n/g, " ")) ?? [];
  if (!isStorePath(script) || !isStorePath(conf)) return undefined;
  return nameOfStorePath(script) === "stream" && conf.endsWith("-conf.json") ? { script, conf } : undefined;
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
