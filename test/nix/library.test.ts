import { execFileSync } from "node:child_process";
import { cpSync, globSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";

import type { FlakeOutputs } from "../../src/model/flake.js";
import { listAttempts, planTarget } from "../../src/plan/strategy.js";
import type { System, TargetSystem } from "../../src/model/system.js";
import { makeTemporaryFolder } from "../runner.js";
import { createProject, runIsolated, runNix } from "./project.js";
import { useNix } from "./use-nix.js";

const { evaluate, fail, machine, nixpkgs } = useNix("nix-eval");

describe("lib.systems", () => {
  it("converts every image system to its platform and back", () => {
    expect(evaluate('map lib.systems.toPlatform [ "x86_64-linux" "aarch64-linux" "armv7l-linux" ]')).toEqual([
      "linux/amd64",
      "linux/arm64",
      "linux/arm/v7",
    ]);
    expect(
      evaluate(
        `map (system: lib.systems.fromPlatform (lib.systems.toPlatform system)) lib.systems.images
         == lib.systems.images`,
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
  ])("refuses %s with an error that has %s", (expression, known) => {
    expect(fail(expression)).toContain(known);
  });
});

describe("lib.mkCrossPkgs", () => {
  it.each(["x86_64-linux", "aarch64-linux", "aarch64-darwin", "x86_64-darwin"])(
    "gives, from %s, sets that are built there for each target",
    (build) => {
      const targets = ["x86_64-linux", "aarch64-linux"];
      const said = evaluate(
        `let
          read = targetSystem:
            let
              inherit (lib.mkCrossPkgs { inherit nixpkgs targetSystem; buildSystem = "${build}"; }) stdenv;
            in [ stdenv.buildPlatform.system stdenv.hostPlatform.system ];
        in map read [ ${targets.map((target) => `"${target}"`).join(" ")} ]`,
      );
      expect(said).toEqual(targets.map((target) => [build, target]));
    },
  );

  it("applies overlays to the target's packages and to the build platform's", () => {
    expect(
      evaluate(
        `let p = lib.mkCrossPkgs {
           inherit nixpkgs; buildSystem = "x86_64-linux"; targetSystem = "aarch64-linux";
           overlays = [ (final: prev: { marker = "here"; }) ];
         }; in [ p.marker p.buildPackages.marker ]`,
      ),
    ).toEqual(["here", "here"]);
  });

  it("has the same derivations as pkgsCross, so that binary caches with those are used", () => {
    expect(
      evaluate(
        `let
           own = lib.mkCrossPkgs {
             inherit nixpkgs; buildSystem = "x86_64-linux"; targetSystem = "aarch64-linux";
           };
           theirs = (import nixpkgs { localSystem.system = "x86_64-linux"; }).pkgsCross.aarch64-multiplatform;
         in own.bash.drvPath == theirs.bash.drvPath`,
      ),
    ).toBe(true);
  });
});

describe("lib.buildStrategy and lib.strategiesFor", () => {
  const BUILDS = ["x86_64-linux", "aarch64-linux", "aarch64-darwin", "x86_64-darwin"] as const;
  const TARGETS = ["x86_64-linux", "aarch64-linux", "riscv64-linux"] as const;

  /** The strategies of an action that has QEMU and a builder of every system, as a flake must assume. */
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

  /** Every combination of the packages that matter for a build system and a target. */
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

  it("agree with the action's auto for every combination of packages, build system and target", () => {
    const cases = BUILDS.flatMap((build) =>
      TARGETS.flatMap((target) => listFlakes(build, target).map((outputs) => ({ build, target, outputs }))),
    );
    const file = join(makeTemporaryFolder("cases"), "cases.json");
    writeFileSync(file, JSON.stringify(cases));
    const said = evaluate(
      `map ({ build, target, outputs }: lib.strategiesFor {
         name = "image"; buildSystem = build; targetSystem = target;
         packages = builtins.mapAttrs
           (_: names: builtins.listToAttrs (map (name: { inherit name; value = null; }) names))
           outputs;
       }) (builtins.fromJSON (builtins.readFile ${file}))`,
    );
    expect(said).toEqual(cases.map(({ build, target, outputs }) => planAuto(outputs, build, target)));
  });

  it("agree with the action's auto for flakes of mkFlakeOutputs", () => {
    const flake = `lib.mkFlakeOutputs {
      inherit nixpkgs;
      buildSystems = [ "x86_64-linux" "aarch64-linux" ];
      targetSystems = [ "x86_64-linux" "aarch64-linux" ];
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
  it("has packages of a target that is not a build system, and cross packages from Darwin", () => {
    const outputs = evaluate(
      `builtins.mapAttrs (_: builtins.attrNames) (lib.mkFlakeOutputs {
         inherit nixpkgs; buildSystems = [ "aarch64-darwin" "x86_64-darwin" ];
         images = { pkgs, ... }: { web = null; };
         packages = { pkgs, ... }: { tool = null; };
       }).packages`,
    );
    expect(outputs).toEqual({
      "aarch64-darwin": ["tool", "web-x86_64-linux"],
      "x86_64-darwin": ["tool", "web-x86_64-linux"],
      "x86_64-linux": ["tool", "web"],
    });
  });

  const outputs = (images: string, rest = "") =>
    `lib.mkFlakeOutputs {
      inherit nixpkgs; buildSystems = [ "x86_64-linux" ]; targetSystems = [ "x86_64-linux" "aarch64-linux" ];
      images = { pkgs, targetPkgs, crossBuild, ... }: ${images}; ${rest}
    }`;

  it("binds crossBuild to the package set, so that an image needs no pkgs", () => {
    const { packages } = evaluate(
      `let inherit (${outputs('{ web = crossBuild.mkImage { name = "web"; }; }')}) packages;
       in { packages = map (image: [ image.system image.targetSystem ])
         [ packages.x86_64-linux.web packages.x86_64-linux.web-aarch64-linux packages.aarch64-linux.web ]; }`,
    ) as { readonly packages: unknown };
    expect(packages).toEqual([
      ["x86_64-linux", "x86_64-linux"],
      ["x86_64-linux", "aarch64-linux"],
      ["aarch64-linux", "aarch64-linux"],
    ]);
  });

  it("has the target's native set as targetPkgs, where a cache has that", () => {
    const bash = "{ own = pkgs.bash; native = targetPkgs.bash; }";
    const paths = (rest?: string) =>
      evaluate(
        `let set = (${outputs(bash, rest)}).packages.x86_64-linux;
         in map (name: set.\${name}.drvPath) [ "own" "native" "own-aarch64-linux" "native-aarch64-linux" ]`,
      ) as readonly string[];
    const native = evaluate('(import nixpkgs { system = "aarch64-linux"; }).bash.drvPath');
    const [own, ofTarget, cross, nativeOfTarget] = paths();
    expect(ofTarget).toBe(own);
    expect(nativeOfTarget).toBe(native);
    expect(cross).not.toBe(native);
    expect(paths('cachedSystems = [ "x86_64-linux" ];')).toEqual([own, own, cross, cross]);
  });

  it.each([
    ["{ web = pkgs.bash; }", "packages = _: { web = 1; };", "web"],
    ["{ web = pkgs.bash; }", "packages = _: { web-aarch64-linux = 1; };", "web-aarch64-linux"],
    ["{ web = pkgs.bash; web-aarch64-linux = pkgs.bash; }", "", "web-aarch64-linux"],
  ])("refuses two packages of one name: %s with %s", (images, rest, name) => {
    expect(fail(`builtins.attrNames (${outputs(images, rest)}).packages.x86_64-linux`)).toContain(
      `cross-build: two packages of x86_64-linux have the name ${name}`,
    );
  });

  it("has cross packages only for the build systems in crossFrom", () => {
    const outputs = evaluate(
      `builtins.mapAttrs (_: builtins.attrNames) (lib.mkFlakeOutputs {
         inherit nixpkgs;
         buildSystems = [ "aarch64-linux" "aarch64-darwin" ];
         crossFrom = [ "aarch64-linux" ];
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

it("nix flake check evaluates the flake of this repository, with the package set as its nixpkgs", () => {
  const project = createProject("test/nix/images", nixpkgs());
  const flake = join(project, "../cross-build");
  runNix(machine, ["flake", "check", "--no-build", "--no-write-lock-file", `path:${flake}`]);
}, 60_000);

describe("the templates and examples", () => {
  const folders = globSync("{templates,examples}/*").sort();
  /** A Nix expression for the packages of a project's flake. */
  const packagesOf = (folder: string) => {
    const flake = join(createProject(folder, nixpkgs()), "flake.nix");
    return `((import ${flake}).outputs { nixpkgs = ${nixpkgs()}; cross-build = { inherit lib; }; }).packages`;
  };

  it.each([
    ["", "server.mjs"],
    ["#node", "server.mjs"],
    ["#java", "pom.xml"],
    ["#go", "go.mod"],
    ["#rust", "Cargo.toml"],
    ["#tools", "smoke-test.yaml"],
  ])("become a project by nix flake init, which says what to do next: %s", (name, file) => {
    const crossBuild = join(createProject("templates/go", nixpkgs()), "../cross-build");
    const folder = makeTemporaryFolder("init");
    const init = `cd "$1" && exec "$2" flake init -t "path:$3${name}" 2>&1`;
    const nix = "/nix/var/nix/profiles/default/bin/nix";
    const command = ["bash", "-c", init, "init", folder, nix, crossBuild];
    const said = runIsolated(machine, command);
    expect(readdirSync(folder, { recursive: true })).toEqual(
      expect.arrayContaining([
        file,
        "flake.nix",
        ".gitignore",
        ".github/workflows/image.yml",
        ".github/workflows/pull-request.yml",
      ]),
    );
    expect(said).toContain("nix flake lock");
  });

  it.each(folders)("offer an image for each target on each system: %s", (folder) => {
    expect(evaluate(`builtins.mapAttrs (_: builtins.attrNames) ${packagesOf(folder)}`)).toEqual({
      "aarch64-darwin": ["image-aarch64-linux", "image-x86_64-linux"],
      "aarch64-linux": ["image", "image-x86_64-linux"],
      "x86_64-linux": ["image", "image-aarch64-linux"],
    });
  });

  const builds = ["x86_64-linux", "aarch64-linux", "aarch64-darwin"];
  it.each(folders.flatMap((folder) => builds.map((build) => [folder, build] as const)))(
    "offer images that are built on the machine itself: %s on %s",
    (folder, build) => {
      const read = "image: [ image.system image.targetSystem image.drvPath ]";
      const said = evaluate(`builtins.mapAttrs (_: ${read}) ${packagesOf(folder)}.${build}`) as Readonly<
        Record<string, readonly [string, string, string]>
      >;
      for (const [name, [system, target]] of Object.entries(said)) {
        expect([name, system]).toEqual([build === target ? "image" : `image-${target}`, build]);
      }
      const targets = Object.values(said).map(([, target]) => target);
      expect(targets.sort()).toEqual(["aarch64-linux", "x86_64-linux"]);
      expect(new Set(Object.values(said).map(([, , path]) => path)).size).toBe(2);
    },
  );
});

it("the flake of the end-to-end workflow offers an image for each target on each system", () => {
  const checkout = makeTemporaryFolder("checkout");
  for (const part of ["nix", "test/fixtures/nixpkgs"]) {
    cpSync(part, join(checkout, part), { recursive: true });
  }
  execFileSync("git", ["-C", checkout, "init", "--quiet"]);
  execFileSync("git", ["-C", checkout, "add", "."]);
  const names = runNix(machine, [
    "eval",
    "--json",
    "--no-write-lock-file",
    "--override-input",
    "nixpkgs",
    `path:${nixpkgs()}`,
    // The reference that Nix makes of `.` in that folder of a checkout.
    `git+file://${checkout}?dir=test/fixtures/nixpkgs#packages`,
    "--apply",
    "builtins.mapAttrs (_: builtins.attrNames)",
  ]);
  expect(JSON.parse(names)).toEqual({
    "aarch64-darwin": ["image-aarch64-linux", "image-x86_64-linux"],
    "aarch64-linux": ["image", "image-x86_64-linux"],
    "x86_64-linux": ["image", "image-aarch64-linux"],
  });
}, 60_000);

it("the package of the flake is the command line", () => {
  const installable = `path:${createProject("test/nix/images", nixpkgs())}#cli`;
  const path = runNix(machine, ["build", "--no-link", "--print-out-paths", installable]).trim();
  const program = join(path, "bin/cross-build");
  const said = execFileSync("script/testbed/isolated", [machine, program, "help"], { encoding: "utf8" });
  expect(said).toContain("Usage: cross-build");
}, 120_000);

it("every Nix example in the docs parses", () => {
  const examples = readdirSync("docs")
    .filter((name) => name.endsWith(".md"))
    .flatMap((name) => [...readFileSync(join("docs", name), "utf8").matchAll(/^```nix\n([^]*?)^```$/gm)])
    .map(([, text = ""]) => text);
  expect(examples.length).toBeGreaterThan(5);
  const files = makeTemporaryFolder("examples");
  examples.forEach((text, index) => {
    // Parsed but not evaluated, because the example does not define all of its names.
    writeFileSync(join(files, `${index}.nix`), `x: with x;\n${text}`);
  });
  const imports = examples.map((_, index) => `(import ${files}/${index}.nix)`).join(" ");
  expect(evaluate(`map builtins.isFunction [ ${imports} ]`)).toEqual(examples.map(() => true));
});
