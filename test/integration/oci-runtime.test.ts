import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, get } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { blobOf } from "../../src/image/blob.js";
import { digestOf } from "../../src/model/digest.js";
import type { Blob, OciImage } from "../../src/model/image.js";
import { createRunClock } from "../../src/platform/clock.js";
import { createRunCommand } from "../../src/platform/command.js";
import type { ContainerOptions, PortAddress } from "../../src/smoke/container.js";
import { RELAY_ARGUMENT } from "../../src/model/own-processes.js";
import { removeOciContainers } from "../../src/smoke/oci/clean-up.js";
import { OCI_RUNTIMES, type OciEffects } from "../../src/smoke/oci/effects.js";
import { nameSocket } from "../../src/smoke/oci/port-relay.js";
import { findOciRuntime } from "../../src/smoke/oci/runtime.js";
import { prepareCrun } from "../crun.js";
import { createEngineEffects } from "../engine-effects.js";
import { findProcesses } from "../processes.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { makeServerLayer, OPTIONS, TAR_LAYER } from "../server-image.js";
import { makeRawTar, type RawEntry } from "../unit/image/raw-tar.js";

const ledger = { started: () => undefined, ended: () => undefined };
const run = createRunCommand(new AbortController().signal, ledger);
const folder = makeTemporaryFolder("oci");
/** What only the machine has, and no container may read or change. */
const secret = join(folder, "secret");

let server: Blob;
beforeAll(() => {
  prepareCrun();
  server = makeServerLayer(folder);
  writeFileSync(secret, "mallory:x:4242:4242::/:\n");
}, 60_000);
afterAll(removeTemporaryFolders);

/** An image of these layers; `config` as in Docker's config. */
function makeImage(
  config: object,
  layers: readonly Blob[],
  diffIds = layers.map(({ digest }) => digest),
): OciImage {
  const document = {
    ...{ architecture: "amd64", os: "linux", config },
    rootfs: { type: "layers", diff_ids: diffIds },
  };
  const blob = blobOf("application/vnd.oci.image.config.v1+json", Buffer.from(JSON.stringify(document)));
  return { manifest: blobOf("manifest", Buffer.from("{}")), config: blob, layers };
}

const layerOf = (...entries: readonly RawEntry[]) => blobOf(TAR_LAYER, makeRawTar(...entries));
const USERS = layerOf(
  { name: "etc/", flag: "5", mode: 0o755 },
  // Images of nixpkgs have such links.
  { name: "etc/passwd", flag: "2", linkName: "/nix/store/users/passwd" },
  { name: "etc/group", content: "app:x:700:\nextra:x:701:web,app\n" },
  { name: "nix/store/users/passwd", content: "root:x:0:0::/root:\napp:x:1234:700::/home/app:\n" },
);

const mounts = () =>
  readFileSync("/proc/mounts", "utf8")
    .split("\n")
    .filter((line) => line.includes(folder));

/** What a server answers at a socket, once it does. */
async function askSocket(address: PortAddress): Promise<string> {
  const ask = () =>
    new Promise<string>((resolve, reject) => {
      const to = "path" in address ? { socketPath: address.path } : address;
      get({ ...to, path: "/version" }, (response) => {
        text(response).then(resolve, reject);
      }).on("error", reject);
    });
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === 50) throw error;
      await sleep(100);
    }
  }
}

describe.each(OCI_RUNTIMES)("%s", (name) => {
  const runFolder = join(folder, name);
  const open = async (more: Partial<OciEffects> = {}) =>
    (await findOciRuntime(name, createEngineEffects({ run, nonce: "abcdefabcdef", runFolder, ...more })))();
  const start = async (
    image: OciImage,
    options: Partial<ContainerOptions> = {},
    more: Partial<OciEffects> = {},
  ) => {
    const runtime = await open(more);
    const loaded = await runtime.load(image);
    const started = await runtime.start(loaded.id, { ...OPTIONS, ...options });
    if (started.state === "failed") throw new Error(started.reason);
    const { container } = started;
    const remove = async () => {
      await container.remove();
      await loaded.remove();
    };
    return { container, remove };
  };
  /** What a script of Bash prints in a container, and its exit code. */
  const runScript = async (
    script: string,
    {
      config = {},
      layers = [],
      ...options
    }: Partial<ContainerOptions> & {
      readonly config?: object;
      readonly layers?: readonly Blob[];
    } = {},
  ) => {
    const image = makeImage({ Entrypoint: ["/bin/bash", "-c", script], ...config }, [server, ...layers]);
    const { container, remove } = await start(image, options);
    try {
      for (let end = Date.now() + 20_000; Date.now() < end;) {
        const { exitCode } = await container.readState();
        if (exitCode !== undefined) return { exitCode, log: await container.readLog("all") };
        await sleep(20);
      }
      throw new Error(`it still runs: ${await container.readLog()}`);
    } finally {
      await remove();
    }
  };
  beforeAll(() => {
    mkdirSync(runFolder);
  });
  /** Nothing of a test may be left for the next one. */
  const expectNothingLeft = () => {
    expect(mounts()).toEqual([]);
    expect(findProcesses(runFolder)).toEqual([]);
    const left = existsSync(join(runFolder, "oci")) ? readdirSync(join(runFolder, "oci")) : [];
    expect(left.filter((entry) => !entry.startsWith("state-"))).toEqual([]);
  };

  it("reaches a port of a container through a socket, and opens none on the machine", async () => {
    const { container, remove } = await start(makeImage({ Cmd: ["/bin/server"] }, [server]), {
      ports: [8080],
    });
    expect(await askSocket(await container.readAddress(8080))).toContain('"version":"1"');
    await expect(fetch("http://127.0.0.1:8080/version")).rejects.toThrow();
    await remove();
    expectNothingLeft();
  }, 60_000);

  it("gives a container the user, variables, folder and exit code of the image", async () => {
    const script = 'echo "$UID $(</proc/self/status)" >&2; echo "$A,$HOME,$PWD,$HOSTNAME"; exit 7';
    const config = { User: "app", Env: ["A=a=b"], WorkingDir: "/srv/deep" };
    const { exitCode, log } = await runScript(script, { config, layers: [USERS] });
    expect(exitCode).toBe(7);
    expect(log).toMatch(/^a=b,\/home\/app,\/srv\/deep,cross-build-abcdefabcdef-/);
    expect(log).toMatch(/^1234 /m);
    expect(log).toMatch(/^Gid:\s+700\s/m);
    expect(log).toMatch(/^Groups:\s+701 $/m);
    expect(log).toMatch(/^Seccomp:\s+2$/m);
    // Docker's capabilities, which a user without root does not have, and nothing else.
    expect(log).toMatch(/^CapBnd:\s+00000000a80425fb$/m);
    expect(log).toMatch(/^CapEff:\s+0000000000000000$/m);
  }, 60_000);

  it("says why a command or a user cannot be used", async () => {
    const runtime = await open();
    const fails = async (config: object, options: Partial<ContainerOptions> = {}) => {
      const loaded = await runtime.load(makeImage(config, [server]));
      const started = await runtime.start(loaded.id, { ...OPTIONS, ...options });
      await loaded.remove();
      if (started.state === "failed") return started.reason;
      await started.container.remove();
      return "it has started";
    };
    expect(await fails({ Cmd: ["/bin/none"] })).toMatch(/^\["\/bin\/none"\] does not start: .*no such file/i);
    expect(await fails({})).toBe("the image has neither an entrypoint nor a command");
    expect(await fails({ Cmd: ["/bin/server"], User: "ghost" })).toContain('has no user "ghost"');
    expect(await fails({ Cmd: ["/bin/server"] }, { user: "1:staff" })).toContain('has no group "staff"');
    expect(await fails({ Cmd: ["/bin/server"], StopSignal: "--all" })).toContain('stop signal "--all"');
    expectNothingLeft();
  }, 60_000);

  it("does not let a container out of its namespaces", async () => {
    const attacks = [
      "echo x > /proc/sys/kernel/hostname && echo changed",
      "read -r line < /proc/kcore && echo read",
      "echo 1 > /sys/kernel/mm/ksm/run && echo changed",
      `echo x > /dev/tcp/127.0.0.1/${process.env["DOCKER_PORT"] ?? "22"} && echo reached`,
      "for dev in /sys/class/net/*; do echo ${dev##*/}; done",
    ];
    const { log } = await runScript(attacks.map((attack) => `(${attack}) 2> /dev/null`).join("; "));
    expect(log).toBe("lo");
  }, 60_000);

  it.each<readonly [string, readonly RawEntry[]]>([
    [
      "writes through a symlink",
      [
        { name: "out", flag: "2", linkName: "FOLDER" },
        { name: "out/secret", content: "changed" },
      ],
    ],
    ["writes above the root", [{ name: "../../../../../../../FOLDER/secret", content: "changed" }]],
    ["links to a file of the machine", [{ name: "hard", flag: "1", linkName: "FOLDER/secret" }]],
    [
      "links through a symlink",
      [
        { name: "out", flag: "2", linkName: "FOLDER" },
        { name: "hard", flag: "1", linkName: "out/secret" },
      ],
    ],
    ["removes what is above the root", [{ name: ".wh..." }]],
    [
      "hides attributes of overlayfs",
      [{ name: "d/", flag: "5", pax: { "SCHILY.xattr.trusted.overlay.redirect": "/" } }],
    ],
  ])(
    "a layer that %s is refused, and changes nothing",
    async (_, entries) => {
      const place = (value: string) => value.replace("FOLDER", folder);
      const hostile = entries.map((entry) => ({
        ...entry,
        name: place(String(entry.name)),
        ...(entry.linkName !== undefined && { linkName: place(entry.linkName) }),
      }));
      const before = statSync(secret);
      const runtime = await open();
      await expect(
        runtime.load(makeImage({ Cmd: ["/bin/server"] }, [server, layerOf(...hostile)])),
      ).rejects.toMatchObject({ code: expect.stringMatching(/^(?:GATE_FAILED|COMMAND_FAILED)$/) as unknown });
      expect(readFileSync(secret, "utf8")).toBe("mallory:x:4242:4242::/:\n");
      expect(statSync(secret).nlink).toBe(before.nlink);
      expectNothingLeft();
    },
    60_000,
  );

  it("reads users within the image, and opens no device of it", async () => {
    const links = layerOf(
      { name: "etc/", flag: "5", mode: 0o755 },
      { name: "etc/passwd", flag: "2", linkName: secret },
    );
    const runtime = await open();
    const loaded = await runtime.load(makeImage({ Cmd: ["/bin/server"], User: "mallory" }, [server, links]));
    expect(await runtime.start(loaded.id, OPTIONS)).toMatchObject({ state: "failed" });
    await loaded.remove();
    const { rdev } = statSync("/dev/kmsg");
    const patch = (header: Buffer) => {
      header.write(`${(rdev >> 8).toString(8).padStart(7, "0")}\0`, 329, "latin1");
      header.write(`${(rdev & 0xff).toString(8).padStart(7, "0")}\0`, 337, "latin1");
    };
    const device = layerOf({ name: "kmsg", flag: "3", mode: 0o666, patch });
    const { log } = await runScript("[[ -c /kmsg ]] && echo there; echo x > /kmsg", { layers: [device] });
    expect(log).toMatch(/^there\n.*(?:Operation not permitted|Permission denied)$/);
    expectNothingLeft();
  }, 60_000);

  it.each([
    ["whose bytes have another digest", (layer: Blob) => ({ ...layer, digest: digestOf(Buffer.from("x")) })],
    ["whose tar has another diff ID", (layer: Blob) => layer],
  ])(
    "rejects a layer %s",
    async (what, change) => {
      const layer = change(server);
      const diffIds = what.includes("diff ID") ? [digestOf(Buffer.from("x"))] : [server.digest];
      const runtime = await open();
      await expect(runtime.load(makeImage({ Cmd: ["/bin/server"] }, [layer], diffIds))).rejects.toMatchObject(
        {
          code: "GATE_MISMATCH",
        },
      );
      expectNothingLeft();
    },
    60_000,
  );

  it("removes what a run left that was cancelled or killed", async () => {
    const openRun = () => {
      const end = new AbortController();
      const command = createRunCommand(end.signal, ledger);
      return { end, effects: { run: command, runAsRoot: command, clock: createRunClock(end.signal) } };
    };
    const [cancelled, killed] = [openRun(), openRun()];
    const image = makeImage({ Cmd: ["/bin/server"] }, [server]);
    const { container } = await start(image, { ports: [8080] }, cancelled.effects);
    cancelled.end.abort();
    await expect(container.remove()).rejects.toMatchObject({ code: "CANCELLED" });
    // A run that is killed removes nothing either.
    await start(image, { ports: [8080] }, killed.effects);
    expect(mounts()).not.toEqual([]);
    await removeOciContainers(run, runFolder);
    // The ledger of a run has its relay.
    killed.end.abort();
    expect(mounts()).toEqual([]);
    expect(existsSync(join(runFolder, "oci"))).toBe(false);
    const servers = () =>
      execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }).match(/^\/bin\/server$/gm);
    expect(servers()).toBeNull();
  }, 60_000);
});

it("the relay reaches a server on all addresses, and not one on 127.0.0.1 alone", async () => {
  const servers = ["0.0.0.0", "127.0.0.1"].map((host) =>
    createServer((_, response) => response.end(host)).listen(0, host),
  );
  await Promise.all(servers.map((each) => once(each, "listening")));
  const [open = 0, hidden = 0] = servers.map((each) => (each.address() as AddressInfo).port);
  const cwd = makeTemporaryFolder("relay");
  const [node = "", ...args] = createEngineEffects({ run, nonce: "0", runFolder: folder }).program;
  const relay = spawn(node, [...args, RELAY_ARGUMENT, String(open), String(hidden)], { cwd });
  try {
    await once(relay.stdout, "data");
    expect(await askSocket({ path: join(cwd, nameSocket(open)) })).toBe("0.0.0.0");
    const closed = once(connect({ path: join(cwd, nameSocket(hidden)) }).resume(), "close");
    await closed;
  } finally {
    relay.kill();
    for (const each of servers) each.close();
  }
}, 20_000);

it("an OCI runtime is not used without root", async () => {
  const effects = createEngineEffects({
    run,
    nonce: "abcdefabcdef",
    runFolder: folder,
    canBecomeRoot: false,
  });
  await expect(findOciRuntime("runc", effects)).rejects.toMatchObject({
    code: "GATE_NO_RUNTIME",
    message: "runc needs root here, or sudo without a password",
  });
}, 20_000);
