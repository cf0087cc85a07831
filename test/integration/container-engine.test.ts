import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { ActionError } from "../../src/errors/action-error.js";
import type { Digest } from "../../src/model/digest.js";
import type { Blob, OciImage } from "../../src/model/image.js";
import { createRunCommand } from "../../src/platform/command.js";
import { removeFromEngines } from "../../src/smoke/client-engine.js";
import type { ContainerOptions, PortAddress } from "../../src/smoke/container.js";
import { type EngineEffects, openContainerEngine } from "../../src/smoke/container-engine.js";
import { createEngineEffects } from "../engine-effects.js";
import { preparePodman } from "../podman.js";
import { makeTemporaryFolder, pathWithout, removeTemporaryFolders } from "../runner.js";
import { makeImageOf, makeServerLayer, OPTIONS, TAR_LAYER, toBlob, waitForAnswer } from "../server-image.js";

const ledger = { started: () => undefined, ended: () => undefined };
const run = createRunCommand(new AbortController().signal, ledger);
const folder = makeTemporaryFolder("engine");
const ENGINES = [
  ["docker", {}],
  ["podman", preparePodman(makeTemporaryFolder("podman"))],
] as const;

let layer: Blob;
beforeAll(() => {
  layer = makeServerLayer(folder);
}, 60_000);
afterAll(() => {
  removeTemporaryFolders();
});

/** An image with a static Bash and the fixture's server; `about` makes its ID unique. */
function makeImage(about: string, command: readonly string[], layers: readonly Blob[] = [layer]): OciImage {
  // The layer may be compressed.
  return makeImageOf(layers, { about, command, diffIds: layers.map((each) => diffIdOf(each)) });
}

function diffIdOf({ mediaType, digest }: Blob): Digest {
  return mediaType.endsWith("+zstd") ? layer.digest : digest;
}

function portOf(address: PortAddress): number | undefined {
  return "port" in address ? address.port : undefined;
}

describe.each(ENGINES)("%s", (engine, env) => {
  const withEngine: typeof run = (tool, args, options) =>
    run(tool, args, { ...options, env: { ...env, ...options.env } });
  const call = async (...args: readonly string[]) =>
    (await withEngine(engine, args, { timeoutMs: 60_000 })).stdout;
  const warnings: string[] = [];
  const open = (nonce: string, more: Partial<EngineEffects> = {}) => {
    const log = { info: () => undefined, warning: (text: string) => void warnings.push(text) };
    const effects = { run: withEngine, nonce, runFolder: folder, log, ...more };
    return openContainerEngine(createEngineEffects(effects));
  };
  const listImages = () => call("images", "--all", "--quiet", "--no-trunc");

  async function startIn(nonce: string, image: OciImage, options: Partial<ContainerOptions> = {}) {
    const runtime = await open(nonce);
    const { id, remove } = await runtime.load(image);
    const start = await runtime.start(id, { ...OPTIONS, ...options });
    if (start.state === "failed") throw new Error(start.reason);
    return { container: start.container, image: { id, remove } };
  }

  it("keeps an image that one run removes for another run that tests it too", async () => {
    const image = makeImage(`race in ${engine}`, ["/bin/bash", "-c", "exit 0"]);
    const [one, two] = [await open("aaaaaaaaaaaa"), await open("bbbbbbbbbbbb")];
    const first = await one.load(image);
    const second = await two.load(image);
    await first.remove();
    const start = await two.start(second.id, OPTIONS);
    expect(start.state).toBe("started");
    if (start.state === "started") await start.container.remove();
    await second.remove();
    expect(await listImages()).not.toContain(image.config.digest.slice(7));
  }, 120_000);

  it("gives each of three runs at the same time its image, and keeps none", async () => {
    const image = makeImage(`lockstep in ${engine}`, ["/bin/bash", "-c", "exit 0"]);
    const test = async (nonce: string) => {
      const runtime = await open(nonce);
      for (let i = 0; i < 3; i++) {
        const { id, remove } = await runtime.load(image);
        const start = await runtime.start(id, OPTIONS);
        expect(start.state).toBe("started");
        if (start.state === "started") await start.container.remove();
        await remove();
      }
    };
    await Promise.all(["1", "2", "3"].map((digit) => test(digit.repeat(12))));
    expect(await listImages()).not.toContain(image.config.digest.slice(7));
  }, 300_000);

  it("leaves an image that was there before, with a name or without", async () => {
    const image = makeImage(`kept in ${engine}`, ["/bin/bash", "-c", "exit 0"]);
    const id = image.config.digest;
    const owner = await open("cccccccccccc");
    await owner.load(image);
    await call("tag", id, "localhost/mine:1");
    await removeFromEngines(withEngine, "cccccccccccc");
    const guest = await open("dddddddddddd");
    await (await guest.load(image)).remove();
    expect(await call("image", "inspect", "--format={{json .RepoTags}}", id)).toBe('["localhost/mine:1"]');

    // Another image takes the name.
    const other = makeImage(`other in ${engine}`, ["/bin/bash"]);
    const { remove } = await owner.load(other);
    await call("tag", other.config.digest, "localhost/mine:1");
    await (await guest.load(image)).remove();
    expect(await listImages()).toContain(id.slice(7));
    await call("image", "rm", id, "localhost/mine:1");
    await remove();
  }, 120_000);

  it("has neither container nor image of a run after its post step", async () => {
    const image = makeImage(`killed in ${engine}`, ["/bin/server"]);
    await startIn("eeeeeeeeeeee", image);
    const { container, image: other } = await startIn("ffffffffffff", image);
    await removeFromEngines(withEngine, "eeeeeeeeeeee");
    expect(
      await call("ps", "--all", "--quiet", "--filter=label=io.github.fluo.cross-build.run=eeeeeeeeeeee"),
    ).toBe("");
    expect((await container.readState()).exitCode).toBeUndefined();
    await removeFromEngines(withEngine, "ffffffffffff");
    expect(await listImages()).not.toContain(other.id.slice(7));
  }, 120_000);

  it("reaches a port of the container on loopback, though the same port is in use there", async () => {
    const other = createServer().listen(8080, "127.0.0.1");
    await once(other, "listening");
    try {
      const image = makeImage(`server in ${engine}`, ["/bin/server"]);
      const { container, image: loaded } = await startIn("abababababab", image, { ports: [8080] });
      const port = portOf(await container.readAddress(8080));
      expect(port).not.toBe(8080);
      await expect(waitForAnswer(`http://127.0.0.1:${port}/version`)).resolves.toContain('"version":"1"');
      await container.remove();
      await loaded.remove();
    } finally {
      other.close();
    }
  }, 120_000);

  it("does not let a container reach loopback of the machine", async () => {
    const taken: string[] = [];
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (bytes) => taken.push(bytes.toString()));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const image = makeImage(`reach in ${engine}`, ["/bin/server"]);
    try {
      const { container, image: loaded } = await startIn("cdcdcdcdcdcd", image);
      // The last two are the host for slirp4netns and for pasta.
      for (const host of ["127.0.0.1", "10.0.2.2", "169.254.1.2"]) {
        const attack = ["/bin/bash", "-c", `echo reached > /dev/tcp/${host}/${port}`];
        await container.exec(attack, 5_000).catch(() => undefined);
      }
      expect(taken).toEqual([]);
      await container.remove();
      await loaded.remove();
    } finally {
      server.close();
    }
  }, 120_000);

  it.each([
    ["of the repository", false, undefined, 0],
    ["of a fork", true, undefined, "three quarters"],
    ["of a fork with a limit", true, 32 * 2 ** 20, 32 * 2 ** 20],
    ["of a fork with too high a limit", true, 2 ** 42, "three quarters"],
  ])(
    "limits processes, and memory if asked to or for a fork: code %s",
    async (_, isForkCode, memoryBytes, limit) => {
      const image = makeImage(`limits in ${engine}`, ["/bin/server"]);
      const runtime = await open("efefefefefef", { isForkCode });
      const { id, remove } = await runtime.load(image);
      const start = await runtime.start(id, { ...OPTIONS, memoryBytes });
      if (start.state === "failed") throw new Error(start.reason);
      const container = await call(
        "ps",
        "--quiet",
        "--filter=label=io.github.fluo.cross-build.run=efefefefefef",
      );
      const set = await call(
        "inspect",
        "--format={{.HostConfig.PidsLimit}} {{.HostConfig.Memory}}",
        container,
      );
      const [, total = ""] = /MemTotal: +([0-9]+) kB/.exec(readFileSync("/proc/meminfo", "utf8")) ?? [];
      const expected = limit === "three quarters" ? Math.floor(Number(total) * 1024 * 0.75) : limit;
      expect(set).toBe(`4096 ${expected}`);
      await start.container.remove();
      await remove();
    },
    60_000,
  );
});

describe("an image that not every engine can load", () => {
  const open = async (name: "docker" | "podman") => {
    const [, env] = ENGINES.find(([engine]) => engine === name) ?? ENGINES[0];
    const effects = createEngineEffects({
      run: (tool, args, options) => {
        if (tool !== name) throw new ActionError("COMMAND_MISSING", `no ${tool}`, { hint: "None." });
        return run(tool, args, { ...options, env: { ...env, ...options.env } });
      },
      nonce: "343434343434",
      runFolder: folder,
    });
    return openContainerEngine(effects);
  };

  it("fails the gate if it has more layers than Docker can stack", async () => {
    const root = makeTemporaryFolder("small");
    execFileSync("tar", ["-C", root, "-cf", join(folder, "small.tar"), "--files-from=/dev/null"]);
    const bytes = readFileSync(join(folder, "small.tar"));
    const small = toBlob(TAR_LAYER, bytes);
    const image = makeImage(
      "126 layers",
      ["/bin/server"],
      Array.from({ length: 126 }, () => small),
    );
    // Merged, Docker could load it here, but not where the image is pulled.
    const merge = () => Promise.reject(new Error("the layers were merged"));
    await expect((await open("docker")).load(image, merge)).rejects.toMatchObject({
      code: "GATE_FAILED",
      message: expect.stringMatching(/^docker \S+ cannot load the image: 126 layers are more/) as unknown,
      hint: expect.stringContaining("maxLayers") as unknown,
    });
  }, 120_000);

  it("fails the gate if its layers are zstd and the engine is too old, and loads elsewhere", async () => {
    const tar = "bytes" in layer.source ? layer.source.bytes : Buffer.alloc(0);
    const zstd = toBlob(`${TAR_LAYER}+zstd`, zstdCompressSync(tar));
    const image = makeImage("zstd", ["/bin/server"], [zstd]);
    const docker = await open("docker");
    const isOld = Number(/ ([0-9]+)\./.exec(docker.name)?.[1]) < 23;
    if (isOld) {
      const merge = () => Promise.reject(new Error("the layers were merged"));
      await expect(docker.load(image, merge)).rejects.toMatchObject({
        code: "GATE_FAILED",
        message: expect.stringMatching(/compressed with zstd, which this engine cannot read$/) as unknown,
        hint: expect.stringContaining("Docker 23") as unknown,
      });
    } else await (await docker.load(image)).remove();
    const podman = await (await open("podman")).load(image);
    expect(podman.id).toBe(image.config.digest);
    await podman.remove();
  }, 120_000);
});

describe("Podman with the host's network alone", () => {
  const env = { ...ENGINES[1][1], PATH: pathWithout("slirp4netns") };
  const open = (isForkCode: boolean) =>
    openContainerEngine(
      createEngineEffects({
        run: (tool, args, options) => run(tool, args, { ...options, env: { ...env, ...options.env } }),
        nonce: "121212121212",
        runFolder: folder,
        isForkCode,
      }),
    );

  it("does not run code from a fork", async () => {
    await expect(open(true)).rejects.toMatchObject({
      code: "GATE_NO_RUNTIME",
      message: expect.stringContaining("only on this machine's network") as unknown,
      hint: expect.stringContaining("Install slirp4netns") as unknown,
    });
  }, 60_000);

  it("runs the repository's own code, on the port that the image has", async () => {
    const runtime = await open(false);
    const { id, remove } = await runtime.load(makeImage("on the host's network", ["/bin/server"]));
    const start = await runtime.start(id, { ...OPTIONS, ports: [8080] });
    if (start.state === "failed") throw new Error(start.reason);
    expect(portOf(await start.container.readAddress(8080))).toBe(8080);
    await start.container.remove();
    await remove();
  }, 60_000);
});
