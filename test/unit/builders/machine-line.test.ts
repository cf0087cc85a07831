import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { readMachines } from "../../../src/builders/machine-line.js";
import { renderMachines } from "../../../src/builders/machines-file.js";
import { ActionError } from "../../../src/errors/action-error.js";
import { parseMachines } from "./machines.js";

const RUN = { nonce: "00ff", systemDefault: "x86_64-linux" };
const parse = (text: string) => parseMachines(text, RUN);
const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKHEChX7ZBMu0vSo2CE6TPb9WPDLvuNVnbbPKUCzSFRl";

describe("machine lines", () => {
  it("are read with all eight fields", async () => {
    const hostKey = Buffer.from(`${KEY} comment`).toString("base64");
    const [builder] = await parse(
      "ssh-ng://nix@b.example.org:2222?compress=true x86_64-linux,i686-linux - 4 2 " +
        `big-parallel,kvm kvm ${hostKey}`,
    );
    expect(builder).toEqual({
      alias: "cross-build-00ff-1",
      protocol: "ssh-ng",
      user: "nix",
      host: "b.example.org",
      port: 2222,
      query: "?compress=true",
      systems: ["x86_64-linux", "i686-linux"],
      maxJobs: 4,
      speedFactor: 2,
      supportedFeatures: ["big-parallel", "kvm"],
      mandatoryFeatures: ["kvm"],
      hostKey: KEY,
    });
  });

  it("may have defaults, comments, blank lines and both separators", async () => {
    const builders = await parse(
      "# pool\n\nb1 ; ssh://b2 - - -\r\n  ssh-ng://[::1]:22  aarch64-linux # last\n",
    );
    expect(
      builders.map(({ alias, protocol, host, systems, maxJobs }) => [
        alias,
        protocol,
        host,
        systems,
        maxJobs,
      ]),
    ).toEqual([
      ["cross-build-00ff-1", "ssh-ng", "b1", ["x86_64-linux"], undefined],
      ["cross-build-00ff-2", "ssh", "b2", ["x86_64-linux"], undefined],
      ["cross-build-00ff-3", "ssh-ng", "::1", ["aarch64-linux"], undefined],
    ]);
  });

  it.each([
    ["ssh-ng://-oProxyCommand=evil", "field 1"],
    ["ssh-ng://-x@host", "field 1"],
    ["http://host", "field 1"],
    ["@/etc/nix/machines", "field 1"],
    ["ssh-ng://host?ssh-key=/etc/key", "field 1"],
    ["ssh-ng://host?ssh%2Dkey=/etc/key", "field 1"],
    ["ssh-ng://host?remote-program=%24%28id%29", "field 1"],
    ["ssh-ng://host?remote-program=nix-daemon%3Breboot", "field 1"],
    ["ssh-ng://host?remote-program=nix-daemon%26", "field 1"],
    ["ssh-ng://host?remote-program=%2524", "field 1"],
    ["ssh-ng://host?remote-program=%ff", "field 1"],
    ["host:70000", "field 1"],
    ["host x86_64-linux - many", "field 4"],
    ["host x86_64-linux - 1.5", "field 4"],
    ["host x86_64-linux - 0", "field 4"],
    ["host x86_64-linux - 0x10", "field 4"],
    ["host x86_64-linux - 1 0", "field 5"],
    ["host x86_64-linux - 1 -1", "field 5"],
    ["host x86_64-linux - 1 1.", "field 5"],
    ["host x86_64-linux - 1 1e3", "field 5"],
    ["host x86_64-linux - 1 0.0001", "field 5"],
    ["host x86_64-linux - 1 1 - - AAAA", "field 8"],
    ["host - - - - - - - extra", "field 9"],
  ])("are refused as %j, naming %s", async (line, field) => {
    await expect(parse(`good\n${line}`)).rejects.toEqual(
      expect.objectContaining({
        code: "INPUT_INVALID",
        message: expect.stringContaining(`line 2, ${field}`) as unknown,
      }),
    );
  });

  it("are written with the alias instead of user, host and port", async () => {
    expect(renderMachines(await parse("ssh-ng://nix@localhost:2222 x86_64-linux - 4 2 kvm"))).toBe(
      "ssh-ng://cross-build-00ff-1 x86_64-linux - 4 2 kvm - -\n",
    );
  });

  it.each([
    ["1 2", [1, 2]],
    ["10 20", [10, 20]],
    ["1 1.5", [2, 3]],
    ["0.5 - 2.25", [2, 4, 9]],
    ["2.0 4.0", [2, 4]],
    ["0.001 1000000", [1, 1_000_000_000]],
  ])("with the speeds %j get whole numbers in the same ratio", async (speeds, expected) => {
    const lines = speeds.split(" ").map((speed, index) => `b${index} - - 1 ${speed}`);
    expect((await parse(lines.join("\n"))).map(({ speedFactor }) => speedFactor)).toEqual(expected);
  });

  it("are read with the path of the key, which is not written to the machines file", async () => {
    const builders = await parse("b1 - /etc/nix/key 1");
    expect(builders).toMatchObject([{ keyFile: "/etc/nix/key" }]);
    expect(renderMachines(builders)).not.toContain("/etc/nix/key");
  });

  it("get one slot if the number of slots is unknown", async () => {
    expect(renderMachines(await parse("b1"))).toBe("ssh-ng://cross-build-00ff-1 x86_64-linux - 1 1 - - -\n");
  });
});

const words = fc.array(fc.stringMatching(/^[a-z0-9][a-z0-9_.-]{0,8}$/), { maxLength: 3 });
const list = fc.oneof(
  fc.constant("-"),
  words.map((some) => some.join(",") || "-"),
);
/** Valid lines, and some that are almost valid. */
const line = fc
  .tuple(
    fc.constantFrom("b1", "ssh://b2", "ssh-ng://nix@b3:2222?compress=true", "[::1]:22", "ssh-ng://-x"),
    list,
    fc.constantFrom("-", "-", "-", "/key"),
    fc.oneof(fc.constant("-"), fc.integer({ min: -1, max: 100 }).map(String)),
    fc.oneof(
      fc.constant("-"),
      fc.integer({ min: 1, max: 4000 }).map((number) => String(number / 8)),
    ),
    list,
    list,
  )
  .map((fields) => fields.join(" "));
const text = fc
  .array(fc.tuple(fc.oneof(line, line, fc.string()), fc.constantFrom("\n", ";", " # note\n", "\r\n")))
  .map((parts) => parts.flat().join(""));

describe("any machine lines", () => {
  it("are rejected with INPUT_INVALID, or become lines that every version of Nix reads", async () => {
    await fc.assert(
      fc.asyncProperty(text, async (text) => {
        const rendered = await tryRender(text);
        for (const line of rendered?.split("\n").slice(0, -1) ?? []) {
          expect(line).toMatch(/^ssh(?:-ng)?:\/\/\S+ \S+ - [1-9][0-9]* [1-9][0-9]* \S+ \S+ -$/);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("stay the same when they are read and written again", async () => {
    await fc.assert(
      fc.asyncProperty(text, async (text) => {
        const rendered = await tryRender(text);
        if (rendered !== undefined) expect(await tryRender(rendered)).toBe(rendered);
      }),
      { numRuns: 500 },
    );
  });

  async function tryRender(text: string): Promise<string | undefined> {
    try {
      return renderMachines(await parse(text));
    } catch (error) {
      expect(error).toBeInstanceOf(ActionError);
      expect(error).toMatchObject({
        code: "INPUT_INVALID",
        message: expect.stringMatching(/^input builders, line [0-9]+, field [0-9]: /) as unknown,
      });
      return undefined;
    }
  }
});

describe("readMachines", () => {
  const files: Readonly<Record<string, string>> = {
    "/repo/pool": "b2\n@more/pool # the others\nb4",
    "/repo/more/pool": "b3",
    "/etc/nix/machines": "b5 x86_64-linux - many",
    "/repo/self": "@other",
    "/repo/other": "\n@./self",
  };
  const read = (text: string) =>
    readMachines(text, RUN, "/repo", (file) => {
      const content = files[file];
      return content === undefined ? Promise.reject(new Error("ENOENT")) : Promise.resolve(content);
    });

  it("replaces the name of a file with its builders, each with its own alias", async () => {
    const builders = await read("b1\n@pool; b6");
    expect(builders.map(({ host }) => host)).toEqual(["b1", "b2", "b3", "b4", "b6"]);
    expect(builders.map(({ alias }) => alias).at(-1)).toBe("cross-build-00ff-5");
  });

  it.each([
    [
      "a file that does not exist",
      "b1\n@nothing",
      /^input builders, line 2, field 1: .*"\/repo\/nothing" cannot be read/,
    ],
    ["an @ without a name", "@", /cannot be read/],
    [
      "a line of the file",
      "@/etc/nix/machines",
      /^machines file "\/etc\/nix\/machines", line 1, field 4: "many"/,
    ],
    ["a file that includes itself", "@self", /^machines file "\/repo\/other", line 2, .*includes itself/],
  ])("names %s", async (_, text, message) => {
    await expect(read(text)).rejects.toMatchObject({
      code: "INPUT_INVALID",
      message: expect.stringMatching(message) as unknown,
    });
  });
});
