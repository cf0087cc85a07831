import { spawnSync } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";

import { makeTemporaryFolder } from "../runner.js";
import { useNix } from "./use-nix.js";

const { evaluate, fail } = useNix("nix-node");

describe("lib.mkNodeApp", () => {
  const native = 'lib.mkCrossPkgs { inherit nixpkgs; buildSystem = "x86_64-linux"; }';
  /** A Nix expression for the derivation of a project whose lock file has these packages. */
  const app = (packages: Readonly<Record<string, object>>) => {
    const folder = makeTemporaryFolder("lock");
    writeFileSync(join(folder, "package.json"), "{}");
    writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ lockfileVersion: 3, packages }));
    const project = `name = "app"; version = "1"; src = ${folder}; main = "a.js";`;
    return `(lib.mkNodeApp { pkgs = ${native}; ${project} }).drvPath`;
  };
  const integrity = `sha512-${Buffer.alloc(64).toString("base64")}`;

  it.each([
    ["a workspace", { "node_modules/a": { link: true, resolved: "packages/a" } }, "packages/a"],
    [
      "from git",
      { "node_modules/a": { version: "1", resolved: "git+ssh://git@example.org/a.git#1" } },
      "git+ssh://",
    ],
    ["an archive without a hash", { "node_modules/a": { version: "1" } }, "no integrity for node_modules/a"],
  ])("refuses a dependency that is %s, and names it", (_, packages, said) => {
    expect(fail(app(packages))).toContain(said);
  });

  it("installs the dependencies again only if those in the lock file change", () => {
    const modules = (version: string, packages: Readonly<Record<string, object>>) => {
      const folder = makeTemporaryFolder("lock");
      writeFileSync(join(folder, "package.json"), JSON.stringify({ version, scripts: { build: version } }));
      const lock = {
        name: "app",
        version,
        lockfileVersion: 3,
        packages: { "": { name: "app", version }, ...packages },
      };
      writeFileSync(join(folder, "package-lock.json"), JSON.stringify(lock));
      const project = `name = "app"; version = "${version}"; src = ${folder}; main = "a.js";`;
      const app = `lib.mkNodeApp { pkgs = ${native}; ${project} }`;
      return evaluate(`let app = ${app}; in [ app.modules.drvPath app.drvPath ]`) as readonly [
        string,
        string,
      ];
    };
    const [first, app] = modules("1", {});
    const [second, nextApp] = modules("2", {});
    expect(second).toBe(first);
    expect(nextApp).not.toBe(app);
    expect(modules("2", { "node_modules/a": { version: "1", integrity } })[0]).not.toBe(first);
  });

  it("checks a tarball by the strongest hash of the list, as npm does, not by the first", () => {
    const sha1 = `sha1-${Buffer.alloc(20).toString("base64")}`;
    const sha384 = `sha384-${Buffer.alloc(48).toString("base64")}`;
    const tarballsOf = (list: string) =>
      app({ "node_modules/a": { version: "1", integrity: list } }).replace(".drvPath", ".modules.tarballs");
    const chosen = (list: string) =>
      (JSON.parse(String(evaluate(tarballsOf(list)))) as readonly { readonly integrity: string }[])[0]
        ?.integrity;
    expect(chosen(`${sha1} ${sha384} ${integrity}?a`)).toBe(integrity);
    expect(chosen(`${integrity} ${sha1}`)).toBe(integrity);
    expect(chosen(sha1)).toBe(sha1);
    // Nix does not know sha384, and npm would not look for a weaker one.
    expect(fail(tarballsOf(`${sha1} ${sha384}`))).toContain("no hash for node_modules/a that Nix can check");
  });

  it.each([
    ["mkNodeApp", `main = "a.js";`],
    ["mkJavaApp", `repository = "/repository";`],
  ])("has an entrypoint of %s that starts the program after overrideAttrs", (name, more) => {
    const folder = makeTemporaryFolder("override");
    writeFileSync(join(folder, "package.json"), "{}");
    writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ lockfileVersion: 3, packages: {} }));
    const app = `lib.${name} { pkgs = ${native}; name = "app"; version = "1"; src = ${folder}; ${more} }`;
    const [before, after, twice] = evaluate(`
      let
        app = ${app};
        patched = app.overrideAttrs (old: { patches = [ "fix.patch" ]; });
        again = patched.overrideAttrs (final: old: { name = "again"; });
      in
      map (one: { program = "\${one}"; inherit (one) entrypoint; }) [ app patched again ]
    `) as readonly { readonly program: string; readonly entrypoint: readonly string[] }[];
    for (const one of [before, after, twice]) expect(one?.entrypoint.at(-1)).toContain(one?.program);
    expect(new Set([before?.program, after?.program, twice?.program]).size).toBe(3);
  });

  it("fetches only the packages for the target's platform", () => {
    const ofLinux = { version: "1", integrity, optional: true, os: ["linux"], cpu: ["x64"], libc: ["glibc"] };
    const taken = {
      "node_modules/a": ofLinux,
      "node_modules/b": { version: "1", integrity, os: ["!win32"] },
    };
    const left = {
      "node_modules/c": { ...ofLinux, cpu: ["arm64"] },
      "node_modules/d": { ...ofLinux, libc: ["musl"] },
    };
    const expression = app({ ...taken, ...left }).replace(".drvPath", ".modules.tarballs");
    const tarballs = JSON.parse(String(evaluate(expression))) as readonly { readonly tarball: string }[];
    expect(tarballs.map(({ tarball }) => tarball.replace(/^\S+-([a-z])-1\.tgz$/, "$1"))).toEqual(["a", "b"]);
  });
});

it("tree.py fails for a folder that has a file for another CPU, and names the file", () => {
  const folder = makeTemporaryFolder("modules");
  copyFileSync(process.execPath, join(folder, "binding.node"));
  const check = (system: string) =>
    spawnSync("python3", ["-B", "nix/lib/checks/tree.py", folder, system], { encoding: "utf8" });
  const own = process.arch === "x64" ? "x86_64" : "aarch64";
  const other = own === "x86_64" ? "aarch64" : "x86_64";
  expect(check(`${own}-linux`)).toMatchObject({ status: 0, stderr: "" });
  const { status, stderr } = check(`${other}-linux`);
  expect(status).toBe(1);
  expect(stderr).toContain(`binding.node is for ${own}, not for ${other}`);
});
