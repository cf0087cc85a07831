import { execFileSync } from "node:child_process";

import type { StepResult } from "./runner.js";

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Runs `nix` as a user calls it in a later step of the same job, with only the environment that the setup
 * step left. Returns its output.
 */
export function runNix(
  step: StepResult,
  { machine, isUnprivileged }: { readonly machine: string; readonly isUnprivileged: boolean },
  ...args: readonly string[]
): string {
  const user = isUnprivileged ? ["--unprivileged"] : [];
  return execFileSync("script/testbed/isolated", [...user, machine, "nix", ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: { HOME: "/tmp", ...step.environment, PATH: [...step.path, PATH].join(":") },
  });
}
