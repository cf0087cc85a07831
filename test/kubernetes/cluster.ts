import { execFileSync } from "node:child_process";
import { resolve } from "node:path";

const PROGRAMS = resolve(".testbed/kubernetes");

interface Options {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs kubectl as the administrator of the suite's cluster. Returns its output; throws with its error. */
export function kubectl(args: readonly string[], options: Options = {}): string {
  return run("kube", ["kubectl", ...args], options);
}

/** Runs Helm as the administrator of the suite's cluster. */
export function helm(args: readonly string[], options: Options = {}): string {
  return run("helm", args, options);
}

function run(program: string, args: readonly string[], { input = "", env = {} }: Options): string {
  return execFileSync(`${PROGRAMS}/${program}`, args, {
    encoding: "utf8",
    input,
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "pipe"],
    maxBuffer: 64 * 2 ** 20,
  });
}

/** Makes a namespace whose pods have to meet a Pod Security level. */
export function createNamespace(name: string, level: "restricted" | "privileged"): void {
  const labels = { "pod-security.kubernetes.io/enforce": level };
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
  kubectl(["apply", "-f", "-"], { input: JSON.stringify(namespace) });
}
