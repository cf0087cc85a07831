import { spawnSync } from "node:child_process";
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import type { FlakeOutputs } from "../../src/model/flake.js";
import { listAttempts, planTarget } from "../../src/plan/strategy.js";
import type { System, TargetSystem } from "../../src/model/system.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { createProject, findPackageSet, installNix, runNix } from "./project.js";

const machine = makeTemporaryFolder("nix-eval");
const NIXPKGS_IS_REAL = (process.env["NIXPKGS"] ?? "") !== "";
const LIBRARY = resolve("nix/lib");
let nixpkgs: string;

beforeAll(() => {
  installNix(machine);
  nixpkgs = findPackageSet();
}, 120_000);
afterAll(() => {
  removeTemporaryFolders();
});

/** The value of an expression in which `lib` is the library and `nixpkgs` the package set. */
function evaluate(expression: string): unknown {
  const text = `let lib = import ${LIBRARY}; nixpkgs = ${nixpkgs}; in ${expression}`;
  return JSON.parse(runNix(machine, ["eval", "--impure", "--json", "--expr", text])) as unknown;
}

/** What Nix says of an expression that does not evaluate. */
function fail(expression: string): string {
  try {
    evaluate(`builtins.deepSeq (${expression}) null`);
  } catch (error) {
    return String((error as { stderr?: unknown }).stderr);
  }
  throw new Error(`${expression} evaluates`);
}

describe("lib.systems", () => {
  it("translates every image's system to its platform and back", () => {
    expect(evaluate('map lib.systems.toPlatform [ "x86_64-linux" "aarch64-linux" "armv7l-linux" ]')).toEqual([
      "linux/amd64",
      "linux/arm64",
      "linux/arm/v7",
    ]);
    expect(
      evaluate(
        "map (s: lib.systems.fromPlatform (lib.systems.toPlatform s)) lib.systems.images == lib.systems.images",
      ),
    ).toBe(true);
  });

  it.each([
    [
      'lib.mkCrossPkgs { inherit nixpkgs; buildSystem = "x86_64-linux"; targetSystem = "x86_64-windows"; }',
      "x86_64-linux-musl",
    ],
    ['lib.mkCrossPkgs { inherit nixpkgs; buildSystem = "sparc-linux"; }', "aarch64-darwin"],
    ['lib.systems.fromPlatform "linux/sparc"', "linux/amd64"],
    ['lib.systems.toCrossSystem "aarch64-darwin"', "nothing can be cross-compiled for aarch64-darwin"],
  ])("ends %s with what can be used instead", (expression, known) => {
    expect(fail(expression)).toContain(known);
  });
});

describe("lib.mkCrossPkgs", () => {
  it.each([
    ["x86_64-linux", "x86_64-linux", "x86_64-linux", "x86_64-linux"],
    ["x86_64-linux", "aarch64-linux", "x86_64-linux", "aarch64-linux"],
    ["aarch64-linux", "x86_64-linux", "aarch64-linux", "x86_64-linux"],
  ])("from %s for %s builds on %s what runs on %s", (buildSystem, targetSystem, build, host) => {
    expect(
      evaluate(
        `let p = lib.mkCrossPkgs { inherit nixpkgs; buildSystem = "${buildSystem}"; targetSystem = "${targetSystem}"; };
         in [ p.stdenv.buildPlatform.system p.stdenv.hostPlatform.system ]`,
      ),
    ).toEqual([build, host]);
  });

  it("has the overlays in the target's packages and in the build's", () => {
    expect(
      evaluate(
        `let p = lib.mkCrossPkgs {
           inherit nixpkgs; buildSystem = "x86_64-linux"; targetSystem = "aarch64-linux";
           overlays = [ (final: prev: { marker = "here"; }) ];
         }; in [ p.marker p.buildPackages.marker ]`,
      ),
    ).toEqual(["here", "here"]);
  });

  it("has the derivations of pkgsCross, so that the caches of those are used", () => {
    expect(
      evaluate(
        `let
           own = lib.mkCrossPkgs { inherit nixpkgs; buildSystem = "x86_64-linux"; targetSystem = "aarch64-linux"; };
           theirs = (import nixpkgs { localSystem.system = "x86_64-linux"; }).pkgsCross.aarch64-multiplatform;
         in own.bash.drvPath == theirs.bash.drvPath`,
      ),
    ).toBe(true);
  });
});

describe("lib.buildStrategy and lib.strategiesFor", () => {
  const BUILDS = ["x86_64-linux", "aarch64-linux", "aarch64-darwin"] as const;
  const TARGETS = ["x86_64-linux", "aarch64-linux", "riscv64-linux"] as const;

  /** What the action would do where QEMU and a builder of every system are at hand: what a flake cannot tell. */
  function planAuto(outputs: FlakeOutputs, buildSystem: System, target: TargetSystem): readonly string[] {
    const builder = {
      builder: { systems: TARGETS },
      state: "ready",
    } as unknown as Parameters<typeof planTarget>[0]["builders"][number];
    try {
      const plan = planTarget({
        buildSystem,
        target,
        installables: [{ installable: { flake: ".", name: "image" }, outputs }],
        strategy: "auto",
        builders: [builder],
        emulation: { isPossible: true, reason: "here" },
      });
      return listAttempts(plan);
    } catch {
      return [];
    }
  }

  /** Every flake that has some of the four packages that matter for a build system and a target. */
  function listFlakes(build: System, target: TargetSystem): readonly FlakeOutputs[] {
    return Array.from({ length: 8 }, (_, bits) => {
      const packages: Record<string, string[]> = {};
      const add = (system: string, name: string) => (packages[system] ??= []).push(name);
      if (bits & 1) add(target, "image");
      if (bits & 2) add(build, `image-${target}`);
      if (bits & 4) add(build, "image");
      return packages;
    });
  }

  it("give what the action's auto chooses, for every flake, build system and target", () => {
    const cases = BUILDS.flatMap((build) =>
      TARGETS.flatMap((target) => listFlakes(build, target).map((outputs) => ({ build, target, outputs }))),
    );
    const file = join(makeTemporaryFolder("cases"), "cases.json");
    writeFileSync(file, JSON.stringify(cases));
    const said = evaluate(
      `map ({ build, target, outputs }: lib.strategiesFor {
         name = "image"; buildSystem = build; targetSystem = target;
         packages = builtins.mapAttrs (_: names: builtins.listToAttrs (map (name: { inherit name; value = null; }) names)) outputs;
       }) (builtins.fromJSON (builtins.readFile ${file}))`,
    );
    expect(said).toEqual(cases.map(({ build, target, outputs }) => planAuto(outputs, build, target)));
  });

  it("give it for the flakes of mkFlakeOutputs", () => {
    const flake = `lib.mkFlakeOutputs {
      inherit nixpkgs; buildSystems = [ "x86_64-linux" "aarch64-linux" ]; targetSystems = [ "x86_64-linux" "aarch64-linux" ];
      images = { pkgs, ... }: { image = pkgs.bash; };
    }`;
    const outputs = evaluate(`builtins.mapAttrs (_: builtins.attrNames) (${flake}).packages`) as FlakeOutputs;
    const pairs = (["x86_64-linux", "aarch64-linux"] as const).flatMap((build) =>
      (["x86_64-linux", "aarch64-linux"] as const).map((target) => [build, target] as const),
    );
    for (const [build, target] of pairs) {
      expect(evaluate(`lib.buildStrategy "${build}" "${target}"`)).toBe(planAuto(outputs, build, target)[0]);
    }
  });
});

describe("lib.mkFlakeOutputs", () => {
  it("has packages of a target on which nothing is built, for remote and emulate, and cross packages from Darwin", () => {
    const outputs = evaluate(
      `builtins.mapAttrs (_: builtins.attrNames) (lib.mkFlakeOutputs {
         inherit nixpkgs; buildSystems = [ "aarch64-darwin" ];
         images = { pkgs, ... }: { web = null; };
         packages = { pkgs, ... }: { tool = null; };
       }).packages`,
    );
    expect(outputs).toEqual({
      "aarch64-darwin": ["tool", "web-x86_64-linux"],
      "x86_64-linux": ["tool", "web"],
    });
  });

  it("leaves out cross packages where they are not wanted", () => {
    const outputs = evaluate(
      `builtins.mapAttrs (_: builtins.attrNames) (lib.mkFlakeOutputs {
         inherit nixpkgs; buildSystems = [ "aarch64-linux" "aarch64-darwin" ]; crossFrom = [ "aarch64-linux" ];
         images = { pkgs, ... }: { web = null; };
       }).packages`,
    );
    expect(outputs).toEqual({
      "aarch64-darwin": [],
      "aarch64-linux": ["web", "web-x86_64-linux"],
      "x86_64-linux": ["web"],
    });
  });
});

it("a file for another CPU among the modules of a Node.js program is found and named", () => {
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

it("nix flake check evaluates the flake of this repository, with the package set as its nixpkgs", () => {
  const project = createProject("test/nix/images", nixpkgs);
  const flake = join(project, "../cross-build");
  expect(readFileSync(join(flake, "flake.nix"), "utf8")).toContain("nixos-unstable");
  runNix(machine, [
    "flake",
    "check",
    "--no-build",
    "--no-write-lock-file",
    "--override-input",
    "nixpkgs",
    `path:${nixpkgs}`,
    `path:${flake}`,
  ]);
}, 60_000);

describe("lib.mkNodeApp", () => {
  const native = 'lib.mkCrossPkgs { inherit nixpkgs; buildSystem = "x86_64-linux"; }';
  /** Of a project whose lock file has these packages. */
  const app = (packages: Readonly<Record<string, object>>) => {
    const folder = makeTemporaryFolder("lock");
    writeFileSync(join(folder, "package.json"), "{}");
    writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ lockfileVersion: 3, packages }));
    return `(lib.mkNodeApp { pkgs = ${native}; name = "app"; version = "1"; src = ${folder}; main = "a.js"; }).drvPath`;
  };
  const integrity = `sha512-${Buffer.alloc(64).toString("base64")}`;

  it.each([
    ["a workspace", { "node_modules/a": { link: true, resolved: "packages/a" } }, "packages/a"],
    [
      "git",
      { "node_modules/a": { version: "1", resolved: "git+ssh://git@example.org/a.git#1" } },
      "git+ssh://",
    ],
    ["an archive without a hash", { "node_modules/a": { version: "1" } }, "no integrity for node_modules/a"],
  ])("refuses a dependency by %s, and names it", (_, packages, said) => {
    expect(fail(app(packages))).toContain(said);
  });

  it("installs the dependencies anew for another lock file alone", () => {
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
      const app = `lib.mkNodeApp { pkgs = ${native}; name = "app"; version = "${version}"; src = ${folder}; main = "a.js"; }`;
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

  it("takes what is for the target's platform, and leaves the rest where it is", () => {
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

describe("the templates", () => {
  /** An expression of the packages of a template's flake. */
  const packagesOf = (name: string) => {
    const flake = join(createProject(`templates/${name}`, nixpkgs), "flake.nix");
    return `((import ${flake}).outputs { nixpkgs = ${nixpkgs}; cross-build = { inherit lib; }; }).packages`;
  };

  it.each(["node", "java", "go", "rust", "tools"])(
    "offer an image for each target on each system: %s",
    (name) => {
      expect(evaluate(`builtins.mapAttrs (_: builtins.attrNames) ${packagesOf(name)}`)).toEqual({
        "aarch64-darwin": ["image-aarch64-linux", "image-x86_64-linux"],
        "aarch64-linux": ["image", "image-x86_64-linux"],
        "x86_64-linux": ["image", "image-aarch64-linux"],
      });
    },
  );

  // The builders of Go and Rust are not in the test's package set.
  it.each(["node", "java", "tools", ...(NIXPKGS_IS_REAL ? ["go", "rust"] : [])])(
    "are derivations of each build system: %s",
    (name) => {
      const images = ["x86_64-linux.image", "aarch64-linux.image", "x86_64-linux.image-aarch64-linux"];
      const packages = packagesOf(name);
      const systems = images.map((image) => `packages.${image}.system`).join(" ");
      const paths = images.map((image) => `packages.${image}.drvPath`).join(" ");
      const said = evaluate(
        `let packages = ${packages}; in { systems = [ ${systems} ]; paths = [ ${paths} ]; }`,
      );
      const { systems: built, paths: derivations } = said as { systems: string[]; paths: string[] };
      expect(built).toEqual(["x86_64-linux", "aarch64-linux", "x86_64-linux"]);
      expect(new Set(derivations).size).toBe(3);
    },
  );
});

it("every Nix example of the docs parses", () => {
  const examples = readdirSync("docs")
    .filter((name) => name.endsWith(".md"))
    .flatMap((name) => [...readFileSync(join("docs", name), "utf8").matchAll(/^```nix\n([^]*?)^```$/gm)])
    .map(([, text = ""]) => text);
  expect(examples.length).toBeGreaterThan(5);
  const files = makeTemporaryFolder("examples");
  examples.forEach((text, index) => {
    // Parsed, and never evaluated: the names in it are the reader's.
    writeFileSync(join(files, `${index}.nix`), `x: with x;\n${text}`);
  });
  const imports = examples.map((_, index) => `(import ${files}/${index}.nix)`).join(" ");
  expect(evaluate(`map builtins.isFunction [ ${imports} ]`)).toEqual(examples.map(() => true));
});
