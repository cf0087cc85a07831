import { readFile } from "node:fs/promises";

import { nameOfStorePath, type StorePath } from "../model/store-path.js";
import { parseDerivation } from "./derivation.js";

/** What follows the script in the command of the derivation: nixpkgs has compressed in these ways. */
const COMPRESSES = /^\s*\|\s*(?:\S*\/)?(?:pigz|gzip|zstd|cat)\b[^|;&<>\n]*>\s*"?\$out"?\s*$/;

/**
 * The derivation of a script that streams an image, if all that `drvPath` does is to write its output into a
 * compressed archive. So does the derivation of dockerTools.buildLayeredImage. Undefined for others. Rejects
 * with `BUILD_FAILED` for a damaged derivation.
 * @see nixpkgs, pkgs/build-support/docker/default.nix, buildLayeredImage
 */
export async function findStreamDerivation(
  drvPath: StorePath,
  readBytes: (path: StorePath) => Promise<Buffer> = (path) => readFile(path),
): Promise<StorePath | undefined> {
  const archive = parseDerivation(await readBytes(drvPath), drvPath);
  const name = nameOfStorePath(drvPath).replace(/\.tar(?:\.gz|\.zst)?$/, "");
  const stream = [...archive.inputs.keys()].find((input) => nameOfStorePath(input) === `stream-${name}`);
  if (stream === undefined) return undefined;
  const { outputs } = parseDerivation(await readBytes(stream), stream);
  const script = outputs.find((output) => output.name === "out")?.path;
  const command = archive.environment.find(([key]) => key.toString() === "buildCommand")?.[1].toString();
  if (script === undefined || command?.trimStart().startsWith(script) !== true) return undefined;
  return COMPRESSES.test(command.trimStart().slice(script.length)) ? stream : undefined;
}
