import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { requirePassed } from "../../../src/image/audit.js";
import type { BudgetLimits } from "../../../src/image/budget.js";
import { readImage } from "../../../src/image/image.js";
import { AARCH64, makeArchive, type Members, X86_64 } from "./archive.js";
import { makeZip } from "./zip-writer.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "packed-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function audit(
  layers: readonly Members[],
  {
    auditAllow = [],
    limits,
  }: { readonly auditAllow?: readonly string[]; readonly limits?: BudgetLimits } = {},
) {
  const file = join(folder, "image.tar");
  writeFileSync(file, await makeArchive(layers));
  const options = { auditAllow, workFolder: folder, ...(limits && { limits }) };
  return (await readImage(file, "x86_64-linux", options)).audit;
}

const CLASS = { name: "App.class", content: Buffer.from("cafebabe", "hex") };
const LIBRARY = { name: "linux/libx.so", content: Buffer.concat([AARCH64, Buffer.alloc(100_000)]) };
const NATIVE = { name: "linux-x86_64/libx.so", content: X86_64 };

describe("26: a native library in a jar", () => {
  it.each<[string, string, Buffer]>([
    ["deflated", "app.jar", makeZip([CLASS, LIBRARY])],
    ["stored", "app.jar", makeZip([CLASS, { ...LIBRARY, isStored: true }])],
    ["in a zip file without a name for it", "plugin", makeZip([LIBRARY])],
    [
      "in a jar that starts with a shell script",
      "app.jar",
      makeZip([LIBRARY], Buffer.from("#!/bin/sh\nexec java -jar $0\n")),
    ],
    [
      "in a jar of more than 8 MiB",
      "app.jar",
      makeZip([{ name: "big", content: Buffer.alloc(9 << 20), isStored: true }, LIBRARY]),
    ],
  ])("is found: %s", async (_, name, jar) => {
    const { foreign } = await audit([[[`app/${name}`, jar]]]);
    expect(foreign).toEqual([{ path: `/app/${name}!/linux/libx.so`, machine: "aarch64", layer: 0 }]);
    expect(readdirSync(folder, { recursive: true }).filter((file) => String(file).includes("spool"))).toEqual(
      [],
    );
  });

  it.each<[string, boolean]>([
    ["stored, as in a jar of Spring Boot", true],
    ["deflated", false],
  ])("is found in a jar in a jar (%s)", async (_, isStored) => {
    const jar = makeZip([CLASS, { name: "BOOT-INF/lib/x.jar", content: makeZip([LIBRARY]), isStored }]);
    const { foreign } = await audit([[["app.jar", jar]]]);
    expect(foreign.map(({ path }) => path)).toEqual(["/app.jar!/BOOT-INF/lib/x.jar!/linux/libx.so"]);
  });

  it("fails the audit, by its name in the jar", async () => {
    const result = await audit([[["app.jar", makeZip([LIBRARY])]]]);
    expect(() => {
      requirePassed(result, "x86_64-linux");
    }).toThrow(
      expect.objectContaining({
        code: "AUDIT_FAILED",
        message: expect.stringContaining("/app.jar!/linux/libx.so is for aarch64") as unknown,
      }),
    );
  });

  it("is accepted in a jar that has one for the target's CPU, too", async () => {
    expect(await audit([[["app.jar", makeZip([LIBRARY, NATIVE])]]])).toMatchObject({
      foreign: [],
      allowed: [],
    });
    const nested = makeZip([
      { name: "arm.jar", content: makeZip([LIBRARY]) },
      { name: "amd.jar", content: makeZip([NATIVE]) },
    ]);
    expect(await audit([[["app.jar", nested]]])).toMatchObject({ foreign: [] });
  });

  it.each([["/app/*.jar"], ["/app/**"], ["/app/x.jar!/linux/*.so"]])("is allowed by %s", async (glob) => {
    const { foreign, allowed } = await audit([[["app/x.jar", makeZip([LIBRARY])]]], { auditAllow: [glob] });
    expect([foreign, allowed.length]).toEqual([[], 1]);
  });

  it("is not reported if an upper layer replaces the jar", async () => {
    const { foreign } = await audit([[["app.jar", makeZip([LIBRARY])]], [["app.jar", makeZip([CLASS])]]]);
    expect(foreign).toEqual([]);
  });
});

describe("a zip file that cannot be read", () => {
  const good = makeZip([CLASS, LIBRARY]);
  it.each<[string, Buffer, RegExp]>([
    ["is cut short", good.subarray(0, good.length - 30), /central directory/],
    [
      "has broken data",
      makeZip([{ name: "x", content: Buffer.from("\xff\xff\xff\xff", "latin1"), isStored: true, method: 8 }]),
      /invalid|incorrect/,
    ],
    [
      "is nested four times",
      [1, 2, 3].reduce((inner) => makeZip([{ name: "x.jar", content: inner }]), good),
      /zip files in zip files/,
    ],
  ])("is a warning: it %s", async (_, jar, reason) => {
    const { unreadableArchives } = await audit([[["app.jar", jar]]]);
    expect(unreadableArchives).toMatchObject([
      { path: "/app.jar", reason: expect.stringMatching(reason) as unknown, layer: 0 },
    ]);
  });

  it("is none if only its name is that of a zip file", async () => {
    expect(await audit([[["data.zip", "text"]]])).toMatchObject({ unreadableArchives: [], foreign: [] });
  });

  it("has members that no Java can read, which are skipped", async () => {
    const jar = makeZip([
      { ...LIBRARY, flags: 1 },
      { ...LIBRARY, method: 93 },
    ]);
    expect(await audit([[["app.jar", jar]]])).toMatchObject({ unreadableArchives: [], foreign: [] });
  });
});

describe("a zip bomb", () => {
  it("of one member is read up to its head", async () => {
    const bomb = makeZip([{ name: "zeros", content: Buffer.alloc(50 << 20) }]);
    const limits = { unpackedBytes: 20 << 20, pathBytes: 1e6 };
    expect(await audit([[["bomb.zip", bomb]]], { limits })).toMatchObject({ unreadableArchives: [] });
  });

  it.each<[string, () => Buffer]>([
    ["of a large zip file in it", () => makeZip([{ name: "x.zip", content: Buffer.alloc(50 << 20) }])],
    [
      "of many members",
      () => makeZip(Array.from({ length: 1000 }, (_, i) => ({ name: `${i}`, content: X86_64 }))),
    ],
  ])("%s is refused", async (_, make) => {
    const limits = { unpackedBytes: 20 << 20, pathBytes: 1e6 };
    await expect(audit([[["bomb.zip", make()]]], { limits })).rejects.toMatchObject({
      code: "IMAGE_INVALID",
      cause: expect.objectContaining({ message: "it contains more than 20971520 bytes" }) as unknown,
    });
  });
});
