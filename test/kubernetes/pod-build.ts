import { execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { makeTemporaryFolder } from "../runner.js";

/** Builds on a pod, through a forwarded port, with a private key. Prints the path of the output. */
export async function buildOnPod(
  namespace: string,
  pod: string,
  privateKey: string,
  script: string,
): Promise<{ readonly status: number; readonly stdout: string; readonly stderr: string }> {
  const forwardArgs = ["kubectl", "--namespace", namespace, "port-forward", `pod/${pod}`, ":2222"];
  const forward = spawn(".testbed/kubernetes/kube", forwardArgs, { stdio: ["ignore", "pipe", "inherit"] });
  const [said] = (await once(forward.stdout, "data")) as [Buffer];
  const port = /127\.0\.0\.1:(\d+)/.exec(said.toString())?.[1] ?? "";
  const key = join(makeTemporaryFolder("key"), "key");
  writeFileSync(key, privateKey, { mode: 0o600 });
  const derivation = `derivation { name = "slow"; system = "x86_64-linux"; builder = "/bin/sh"; PATH = "/bin";
    salt = "${randomUUID()}"; args = [ "-euc" "${script}" ]; }`;
  const command = `nix-build --no-out-link --option substituters "" --expr '${derivation}'`;
  // Whether the host key is the right one is tested by the command itself.
  const settings = ["BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null"];
  const options = [...settings, "LogLevel=ERROR"].flatMap((setting) => ["-o", setting]);
  try {
    return await new Promise((resolve) => {
      const args = ["-F", "none", "-i", key, "-p", port, ...options, "nix@127.0.0.1", command];
      execFile("ssh", args, (error, stdout, stderr) => {
        resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr });
      });
    });
  } finally {
    forward.kill("SIGKILL");
  }
}
