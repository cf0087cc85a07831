import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "@jest/globals";

import type { Checkout, WorkflowEvent } from "../src/model/event.js";
import { verifyCheckout } from "../src/pipeline/trusted-checkout.js";
import { createRunCommand } from "../src/platform/command.js";
import { makeTemporaryFolder } from "./runner.js";
import { createFakeRun } from "./unit/pipeline/fake-run.js";

const run = createRunCommand(new AbortController().signal, {
  started: () => undefined,
  ended: () => undefined,
});

export type Git = (...args: readonly string[]) => string;

export const gitIn =
  (cwd: string): Git =>
  (...args) => {
    const options = ["user.name=test", "user.email=test@example.org", "protocol.file.allow=always"];
    return execFileSync("git", [...options.flatMap((option) => ["-c", option]), ...args], {
      cwd,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  };

/** A clone of a repository with an app in a subfolder, as actions/checkout makes it. */
export function checkOut(prepare: (git: Git, folder: string) => void = () => undefined) {
  const origin = makeTemporaryFolder("origin");
  const git = gitIn(origin);
  git("init", "--quiet", "--initial-branch=main");
  mkdirSync(join(origin, "app"));
  writeFileSync(join(origin, "app/flake.nix"), "{ outputs = _: { }; }\n");
  writeFileSync(join(origin, ".gitignore"), "result\n");
  prepare(git, origin);
  git("add", ".");
  git("commit", "--quiet", "--message", "base");
  const top = join(makeTemporaryFolder("checkout"), "workspace");
  git("clone", "--quiet", origin, top);
  return { top, app: join(top, "app"), git: gitIn(top), base: git("rev-parse", "HEAD") };
}

export interface Wanted {
  readonly base: string;
  readonly app: string;
  readonly event?: Partial<WorkflowEvent>;
  readonly flake?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Verifies a checkout on an event that is decided by it. Resolves to the result. */
export async function verify({ base, app, event, flake = ".", environment = {} }: Wanted): Promise<Checkout> {
  const given = createFakeRun({
    run,
    runFolder: makeTemporaryFolder("run"),
    environment: { ...process.env, ...environment },
  }).context;
  const context = { ...given, event: { ...given.event, name: "issue_comment", commit: base, ...event } };
  const use = { workingDirectory: app, installables: [{ flake, name: "image" }] };
  return (await verifyCheckout(use, context)).event.checkout;
}

export const foreign = (reason: RegExp) => ({
  state: "foreign",
  reason: expect.stringMatching(reason) as unknown,
});
