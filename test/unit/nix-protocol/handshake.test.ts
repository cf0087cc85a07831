import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import {
  parseHandshake,
  renderHello,
  renderNixStoreProgram,
  renderRemoteCommand,
  renderRemoteProgram,
} from "../../../src/nix-protocol/handshake.js";

function words(...values: readonly (number | bigint)[]): Buffer {
  const bytes = Buffer.alloc(values.length * 8);
  values.forEach((value, index) => bytes.writeBigUInt64LE(BigInt(value), index * 8));
  return bytes;
}

function text(value: string): Buffer {
  return Buffer.concat([
    words(value.length),
    Buffer.from(value.padEnd(Math.ceil(value.length / 8) * 8, "\0")),
  ]);
}

const WORKER = 0x6478696f;
const SERVE = 0x5452eecb;

describe("renderHello", () => {
  it("renders the words that a Nix daemon expects", () => {
    expect(renderHello("ssh-ng")).toEqual(words(0x6e697863, 0x125, 0, 0));
    expect(renderHello("ssh")).toEqual(words(0x390c9deb, 0x206));
  });
});

describe("parseHandshake", () => {
  it.each([
    [
      "Nix 2.34, which trusts us",
      Buffer.concat([words(WORKER, 0x126), text("2.34.8"), words(1)]),
      "2.34.8",
      true,
    ],
    [
      "Nix 2.26, which does not trust us",
      Buffer.concat([words(WORKER, 0x126), text("2.26.3"), words(2)]),
      "2.26.3",
      false,
    ],
    [
      "a Nix that does not say whether it trusts us",
      Buffer.concat([words(WORKER, 0x123), text("2.15"), words(0)]),
      "2.15",
      undefined,
    ],
    [
      "Nix 2.8, which does not report trust",
      Buffer.concat([words(WORKER, 0x122), text("2.8.0")]),
      "2.8.0",
      undefined,
    ],
    ["a Nix before 2.4", words(WORKER, 0x115), undefined, undefined],
  ])("reads the answer of %s", (_, answer, nixVersion, isTrusted) => {
    expect(parseHandshake("ssh-ng", answer)).toEqual({ state: "answered", nixVersion, isTrusted });
  });

  it("waits for the rest of an answer, byte by byte", () => {
    const answer = Buffer.concat([words(WORKER, 0x126), text("2.34.8"), words(1)]);
    for (let length = 0; length < answer.length; length++) {
      expect(parseHandshake("ssh-ng", answer.subarray(0, length)).state).toBe("incomplete");
    }
  });

  it("reads the answer of nix-store --serve", () => {
    expect(parseHandshake("ssh", words(SERVE, 0x207)).state).toBe("answered");
    expect(parseHandshake("ssh", words(WORKER, 0x126)).state).toBe("noise");
  });

  it("recognizes output of the shell before Nix's answer", () => {
    expect(parseHandshake("ssh-ng", Buffer.from("Welcome to builder 1!\n"))).toEqual({
      state: "noise",
      said: "Welcome to builder 1!\n",
    });
  });

  it("never fails, whatever bytes a builder sends", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, isWorker) => {
        const answer = isWorker ? Buffer.concat([words(WORKER, 0x126), bytes]) : Buffer.from(bytes);
        expect(["answered", "incomplete", "noise"]).toContain(parseHandshake("ssh-ng", answer).state);
      }),
    );
  });
});

describe("the programs on a builder", () => {
  it.each([
    ["", ["nix-daemon", "--stdio"], "nix-store"],
    [
      "?remote-program=/nix/var/bin/nix-daemon",
      ["/nix/var/bin/nix-daemon", "--stdio"],
      "/nix/var/bin/nix-store",
    ],
  ])("with %j", (query, daemon, store) => {
    expect(renderRemoteProgram({ protocol: "ssh-ng", query })).toEqual(daemon);
    expect(renderNixStoreProgram({ query })).toBe(store);
  });

  it("are one word for the builder's shell, whatever the URI says", () => {
    const query = "?compress=true&remote-program=/opt/a%20b+c/$(id)'/nix-daemon";
    expect(renderRemoteProgram({ protocol: "ssh-ng", query })[0]).toBe("/opt/a b+c/$(id)'/nix-daemon");
    expect(renderRemoteCommand({ protocol: "ssh-ng", query })).toBe(
      `'/opt/a b+c/$(id)'\\''/nix-daemon' --stdio`,
    );
    expect(renderNixStoreProgram({ query })).toBe(`'/opt/a b+c/$(id)'\\''/nix-store'`);
  });
});
