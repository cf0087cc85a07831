import { describe, expect, it } from "@jest/globals";

import {
  isNativeElf,
  isPlatformOf,
  parseTargetSystem,
  platformOf,
  renderElfMachine,
  renderPlatform,
  systemOfArchitecture,
  systemOfHost,
  TARGET_SYSTEMS,
} from "../../../src/model/system.js";

describe("parseTargetSystem", () => {
  it.each(TARGET_SYSTEMS)("reads %s", (system) => {
    expect(parseTargetSystem(system)).toBe(system);
  });

  it("suggests the system for an OCI platform", () => {
    expect(() => parseTargetSystem("linux/amd64")).toThrow(
      expect.objectContaining({ code: "INPUT_INVALID", hint: "Write x86_64-linux instead." }),
    );
  });

  it("lists the known systems for anything else", () => {
    expect(() => parseTargetSystem("amd64")).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("aarch64-linux") as unknown }),
    );
  });
});

describe("platforms", () => {
  it.each([
    ["x86_64-linux", "linux/amd64"],
    ["aarch64-linux", "linux/arm64"],
    ["armv7l-linux", "linux/arm/v7"],
  ] as const)("%s is %s", (system, platform) => {
    expect(renderPlatform(platformOf(system))).toBe(platform);
    expect(systemOfArchitecture(platformOf(system).architecture)).toBe(system);
  });
});

describe("isPlatformOf", () => {
  it.each<[Parameters<typeof isPlatformOf>[0], string, boolean]>([
    ["x86_64-linux", "linux/amd64", true],
    ["x86_64-linux", "linux/amd64/v3", true],
    ["x86_64-linux", "linux/arm64", false],
    ["x86_64-linux", "windows/amd64", false],
    ["aarch64-linux", "linux/arm64", true],
    ["aarch64-linux", "linux/arm64/v8", true],
    ["armv7l-linux", "linux/arm/v7", true],
    ["armv7l-linux", "linux/arm/v6", false],
    ["armv7l-linux", "linux/arm", true],
    ["armv7l-linux", "linux/arm64/v7", false],
  ])("%s, %s: %p", (target, text, expected) => {
    const [os = "", architecture = "", variant] = text.split("/");
    expect(isPlatformOf(target, { os, architecture, variant })).toBe(expected);
  });
});

describe("isNativeElf", () => {
  const x86 = { machine: 62, bits: 64, endianness: "little" } as const;
  const i386 = { machine: 3, bits: 32, endianness: "little" } as const;
  const arm64 = { machine: 183, bits: 64, endianness: "little" } as const;

  it.each([
    ["x86_64-linux", x86, true],
    ["x86_64-linux", i386, true],
    ["x86_64-linux", arm64, false],
    ["i686-linux", x86, false],
    ["aarch64-linux", arm64, true],
    ["aarch64-linux", { ...arm64, endianness: "big" }, false],
  ] as const)("on %s, %j runs: %s", (system, machine, expected) => {
    expect(isNativeElf(system, machine)).toBe(expected);
  });

  it("names an unknown CPU by its number", () => {
    expect(renderElfMachine({ machine: 258, bits: 64, endianness: "little" })).toBe(
      "machine 258 (64-bit, little-endian)",
    );
    expect(renderElfMachine(arm64)).toBe("aarch64");
  });
});

describe("systemOfHost", () => {
  it.each([
    ["linux", "x64", "x86_64-linux"],
    ["linux", "arm64", "aarch64-linux"],
    ["darwin", "arm64", "aarch64-darwin"],
  ])("%s %s is %s", (platform, arch, system) => {
    expect(systemOfHost(platform, arch)).toBe(system);
  });

  it("refuses Windows", () => {
    expect(() => systemOfHost("win32", "x64")).toThrow(expect.objectContaining({ code: "HOST_UNSUPPORTED" }));
  });
});
