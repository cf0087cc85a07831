import { readFile } from "node:fs/promises";
import { pipeline } from "node:stream/promises";

import { renderError } from "../errors/action-error.js";
import { PROXY_ARGUMENT } from "../model/own-processes.js";
import { renderShellCommand } from "../model/shell.js";
import { writeFileAtomically } from "../platform/files.js";
import type { ApiAccess } from "./api.js";
import { openPodConnection, type PodAddress } from "./port-forward.js";

const LIMIT_MS = 30_000;

/** What the proxy command knows of the run. The file is for its owner and root only, since it has a token. */
interface ProxyFile {
  readonly access: ApiAccess;
  /** By the alias that ssh calls a pod. */
  readonly pods: Readonly<Record<string, PodAddress>>;
}

/** Writes the file that the proxy command reads for each connection. */
export function writeProxyFile(file: string, content: ProxyFile): Promise<void> {
  return writeFileAtomically(file, JSON.stringify(content), 0o600);
}

/** The value of ssh's `ProxyCommand`: nothing secret is in it, since every user sees the arguments. */
export function renderProxyCommand(program: readonly string[], file: string): string {
  // ssh itself puts `exec` before it.
  const words = renderShellCommand([...program, PROXY_ARGUMENT, file]).replaceAll("%", "%%");
  return `${words} %n`;
}

/**
 * Connects stdin and stdout to a pod until one of them ends. ssh shows what this prints to stderr. Never
 * rejects: it sets the exit code.
 */
export async function runProxyCommand([file = "", alias = ""]: readonly string[]): Promise<void> {
  try {
    const { access, pods } = JSON.parse(await readFile(file, "utf8")) as ProxyFile;
    const address = pods[alias];
    if (address === undefined) throw new Error(`the pool has no pod ${alias}`);
    const stream = await openPodConnection(access, address, LIMIT_MS);
    await pipeline(process.stdin, stream, process.stdout);
  } catch (error) {
    process.stderr.write(`cross-build: ${renderError(error)}\n`);
    process.exitCode = 1;
  } finally {
    process.stdin.destroy();
  }
}
