import { ActionError } from "../errors/action-error.js";
import type { Clock } from "../platform/clock.js";
import { sanitizeText } from "../platform/log.js";
import { ask, connect } from "../ssh/connection.js";
import type { ApiAccess } from "./api.js";
import { openPodConnection } from "./port-forward.js";
import type { PoolAccess } from "./provision.js";

const SSH_PORT = 2222;
const CONNECT_MS = 20_000;
const BUILD_MS = 120_000;
/** The kubelet brings a changed Secret into a running pod within a minute or two. */
const RETRY_FOR_MS = 150_000;
const RETRY_AFTER_MS = 2_000;
/** What may only be late: keys and rights that were just written. */
const LATE = new Set(["BUILDER_DENIED", "BUILDER_HOST_KEY", "BUILDER_UNREACHABLE"]);

export interface TryOptions {
  /** The API server, with the token of jobs. */
  readonly api: ApiAccess;
  readonly namespace: string;
  readonly pod: string;
  readonly access: PoolAccess;
  /** Makes the derivation differ from that of every other run. */
  readonly nonce: string;
}

/**
 * Builds something on a pod, as a job does: by a forwarded port, with the key of jobs, and only if the pod
 * presents a host key of the pool. Rejects with `BUILDER_HOST_KEY`, `BUILDER_DENIED` and
 * `BUILDER_UNREACHABLE`, or with `BUILDER_UNFIT` if the build fails.
 */
export async function tryPod(options: TryOptions, clock: Clock): Promise<void> {
  const deadline = clock.nowMs() + RETRY_FOR_MS;
  for (;;) {
    try {
      await buildOnPod(options, clock);
      return;
    } catch (error) {
      const isLate = error instanceof ActionError && LATE.has(error.code);
      if (!isLate || clock.nowMs() >= deadline) throw error;
    }
    await clock.sleep(RETRY_AFTER_MS);
  }
}

async function buildOnPod({ api, namespace, pod, access, nonce }: TryOptions, clock: Clock): Promise<void> {
  const name = `provision-${nonce}`;
  const expression =
    `derivation { name = "${name}"; system = builtins.currentSystem; builder = "/bin/sh"; ` +
    'args = [ "-c" "echo > $out" ]; allowSubstitutes = false; }';
  const connection = await connect(
    {
      host: pod,
      port: SSH_PORT,
      username: "nix",
      hostKeys: access.hostKeys,
      revokedKeys: [],
      identity: { kind: "key", privateKey: access.privateKey },
    },
    {
      timeoutMs: CONNECT_MS,
      onHostKey: () => undefined,
      socket: await openPodConnection(api, { namespace, pod, port: SSH_PORT }, CONNECT_MS),
    },
    clock,
  );
  try {
    const { stdout, stderr } = await ask(
      connection,
      {
        command: `nix-build --no-out-link --expr '${expression}'`,
        input: Buffer.alloc(0),
        isComplete: (bytes) => bytes.includes("\n"),
        timeoutMs: BUILD_MS,
      },
      clock,
    );
    if (stdout.toString("utf8").trim().endsWith(`-${name}`)) return;
    const said = sanitizeText(stderr).trim().split("\n").slice(-5).join(" | ");
    throw new ActionError("BUILDER_UNFIT", `the pod ${namespace}/${pod} cannot build: ${said}`, {
      hint: `See what it says: kubectl logs ${pod} --namespace ${namespace}`,
    });
  } finally {
    connection.close();
  }
}
