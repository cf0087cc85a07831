import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { readFileSync } from "node:fs";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { pack } from "tar-stream";

import { ActionError } from "../../../src/errors/action-error.js";
import { requirePassed } from "../../../src/image/audit.js";
import { parseElfMachine } from "../../../src/image/elf.js";
import { readImage } from "../../../src/image/image.js";

type Members = readonly (readonly [name: string, content: Uint8Array | string | { readonly link: string }])[];

async function makeTar(members: Members): Promise<Buffer> {
  const tar = pack();
  const mtime = new Date(0);
  for (const [name, content] of members) {
    if (name.endsWith("/")) tar.entry({ name, mtime, type: "directory" });
    else if (typeof content === "object" && "link" in content)
      tar.entry({ name, mtime, type: "symlink", linkname: content.link });
    else tar.entry({ name, mtime }, Buffer.from(content));
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** The start of an ELF file for a machine, little-endian and 64 bit. */
function elf(machine: number): Buffer {
  const header = Buffer.alloc(64);
  header.write("\x7fELF\x02\x01\x01", 0, "latin1");
  header.writeUInt16LE(2, 16);
  header.writeUInt16LE(machine, 18);
  return header;
}
const X86_64 = elf(62);
const AARCH64 = elf(183);

interface ArchiveOptions {
  readonly architecture?: string;
  readonly diffIds?: readonly string[];
  readonly gzipLayers?: boolean;
  readonly extra?: Members;
}

async function makeArchive(layers: readonly Members[], options: ArchiveOptions = {}): Promise<Buffer> {
  const tars = await Promise.all(layers.map(makeTar));
  const diffIds = options.diffIds ?? tars.map((tar) => `sha256:${sha256(tar)}`);
  const config = JSON.stringify({
    architecture: options.architecture ?? "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: diffIds },
  });
  const names = tars.map((tar) => `${sha256(tar)}/layer.tar`);
  return makeTar([
    ...tars.map((tar, i) => [names[i] ?? "", options.gzipLayers === true ? gzipSync(tar) : tar] as const),
    ["config.json", config],
    ["manifest.json", JSON.stringify([{ Config: "config.json", RepoTags: ["x:y"], Layers: names }])],
    ...(options.extra ?? []),
  ]);
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "image-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function read(archive: Uint8Array, auditAllow: readonly string[] = []) {
  const file = join(folder, "image.tar");
  writeFileSync(file, archive);
  return readImage(file, "x86_64-linux", { auditAllow, workFolder: folder });
}

describe("readImage", () => {
  const layers = [
    [
      ["etc/", ""],
      ["etc/motd", "hello"],
    ],
    [["bin/server", X86_64]],
  ] as const;

  it("gives blobs whose digests and sizes are those of their bytes", async () => {
    const { image, imageId } = await read(await makeArchive(layers));
    for (const blob of [image.manifest, image.config, ...image.layers]) {
      const bytes = "bytes" in blob.source ? blob.source.bytes : readFileSync(blob.source.file);
      expect(blob.digest).toBe(`sha256:${sha256(bytes)}`);
      expect(blob.sizeBytes).toBe(bytes.length);
    }
    expect(imageId).toBe(image.config.digest);
    expect(image.layers).toHaveLength(2);
  });

  it("gives the same image for an archive that is gzipped as a whole", async () => {
    const archive = await makeArchive(layers);
    const plain = await read(archive);
    const gzipped = await read(gzipSync(archive));
    expect(gzipped.image.manifest.digest).toBe(plain.image.manifest.digest);
    expect(gzipped.audit).toEqual(plain.audit);
  });

  it("keeps the bytes of layers that are gzipped already", async () => {
    const { image, audit } = await read(await makeArchive(layers, { gzipLayers: true }));
    const tars = await Promise.all(layers.map((layer) => makeTar(layer)));
    const files = image.layers.map(({ source }) =>
      "file" in source ? readFileSync(source.file) : Buffer.alloc(0),
    );
    expect(files.map((bytes) => sha256(gunzipSync(bytes)))).toEqual(tars.map(sha256));
    expect(files.map(sha256)).toEqual(tars.map((tar) => sha256(gzipSync(tar))));
    expect(audit.elfFiles).toBe(1);
  });

  it("reads layers larger than every buffer on the way", async () => {
    const big = Buffer.alloc(20 << 20, "abc");
    const { audit } = await read(
      await makeArchive([
        [
          ["big", big],
          ["bin/server", AARCH64],
        ],
      ]),
    );
    expect(audit).toMatchObject({ filesRead: 2, foreign: [{ path: "/bin/server" }] });
    const gzipped = await read(
      await makeArchive(
        [
          [
            ["big", big],
            ["bin/server", AARCH64],
          ],
        ],
        { gzipLayers: true },
      ),
    );
    expect(gzipped.audit).toEqual(audit);
  });

  it.each<[string, () => Promise<Uint8Array>]>([
    ["an empty file", () => Promise.resolve(Buffer.alloc(0))],
    ["text", () => Promise.resolve(Buffer.from("not a tar".repeat(1000)))],
    ["a tar without a manifest", () => makeTar([["a", "b"]])],
    ["a truncated archive", async () => (await makeArchive(layers)).subarray(0, 1500)],
    ["a truncated gzip", async () => gzipSync(await makeArchive(layers)).subarray(0, 300)],
    ["an image of another architecture", () => makeArchive(layers, { architecture: "arm64" })],
    [
      "layers that are not the config's",
      () => makeArchive(layers, { diffIds: [`sha256:${"0".repeat(64)}`] }),
    ],
    ["a manifest that is no list", () => makeArchive(layers, { extra: [["manifest.json", "{}"]] })],
    ["a manifest that is no JSON", () => makeArchive(layers, { extra: [["manifest.json", "[{"]] })],
    [
      "two images",
      () =>
        makeArchive(layers, {
          extra: [
            [
              "manifest.json",
              JSON.stringify([
                { Config: "c", Layers: [] },
                { Config: "c", Layers: [] },
              ]),
            ],
          ],
        }),
    ],
    [
      "a layer that is not there",
      () =>
        makeArchive(layers, {
          extra: [
            ["manifest.json", JSON.stringify([{ Config: "config.json", Layers: ["../../etc/passwd"] }])],
          ],
        }),
    ],
    ["a layer that is no tar", () => makeArchive(layers, { extra: [["bad.tar", "x".repeat(2048)]] })],
    [
      "a config that is too large",
      () => makeArchive(layers, { extra: [["config.json", `{${" ".repeat(9 << 20)}}`]] }),
    ],
  ])("refuses %s", async (_, make) => {
    await expect(read(await make())).rejects.toMatchObject({ code: "IMAGE_INVALID" });
  });

  it("refuses a folder", async () => {
    mkdirSync(join(folder, "dir"));
    const options = { auditAllow: [], workFolder: folder };
    await expect(readImage(join(folder, "dir"), "x86_64-linux", options)).rejects.toMatchObject({
      code: "IMAGE_INVALID",
    });
  });

  it("writes nothing by a name from the archive", async () => {
    const archive = await makeArchive(
      [
        [
          ["../../../tmp/cross-build-evil", "x"],
          ["/abs", "x"],
        ],
      ],
      {
        extra: [["../../evil.json", "{}"]],
      },
    );
    const { audit } = await read(archive);
    expect(audit.filesRead).toBe(2);
  });
});

describe("the audit", () => {
  it("finds a file for another CPU, with its layer", async () => {
    const { audit } = await read(await makeArchive([[["a", "x"]], [["opt/tool", AARCH64]]]));
    expect(audit.foreign).toEqual([{ path: "/opt/tool", machine: "aarch64", layer: 1 }]);
    expect(() => {
      requirePassed(audit, "x86_64-linux");
    }).toThrow(
      expect.objectContaining({
        code: "AUDIT_FAILED",
        message: expect.stringContaining("/opt/tool is for aarch64") as unknown,
      }),
    );
  });

  it("lets i686, BPF and what is no ELF file pass", async () => {
    const i386 = elf(3);
    i386[4] = 1;
    const { audit } = await read(
      await makeArchive([
        [
          ["i386", i386],
          ["bpf.o", elf(247)],
          ["short", "\x7fELF"],
          ["x", X86_64],
        ],
      ]),
    );
    expect(audit).toMatchObject({ elfFiles: 2, foreign: [] });
  });

  it.each<[string, Members]>([
    ["is removed", [["opt/.wh.tool", ""]]],
    ["is in a folder that is removed", [[".wh.opt", ""]]],
    ["is in a folder that is hidden", [["opt/.wh..wh..opq", ""]]],
    ["is replaced", [["opt/tool", X86_64]]],
    ["is in a folder that becomes a file", [["opt", "file"]]],
  ])("passes over a file that %s by an upper layer", async (_, upper) => {
    const { audit } = await read(
      await makeArchive([
        [
          ["opt/", ""],
          ["opt/tool", AARCH64],
        ],
        upper,
      ]),
    );
    expect(audit.foreign).toEqual([]);
  });

  it("lets files pass that audit-allow names", async () => {
    const archive = await makeArchive([
      [
        ["opt/firmware/.x/tool", AARCH64],
        ["opt/other", AARCH64],
      ],
    ]);
    const { audit } = await read(archive, ["/opt/firmware/**"]);
    expect(audit.allowed.map(({ path }) => path)).toEqual(["/opt/firmware/.x/tool"]);
    expect(audit.foreign.map(({ path }) => path)).toEqual(["/opt/other"]);
  });
});

describe("parseElfMachine", () => {
  it("never fails, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        for (const input of [bytes, Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, ...bytes])]) {
          const machine = parseElfMachine(input);
          expect(machine === undefined || machine.machine > 0).toBe(true);
        }
      }),
    );
  });

  it("reads both byte orders", () => {
    const big = Buffer.alloc(64);
    big.write("\x7fELF\x02\x02\x01", 0, "latin1");
    big.writeUInt16BE(22, 18);
    expect(parseElfMachine(big)).toEqual({ machine: 22, bits: 64, endianness: "big" });
    expect(parseElfMachine(AARCH64)).toEqual({ machine: 183, bits: 64, endianness: "little" });
  });
});

it("an image that cannot be read is an ActionError, whatever its bytes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 2048 }), async (bytes) => {
      await expect(read(bytes)).rejects.toBeInstanceOf(ActionError);
    }),
    { numRuns: 50 },
  );
});
