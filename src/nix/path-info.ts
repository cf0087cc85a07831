import * as z from "zod";

import type { StorePath } from "../model/store-path.js";
import type { RunNix } from "./command.js";

/** What the store knows about a path. */
export interface PathInfo {
  /** The SHA-256 hash of its serialization, as Nix prints it. */
  readonly narHash: string;
  /** The size of its serialization. */
  readonly narBytes: number;
}

const LIMIT_MS = 60_000;
/** Far below the limit for arguments. */
const PATHS_AT_ONCE = 1000;

const INFO = z.looseObject({ narHash: z.string(), narSize: z.number() });
/** An object since Nix 2.19. Paths that are not in the store are null. */
const INFOS = z.union([
  z.array(INFO.extend({ path: z.string() })),
  z.record(z.string(), z.union([INFO, z.null()])),
]);

/** Reads what this machine's store knows about these paths. Rejects with the codes of RunCommand. */
export async function readPathInfos(
  runNix: RunNix,
  paths: readonly StorePath[],
  cwd: string,
): Promise<ReadonlyMap<string, PathInfo>> {
  const infos = new Map<string, PathInfo>();
  const left = [...new Set(paths)];
  while (left.length > 0) {
    const args = ["path-info", "--json", ...left.splice(0, PATHS_AT_ONCE)];
    const output: Buffer[] = [];
    await runNix(args, { cwd, timeoutMs: LIMIT_MS, onStdoutBytes: (bytes) => output.push(bytes) });
    for (const [path, info] of parsePathInfos(Buffer.concat(output).toString())) infos.set(path, info);
  }
  return infos;
}

/** Reads the JSON of `nix path-info`. Throws for anything else. */
export function parsePathInfos(json: string): ReadonlyMap<string, PathInfo> {
  const parsed = INFOS.parse(JSON.parse(json));
  const entries = Array.isArray(parsed)
    ? parsed.map((info) => [info.path, info] as const)
    : Object.entries(parsed);
  return new Map(
    entries.flatMap(([path, info]) =>
      info === null ? [] : [[path, { narHash: info.narHash, narBytes: info.narSize }] as const],
    ),
  );
}
