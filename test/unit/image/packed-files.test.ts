import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { requirePassed } from "../../../src/image/audit.js";
import type { BudgetLimits } from "../../../src/image/budget.js";
import { readImage } from "../../../src/image/image.js";
import { AARCH64, makeArchive, type Members, X86_64 } from "./archive.js";
import { makeElf } from "./elf-writer.js";
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
const RISCV64 = makeElf({ machine: 243 });
const I686 = makeElf({ machine: 3, bits: 32 });

function forFreeBsd(elf: Buffer): Buffer {
  const copy = Buffer.from(elf);
  copy[7] = 9;
  return copy;
}

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

  it("is accepted, and listed, in a jar that has one for the target's CPU, too", async () => {
    const jar = makeZip([LIBRARY, NATIVE, { name: "linux-riscv64/libx.so", content: RISCV64 }]);
    expect(await audit([[["app.jar", jar]]])).toMatchObject({
      foreign: [],
      allowed: [],
      multiCpuArchives: [{ path: "/app.jar", machines: ["aarch64", "riscv64"], ownIn: "/app.jar", layer: 0 }],
    });
  });

  it.each<[string, string]>([
    ["lib/netty-tcnative-2.0.61-linux-aarch_64.jar", "lib/netty-tcnative-2.0.61-linux-x86_64.jar"],
    ["lib/lwjgl-3.3.3-natives-linux-arm64.jar", "lib/lwjgl-3.3.3-natives-linux.jar"],
    ["lib/linux-arm64/opencv.jar", "lib/linux-x86_64/opencv.jar"],
  ])("is accepted, and listed, if a sibling has one for the target's CPU: %s", async (arm, amd) => {
    const [armJar, amdJar] = [makeZip([CLASS, LIBRARY]), makeZip([CLASS, NATIVE])];
    const listed = { machines: ["aarch64"], layer: 0 };
    const layer: Members = [
      [arm, armJar],
      [amd, amdJar],
    ];
    expect(await audit([layer])).toMatchObject({
      foreign: [],
      multiCpuArchives: [{ ...listed, path: `/${arm}`, ownIn: `/${amd}` }],
    });
    const fat = makeZip([
      { name: arm, content: armJar, isStored: true },
      { name: amd, content: amdJar, isStored: true },
    ]);
    expect(await audit([[["app.jar", fat]]])).toMatchObject({
      foreign: [],
      multiCpuArchives: [{ ...listed, path: `/app.jar!/${arm}`, ownIn: `/app.jar!/${amd}` }],
    });
  });

  it("is accepted if each sibling is a store path of its own", async () => {
    const [arm, amd] = ["0", "1"].map((digit) => `nix/store/${digit.repeat(32)}-x-linux`);
    const layer: Members = [
      [`${arm}-aarch_64.jar`, makeZip([LIBRARY])],
      [`${amd}-x86_64.jar`, makeZip([NATIVE])],
    ];
    expect(await audit([layer])).toMatchObject({
      foreign: [],
      multiCpuArchives: [{ machines: ["aarch64"] }],
    });
  });

  it.each<[string, Members]>([
    [
      "only a jar of another library has one for the target's CPU",
      [
        ["lib/x-linux-aarch_64.jar", makeZip([LIBRARY])],
        ["lib/y-linux-x86_64.jar", makeZip([NATIVE])],
      ],
    ],
    [
      "only another version of the jar has one for the target's CPU",
      [
        ["lib/x-2-linux-aarch_64.jar", makeZip([LIBRARY])],
        ["lib/x-1-linux-x86_64.jar", makeZip([NATIVE])],
      ],
    ],
    [
      "only another jar in the same jar has one for the target's CPU",
      [
        [
          "app.jar",
          makeZip([
            { name: "x.jar", content: makeZip([LIBRARY]) },
            { name: "y.jar", content: makeZip([NATIVE]) },
          ]),
        ],
      ],
    ],
    [
      "the jar has one for the target's 32-bit relative only, which a 64-bit Java does not load",
      [["x.jar", makeZip([LIBRARY, { name: "linux-x86/libx.so", content: I686 }])]],
    ],
    [
      "the one for the target's CPU is for FreeBSD",
      [["x.jar", makeZip([LIBRARY, { name: "freebsd-x86_64/libx.so", content: forFreeBsd(X86_64) }])]],
    ],
  ])("fails the audit if %s", async (_, layer) => {
    const { foreign, multiCpuArchives } = await audit([layer]);
    expect(foreign).toEqual([
      {
        path: expect.stringMatching(/^\/(?:lib|app|x).*!\/linux\/libx\.so$/) as unknown,
        machine: "aarch64",
        layer: 0,
      },
    ]);
    expect(multiCpuArchives).toEqual([]);
  });

  it("is judged in archives of the JDK, Info-ZIP and Python", async () => {
    const names = ["aarch64-only.zip", "all-cpus.jar", "spring-boot.jar"];
    const fixtures = join(import.meta.dirname, "../../fixtures/zip");
    const layer = names.map((name) => [name, readFileSync(join(fixtures, name))] as const);
    const { foreign, multiCpuArchives, unreadableArchives } = await audit([layer]);
    expect(foreign).toEqual([
      { path: "/aarch64-only.zip!/org/x/native/Linux/aarch64/libx.so", machine: "aarch64", layer: 0 },
    ]);
    expect(multiCpuArchives.map(({ path, ownIn }) => [path, ownIn])).toEqual([
      ["/all-cpus.jar", "/all-cpus.jar"],
      [
        "/spring-boot.jar!/BOOT-INF/lib/x-1.0-linux-aarch64.jar",
        "/spring-boot.jar!/BOOT-INF/lib/x-1.0-linux-x86_64.jar",
      ],
    ]);
    expect(unreadableArchives).toEqual([]);
  });

  it("is of no interest if it is for another operating system", async () => {
    const jar = makeZip([{ name: "freebsd-aarch64/libx.so", content: forFreeBsd(AARCH64) }]);
    expect(await audit([[["app.jar", jar]]])).toMatchObject({ foreign: [], multiCpuArchives: [] });
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
    const bomb = makeZip([{ name: "zeros", content: Buffer.alloc(8 << 20) }]);
    const limits = { unpackedBytes: 4 << 20, pathBytes: 1e6 };
    expect(await audit([[["bomb.zip", bomb]]], { limits })).toMatchObject({ unreadableArchives: [] });
  });

  it.each<[string, () => Buffer]>([
    ["of a large zip file in it", () => makeZip([{ name: "x.zip", content: Buffer.alloc(8 << 20) }])],
    [
      "of many members",
      () => makeZip(Array.from({ length: 1000 }, (_, i) => ({ name: `${i}`, content: X86_64 }))),
    ],
  ])("%s is refused", async (_, make) => {
    const limits = { unpackedBytes: 4 << 20, pathBytes: 1e6 };
    await expect(audit([[["bomb.zip", make()]]], { limits })).rejects.toMatchObject({
      code: "IMAGE_INVALID",
      cause: expect.objectContaining({ message: "it contains more than 4194304 bytes" }) as unknown,
    });
  });
});
