import { ActionError } from "../errors/action-error.js";
import { isStorePath, type StorePath } from "../model/store-path.js";

/**
 * The store paths that a release registers: its `.reginfo`, as `nix-store --load-db` reads it. For each path its NAR hash,
 * NAR size, deriver, number of references, and the references, a line each. Rejects with `NIX_ARCHIVE_INVALID`.
 * @see Nix manual, `nix-store --load-db`
 */
export function parseRegistration(text: string): readonly StorePath[] {
  const lines = text.split("\n");
  if (lines.pop() !== "" || lines.length === 0) throw invalid("ends in the middle of a line");
  const paths: StorePath[] = [];
  for (let line = 0; line < lines.length;) {
    const [path = "", hash = "", size = "", , count = ""] = lines.slice(line, line + 5);
    if (!isStorePath(path)) throw invalid(`line ${line + 1} is not a store path`);
    if (!hash.startsWith("sha256:")) throw invalid(`line ${line + 2} is not a SHA-256`);
    if (!/^[0-9]{1,15}$/.test(size)) throw invalid(`line ${line + 3} is not a size`);
    if (!/^[0-9]{1,6}$/.test(count)) throw invalid(`line ${line + 5} is not a number of references`);
    const end = line + 5 + Number(count);
    if (end > lines.length || !lines.slice(line + 5, end).every(isStorePath)) {
      throw invalid(`line ${line + 5} promises ${count} references that do not follow`);
    }
    paths.push(path);
    line = end;
  }
  return paths;
}

function invalid(reason: string): ActionError {
  return new ActionError("NIX_ARCHIVE_INVALID", `the list of store paths in the Nix archive ${reason}`, {
    hint: "nix-url has to lead to a release tarball of Nix, as on https://releases.nixos.org.",
  });
}
