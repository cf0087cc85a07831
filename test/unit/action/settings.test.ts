import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { type InputName, INPUTS } from "../../../src/action/inputs.js";
import { parseSettings } from "../../../src/action/settings.js";
import { ActionError } from "../../../src/errors/action-error.js";

const FOLDERS = { workspace: "/workspace", report: "/temp" };

function parse(given: Partial<Record<InputName, string>> = {}) {
  const read = (name: InputName) => given[name] ?? INPUTS.find((input) => input.name === name)?.default ?? "";
  return parseSettings(read, FOLDERS);
}

describe("parseSettings", () => {
  it("has a default for every input", () => {
    const { inputs, reportFile, isSummarized } = parse();
    expect(inputs).toMatchObject({
      installables: [{ flake: ".", name: "default" }],
      targets: ["x86_64-linux"],
      strategy: "auto",
      workingDirectory: "/workspace",
      builderTimeoutMs: 10_000,
      push: "auto",
      image: undefined,
    });
    expect([reportFile, isSummarized]).toEqual(["/temp/cross-build-report.json", true]);
  });

  it("reads where a run is handed on to", () => {
    expect(parse()).toMatchObject({ eventsFile: undefined, metricsFile: undefined, otlpEndpoint: undefined });
    expect(parse().inputs.history).toBeUndefined();
    const set = parse({
      "events-file": "e.jsonl",
      "metrics-file": "m/x.prom",
      "otlp-endpoint": "http://localhost:4318",
      history: "h.json",
    });
    expect(set).toMatchObject({
      eventsFile: "/workspace/e.jsonl",
      metricsFile: "/workspace/m/x.prom",
      otlpEndpoint: { href: "http://localhost:4318/" },
      inputs: { history: { kind: "file", file: "/workspace/h.json" } },
    });
    expect(parse({ history: "github" }).inputs.history).toEqual({ kind: "github" });
    expect(() => parse({ "otlp-endpoint": "https://me:secret@host" })).toThrow(
      "input otlp-endpoint: not an HTTP URL without a password",
    );
  });

  it("splits lists at newlines and commas", () => {
    const { inputs } = parse({
      installables: ".#image\n\n .#tools ",
      systems: "x86_64-linux, aarch64-linux\nx86_64-linux",
      strategy: "remote, cross-compile",
      image: "ghcr.io/fluo/app",
      tags: "latest, v1\nv1.2,latest",
      "smoke-test": "smoke.yaml",
      "audit-allow": "/opt/a b/**\n/lib/firmware/*",
    });
    expect(inputs.installables.map(({ name }) => name)).toEqual(["image", "tools"]);
    expect(inputs.targets).toEqual(["x86_64-linux", "aarch64-linux"]);
    expect(inputs.strategy).toEqual(["remote", "cross-compile"]);
    expect(inputs.tags).toEqual(["latest", "v1", "v1.2"]);
    expect(inputs.auditAllow).toEqual(["/opt/a b/**", "/lib/firmware/*"]);
  });

  it.each([
    ["auto", "auto"],
    ["true", true],
    ["false", false],
  ])("reads register-emulation: %s", (text, registersEmulation) => {
    expect(parse({ "register-emulation": text }).inputs).toMatchObject({ registersEmulation });
  });

  it.each([
    [{}, { format: "gzip", level: 4 }],
    [{ compression: "zstd" }, { format: "zstd", level: 3 }],
    [{ "compression-level": "9" }, { format: "gzip", level: 9 }],
    [
      { compression: "zstd", "compression-level": "19" },
      { format: "zstd", level: 19 },
    ],
  ])("reads the compression: %j", (given, compression) => {
    expect(parse(given).inputs).toMatchObject({ compression });
  });

  it.each([
    [{ compression: "xz" }, "compression"],
    [{ "compression-level": "10" }, "compression-level"],
    [{ "compression-level": "0" }, "compression-level"],
    [{ compression: "zstd", "compression-level": "20" }, "compression-level"],
    [{ "compression-level": "fast" }, "compression-level"],
  ])("rejects the compression: %j", (given, input) => {
    expect(() => parse(given)).toThrow(ActionError);
    expect(() => parse(given)).toThrow(new RegExp(`${input}:? `));
  });

  it("resolves relative paths against the working directory", () => {
    const { inputs, reportFile } = parse({ "working-directory": "app", report: "out/report.json" });
    expect([inputs.workingDirectory, reportFile]).toEqual([
      "/workspace/app",
      "/workspace/app/out/report.json",
    ]);
  });

  it.each<[InputName, string]>([
    ["installables", "\n"],
    ["installables", "--impure"],
    ["systems", "amd64"],
    ["systems", "x86_64-linux linux/arm64"],
    ["systems", ""],
    ["strategy", "qemu"],
    ["strategy", ""],
    ["nix-version", "latest"],
    ["nix-version", "2.34.8/../../evil"],
    ["nix-version", "2.34.8-x"],
    ["builder-timeout", "0"],
    ["builder-timeout", "1.5"],
    ["builder-timeout", "601"],
    ["push", "yes"],
    ["cache-push", "maybe"],
    ["allow-emulated-gate", "yes"],
    ["register-emulation", "always"],
    ["summarize", ""],
    ["image", "ghcr.io/fluo/app:v1"],
    ["registry-username", "alone"],
  ])("rejects %s: %j, naming the input", (name, text) => {
    expect(() => parse({ [name]: text })).toThrow(
      expect.objectContaining({
        code: "INPUT_INVALID",
        message: expect.stringContaining(`input ${name}:`) as unknown,
      }),
    );
  });

  it.each(["2.34.8", "2.18", "2.35.0pre20260822_88b09c6"])("accepts the Nix version %s", (text) => {
    expect(parse({ "nix-version": text }).inputs.nixVersion).toBe(text);
  });

  it("explains an invalid Nix version, with an example of a valid one", () => {
    expect(() => parse({ "nix-version": "2.34.8-x" })).toThrow(
      expect.objectContaining({
        message: 'input nix-version: "2.34.8-x" is not a Nix version',
        hint: expect.stringContaining("2.34.8") as unknown,
      }),
    );
  });

  it("rejects tags without an image or without a smoke test", () => {
    expect(() => parse({ tags: "v1", "smoke-test": "x" })).toThrow(/input tags/);
    expect(() => parse({ tags: "v1", image: "oci:out" })).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("smoke-test") as unknown }),
    );
  });

  it("does not show a password in an error", () => {
    expect(() => parse({ "registry-password": "hunter22" })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("hunter22") as unknown }),
    );
  });

  it("throws only ActionErrors, whatever an input contains", () => {
    fc.assert(
      fc.property(fc.constantFrom(...INPUTS.map(({ name }) => name)), fc.string(), (name, text) => {
        try {
          parse({ [name]: text });
        } catch (error) {
          expect(error).toBeInstanceOf(ActionError);
        }
      }),
    );
  });
});
