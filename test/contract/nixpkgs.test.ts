import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

import { describe, expect, it } from "@jest/globals";

const files = execFileSync("git", ["ls-files", "*.nix", "*.md", "*.yml", "*.ts"], { encoding: "utf8" })
  .trim()
  .split("\n");
/** The branch of nixpkgs that this flake names. */
const [, BRANCH = ""] = /NixOS\/nixpkgs\/([\w.-]+)/.exec(readFileSync("flake.nix", "utf8")) ?? [];

describe("nixpkgs", () => {
  it("is of one branch in all flakes, templates, examples and pages", () => {
    expect(BRANCH).toMatch(/^nixos-\d\d\.\d\d$/);
    // Unit tests quote what Nix prints for other branches.
    const own = files.filter((file) => !file.startsWith("test/unit/"));
    const named = own.flatMap((file) =>
      [...readFileSync(file, "utf8").matchAll(/github:NixOS\/nixpkgs\/([\w.-]+)/g)].map(
        ([, branch = ""]) => [file, branch] as const,
      ),
    );
    expect(named.length).toBeGreaterThan(9);
    expect(named.filter(([, branch]) => branch !== BRANCH)).toEqual([]);
  });

  const shipped = execFileSync("git", ["ls-files", "templates", "examples"], { encoding: "utf8" })
    .trim()
    .split("\n");

  it("has no lock file and no placeholder of a hash in templates and examples", () => {
    expect(shipped.filter((file) => file.endsWith("flake.lock"))).toEqual([]);
    expect(shipped.filter((file) => readFileSync(file, "utf8").includes("fakeHash"))).toEqual([]);
  });

  it("has one hash there, with which the suite builds the example, and the same downloads for it", () => {
    const hashes = shipped
      .filter((file) => file.endsWith(".nix"))
      .flatMap((file) =>
        [...readFileSync(file, "utf8").matchAll(/"(sha\d+-[^"]+)"/g)].map(([, hash]) => [file, hash]),
      );
    const [, hash] = hashes.find(([file]) => file === "examples/backend/flake.nix") ?? [];
    expect(hashes).toEqual([
      ["examples/backend/flake.nix", hash],
      ["templates/java/flake.nix", hash],
    ]);
    const [own, example] = ["templates/java/pom.xml", "examples/backend/pom.xml"].map((file) =>
      readFileSync(file, "utf8").replaceAll(/<(artifactId|mainClass)>(app|backend)</gi, "<$1>name<"),
    );
    expect(own).toBe(example);
  });
});
