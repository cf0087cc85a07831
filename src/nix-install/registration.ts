import { ActionError } from "../errors/action-error.js";
import { isStorePath, type StorePath } from "../model/store-path.js";

/**
 * Reads the `.reginfo` of a release, the input of `nix-store --load-db`, and returns the store paths that it
 * registers. Each entry has a line for the path, its NAR hash, NAR size, deriver and number of references,
 * and then a line for each reference. Rejects with `NIX_ARCHIVE_INVALID`.
 * @see Nix manual, `nix-store --load-db`
 */
export function parseRegistration(text: string): readonly StorePath[] {
  const lines = text.split("\n");
  if (lines.pop() !== "" || lines.length === 0) throw invalid("it is empty, or ends in the middle of a line");
  const paths: StorePath[] = [];
  for (let line = 0; line < lines.length;) {
    const [path = "", hash = "", size = "", , count = ""] = lines.slice(line, line + 5);
    if (!isStorePath(path)) throw invalid(`line ${line + 1} is not a store path`);
    if (!hash.startsWith("sha256:")) throw invalid(`line ${line + 2} is not a SHA-256`);
    if (!/^[0-9]{1,15}$/.test(size)) throw invalid(`line ${line + 3} is not a size`);
    if (!/^[0-9]{1,6}$/.test(count)) throw invalid(`line ${line + 5} is not a number of references`);
    const end = line + 5 + Number(count);
    if (end > lines.length || !lines.slice(line + 5, end).every(isStorePath)) {
      throw invalid(`line ${line + 5} gives the number of references as ${count}, but fewer follow`);
    }
    paths.push(path);
    line = end;
  }
  return paths;
}

function invalid(reason: string): ActionError {
  return new ActionError(
    "NIX_ARCHIVE_INVALID",
    `the list of store paths in the Nix release tarball is invalid: ${reason}`,
    { hint: "nix-url must lead to a Nix release tarball, as on https://releases.nixos.org." },
  );
}
