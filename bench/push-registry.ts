import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import { readDiffId } from "../src/image/layer.js";
import { startRelay } from "../test/tcp-relay.js";
import { type Service, startRegistry } from "../test/testbed.js";

export const REPOSITORY = "team/app";
const MANIFEST_TYPES = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
];
const DESCRIPTOR = z.object({ mediaType: z.string(), digest: z.string() });
const MANIFEST = z.object({ config: DESCRIPTOR, layers: z.array(DESCRIPTOR) });
const CONFIG = z.object({ rootfs: z.object({ diff_ids: z.array(z.string()) }) });

/** How a registry is reached, and how many bytes that took so far, in both directions. */
export interface Route {
  readonly host: string;
  readonly countBytes: () => number;
}

/** A registry in memory whose content can be put back to an earlier state. */
export interface PushRegistry extends Service {
  readonly username: string;
  readonly password: string;
  readonly direct: Route;
  readonly far: Route;
  /** Restores what `save` saved under a name, or nothing at all. */
  readonly restore: (state: string | undefined) => void;
  readonly save: (state: string) => void;
  /**
   * Throws unless a tag or digest is an image with these layers, whose content the registry has. `diffIds`
   * are the digests of the uncompressed layers, lowest first.
   */
  readonly verify: (reference: string, diffIds: readonly string[]) => Promise<void>;
}

/** The line of the far route: round-trip time and bandwidth. */
export const WAN = { roundTripMs: 30, bytesPerSecond: 125e6 };

/** To be called in a box, whose loopback interface nothing else uses. */
export async function startPushRegistry(folder: string): Promise<PushRegistry> {
  mkdirSync(folder);
  // The registry's own disk must not limit any subject.
  execFileSync("mount", ["-t", "tmpfs", "tmpfs", folder]);
  const running = join(folder, "running");
  const registry = await startRegistry(running);
  const storage = join(running, "storage");
  const port = Number(registry.host.split(":")[1]);
  const relay = await startRelay(port, WAN.roundTripMs / 2, WAN.bytesPerSecond);
  const { username, password } = registry;
  const auth = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  const get = async (path: string, method = "GET") => {
    const headers = { authorization: auth, accept: MANIFEST_TYPES.join(", ") };
    const answer = await fetch(`http://${registry.host}/v2/${REPOSITORY}/${path}`, { method, headers });
    if (!answer.ok) throw new Error(`the registry answers ${answer.status} to ${method} ${path}`);
    return answer;
  };
  /** The content of blobs that were read back once, as a digest of the uncompressed bytes. */
  const contents = new Map<string, string>();
  const readContent = async (digest: string, mediaType: string) => {
    await get(`blobs/${digest}`, "HEAD");
    const hex = digest.replace("sha256:", "");
    const file = join(storage, "docker/registry/v2/blobs/sha256", hex.slice(0, 2), hex, "data");
    const content =
      contents.get(digest) ?? (await readDiffId(file, mediaType.endsWith("zstd") ? "zstd" : "gzip"));
    contents.set(digest, content);
    return content;
  };
  return {
    username,
    password,
    direct: { host: registry.host, countBytes: countLoopbackBytes },
    far: { host: `127.0.0.1:${relay.port}`, countBytes: relay.countBytes },
    restore: (state) => {
      rmSync(storage, { recursive: true, force: true });
      if (state !== undefined) cpSync(join(folder, "states", state), storage, { recursive: true });
    },
    save: (state) => {
      cpSync(storage, join(folder, "states", state), { recursive: true });
    },
    verify: async (reference, diffIds) => {
      const manifest = MANIFEST.parse(await (await get(`manifests/${reference}`)).json());
      const config = CONFIG.parse(await (await get(`blobs/${manifest.config.digest}`)).json());
      requireEqual("the config", config.rootfs.diff_ids, diffIds);
      const found: string[] = [];
      for (const { digest, mediaType } of manifest.layers) found.push(await readContent(digest, mediaType));
      requireEqual("the layers", found, diffIds);
    },
    stop: async () => {
      await relay.stop();
      await registry.stop();
      execFileSync("umount", ["--lazy", folder]);
    },
  };
}

function requireEqual(what: string, found: readonly string[], expected: readonly string[]): void {
  if (found.length === expected.length && found.every((item, index) => item === expected[index])) return;
  throw new Error(`${what} of the pushed image: ${found.length} layers, which are not those of the archive`);
}

/** What the loopback interface has sent. @see proc_pid_net(5) */
function countLoopbackBytes(): number {
  const [, numbers = ""] = /^ *lo:(.*)$/m.exec(readFileSync("/proc/net/dev", "utf8")) ?? [];
  return Number(numbers.trim().split(/\s+/)[8]);
}
