import { resolve } from "node:path";

import { describe, expect, it } from "@jest/globals";

import { useNix } from "./use-nix.js";

const { evaluate, fail } = useNix("nix-image");

/** An expression with the functions of the library, for a cross set. */
const withPkgs = (expression: string) =>
  `let
    set = targetSystem: lib.mkCrossPkgs { inherit nixpkgs targetSystem; buildSystem = "x86_64-linux"; };
    pkgs = set "aarch64-linux";
    inherit (lib.withPkgs { inherit pkgs; }) mkImage mkToolsImage mkJavaApp;
  in ${expression}`;

/** Values that arguments cannot have, and what they have to be: few evaluations, which take the time. */
const WRONG: readonly (readonly [string, Readonly<Record<string, readonly [string, string]>>])[] = [
  [
    "mkImage",
    {
      entrypoint: ['"/bin/app --port 80"', "a list with a string for each word"],
      cmd: ['"serve"', "a list with a string for each word"],
      env: ['[ "A=b" ]', "a set of strings and numbers"],
      ports: ['[ "http" ]', "a list of port numbers"],
      user: ["65532", "a string"],
      labels: ['[ "a" ]', "a set of strings"],
      healthcheck: ['{ command = "true"; }', "a set with the command as a list of strings"],
      maxLayers: ["200", "a number from 2 to 127"],
      tag: ["1", "a string"],
      fakeRootCommands: ["[ ]", "a string of shell commands"],
      config: ['"SIGINT"', "a set of fields of the image's config"],
    },
  ],
  [
    "mkToolsImage",
    {
      cmd: ["[ 1 ]", "a list with a string for each word"],
      env: ["{ A = true; }", "a set of strings and numbers"],
      ports: ["[ 65536 ]", "a list of port numbers"],
      maxLayers: ["1", "a number from 2 to 127"],
      healthcheck: ["{ }", "a set with the command as a list of strings"],
    },
  ],
];

describe("lib.mkImage", () => {
  it.each(WRONG)(
    "refuses values that its arguments cannot have, and names each argument and value: %s",
    (name, wrong) => {
      const all = Object.entries(wrong);
      const tools = name === "mkToolsImage" ? "tools = [ ];" : "";
      const given = all.map(([argument, [value]]) => `${argument} = ${value};`).join(" ");
      const error = fail(withPkgs(`(${name} { name = "web"; ${tools} ${given} }).drvPath`));
      const [, problems = ""] = /cross-build: the image "web": (.*)/.exec(error) ?? [];
      const said = problems.split(/; (?=\w+ must be)/);
      for (const [argument, [value, expected]] of all) {
        const line = said.find((problem) => problem.startsWith(`${argument} must be ${expected}`));
        expect(line).toMatch(`, not ${value}`);
      }
    },
  );

  it("refuses fields of config that an argument sets, in any case, and names the argument", () => {
    const error = fail(
      withPkgs('(mkImage { name = "web"; config = { User = ""; exposedPorts = { }; }; }).drvPath'),
    );
    expect(error).toContain("config cannot have User: use the argument user");
    expect(error).toContain("config cannot have exposedPorts: use the argument ports");
  });

  it("suggests the argument that was meant", () => {
    expect(fail(withPkgs('mkImage { name = "web"; entrypont = [ ]; }'))).toContain(
      "Did you mean entrypoint?",
    );
  });

  it("takes raw fields of the image's config beside its own", () => {
    const image = 'mkImage { name = "web"; config = { StopSignal = "SIGINT"; Volumes."/data" = { }; }; }';
    const config = `(builtins.fromJSON (${image}).closureCheck.drvAttrs.config.text)`;
    expect(evaluate(withPkgs(config))).toMatchObject({
      StopSignal: "SIGINT",
      Volumes: { "/data": {} },
      User: "65532:65532",
    });
  });

  it.each([
    ["mkImage", 'mkImage { name = "web"; tag = "1"; }', ""],
    ["mkToolsImage", 'mkToolsImage { name = "web"; tag = "1"; tools = [ ]; }', "tools = [ pkgs.jq ];"],
  ])("keeps override and closureCheck, whatever is overridden: %s", (_, image, argument) => {
    const said = evaluate(
      withPkgs(`let
        image = ${image};
        overridden = image.override { tag = "2"; ${argument} };
        renamed = image.overrideAttrs (_: { name = "renamed"; });
        both = renamed.override { tag = "3"; };
        tagsOf = map (image: image.passthru.imageTag);
        checksOf = map (image: image.closureCheck.name);
      in [
        (tagsOf [ image overridden renamed both ])
        (checksOf [ overridden renamed both ])
        renamed.name
        both.name
      ]`),
    );
    const check = "web-closure-check";
    expect(said).toEqual([["1", "2", "1", "3"], [check, check, check], "renamed", "renamed"]);
  });
});

describe("lib.mkToolsImage", () => {
  it("has the tools on PATH, and a shell and coreutils of targetPkgs, unless shell is false", () => {
    const said = evaluate(
      withPkgs(`let
        native = import nixpkgs { system = "aarch64-linux"; };
        make = lib.withPkgs { inherit pkgs; targetPkgs = native; };
        packages = { inherit (native) jq bashInteractive coreutils; };
        read = shell:
          let
            image = make.mkToolsImage { name = "tools"; tools = [ native.jq ]; inherit shell; };
            inherit (image) closureCheck;
            isIn = package: builtins.elem package closureCheck.exportReferencesGraph.closure;
          in {
            has = builtins.filter (name: isIn packages.\${name}) (builtins.attrNames packages);
            config = builtins.fromJSON closureCheck.drvAttrs.config.text;
          };
      in map read [ true false ]`),
    ) as readonly { readonly config: unknown }[];
    const env: unknown = expect.arrayContaining(["PATH=/bin"]);
    expect(said).toMatchObject([
      { has: ["bashInteractive", "coreutils", "jq"], config: { Env: env, Cmd: ["/bin/bash"] } },
      { has: ["jq"], config: { Env: env } },
    ]);
    expect(said[1]?.config).not.toHaveProperty("Cmd");
  });
});

describe("lib.withPkgs", () => {
  it("gives functions that take the package set of a single call before its own", () => {
    const image = (argument: string) => `(mkImage { name = "web"; ${argument} }).targetSystem`;
    expect(evaluate(withPkgs(`[ ${image("")} ${image('pkgs = set "x86_64-linux";')} ]`))).toEqual([
      "aarch64-linux",
      "x86_64-linux",
    ]);
  });

  it("has runtimes, certificates and time zones of targetPkgs", () => {
    const native = 'native = import nixpkgs { system = "aarch64-linux"; };';
    const make = "make = lib.withPkgs { inherit pkgs; targetPkgs = native; };";
    const said = evaluate(
      withPkgs(`let
        ${native}
        ${make}
        text = builtins.unsafeDiscardStringContext;
        project = { name = "a"; version = "1"; src = ${resolve("examples/bff")}; };
        node = make.mkNodeApp (project // { main = "a.js"; });
        java = make.mkJavaApp (project // { repository = "/r"; });
        linked = make.mkJavaApp (project // { repository = "/r"; modules = [ "java.base" ]; });
        image = make.mkImage { name = "web"; };
      in {
        node = builtins.head node.entrypoint == "\${native.nodejs}/bin/node";
        jre = builtins.head java.entrypoint == "\${native.jre_headless}/bin/java";
        jdk = native.lib.hasInfix (text native.jdk_headless.home) (text linked.runtime.drvAttrs.buildPhase);
        cacert = builtins.elem native.cacert image.closureCheck.exportReferencesGraph.closure;
        tzdata = builtins.elem native.tzdata image.closureCheck.exportReferencesGraph.closure;
      }`),
    );
    expect(said).toEqual({ node: true, jre: true, jdk: true, cacert: true, tzdata: true });
  });
});

describe("the flake-parts module", () => {
  // Only the names of the options. test/flake-parts/ has the real module system.
  it("has an option for each argument of mkFlakeOutputs but buildSystems", () => {
    const said = evaluate(
      `let
        module = import ${resolve("nix/flake-module.nix")} { inherit nixpkgs; crossBuild = lib; };
        anything = { __functor = self: _: self; };
        moduleLib = {
          mkOption = option: option;
          literalExpression = text: text;
          types = builtins.listToAttrs (map (name: { inherit name; value = anything; })
            [ "raw" "package" "functionTo" "lazyAttrsOf" "listOf" "enum" ]);
        };
        evaluated = module { lib = moduleLib; inputs = { }; config.systems = [ ]; };
        defaults = builtins.mapAttrs (_: option: option.default) evaluated.options.crossBuild;
      in {
        options = builtins.attrNames defaults;
        arguments = builtins.attrNames (builtins.functionArgs lib.mkFlakeOutputs);
        inherit (defaults) targetSystems cachedSystems;
      }`,
    ) as { readonly options: readonly string[]; readonly arguments: readonly string[] };
    expect(said.options).toEqual(said.arguments.filter((name) => name !== "buildSystems"));
    expect(said).toMatchObject({
      targetSystems: ["x86_64-linux"],
      cachedSystems: ["x86_64-linux", "aarch64-linux"],
    });
  });
});
