import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import {
  createWorkflowRuns,
  makeRepository,
  type WorkflowOptions,
  type WorkflowRuns,
  writeProgram,
} from "../act.js";
import { COMMON } from "../job.js";
import { fillTemplates } from "../templates.js";
import { readTagHeaders } from "../registry-tag.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { type Builder, startBinfmt, startBuilder, startRegistry } from "../testbed.js";

const machine = makeTemporaryFolder("workflows");
let registry: Awaited<ReturnType<typeof startRegistry>>;
let builder: Builder;
let runs: WorkflowRuns;
let repository: string;

const image = () => `${registry.host}/team/hello`;

const readTag = async (tag: string, name = "team/hello") =>
  (await readTagHeaders(registry, name, tag)).get("docker-content-digest");
const readMediaType = async (tag: string) =>
  (await readTagHeaders(registry, "team/hello", tag)).get("content-type");

const run = (about: string, expected: "success" | "failure", options: WorkflowOptions) =>
  runs.run(repository, about, expected, options);

const push = (runId: number, attempt = 1) => ({
  event: "push",
  payload: { ref: "refs/heads/main", repository: { full_name: "team/hello", default_branch: "main" } },
  secrets: { REGISTRY_PASSWORD: registry.password },
  env: {
    GITHUB_RUN_ID: String(runId),
    GITHUB_RUN_ATTEMPT: String(attempt),
    GITHUB_RUN_NUMBER: String(runId),
  },
});
const pullRequest = (head: string) => ({
  event: "pull_request",
  payload: {
    repository: { full_name: "team/hello" },
    pull_request: { number: 1, head: { ref: "change", repo: { full_name: head } }, base: { ref: "main" } },
  },
});

beforeAll(async () => {
  registry = await startRegistry(join(machine, "registry"));
  builder = await startBuilder(join(machine, "builder"));
  const ready = await createRunner(machine).runStep({ action: "setup", inputs: COMMON });
  if (ready.exitCode !== 0) throw new Error(ready.log);
  appendFileSync(join(machine, "etc-nix/nix.conf"), `\n${COMMON["extra-conf"]}\n`);
  runs = createWorkflowRuns(machine);
  repository = makeRepository(fillTemplates({ registry, builder, cache: `file://${machine}/cache` }));
}, 300_000);
afterAll(async () => {
  runs.print();
  await registry.stop();
  await builder.stop();
  removeTemporaryFolders();
});

describe("the release", () => {
  it("builds, tests and promotes what is pushed to main", async () => {
    const { jobs, log } = await run("push to main", "success", { workflow: "release.yml", ...push(100) });
    expect(jobs).toMatchObject({ Build: "succeeded", Promote: "succeeded", Success: "succeeded" });
    expect(log).toContain("smoke test: answers passed");
    expect(log).toMatch(/Success.*x86_64-linux, ✅ promoted, .*, ✅ passed/);
    const digest = await readTag("latest");
    expect(digest).toMatch(/^sha256:/);
    const signed = log.indexOf(`asked to attest ${image()}@${digest ?? ""}`);
    expect(signed).toBeGreaterThan(0);
    expect(log.indexOf("tag latest created")).toBeGreaterThan(signed);
  }, 240_000);

  it("signs an image that gets no tag", async () => {
    const before = await readTag("latest");
    const { jobs, log } = await run("push, no tags", "success", { workflow: "untagged.yml", ...push(106) });
    expect(jobs).toMatchObject({ Promote: "succeeded", Success: "succeeded" });
    expect(log).toMatch(/asked to attest \S+@sha256:/);
    expect(await readTag("latest")).toBe(before);
  }, 240_000);

  it("pushes to a cloud's registry with an OIDC identity, and stores no password", async () => {
    const identity = createServer(({ url, headers: { authorization } }, response) => {
      const isAsked =
        url === "/token?version=2&audience=sts.amazonaws.com" && authorization === "bearer a-request";
      response.writeHead(isAsked ? 200 : 403).end(JSON.stringify({ value: "an-identity" }));
    });
    await once(identity.listen(0, "127.0.0.1"), "listening");
    // A stand-in for Amazon's client: it prints the registry's password if the role and the token are right.
    writeProgram(
      machine,
      "aws",
      '[ "$*" = "ecr get-login-password" ] && [ "$(cat "$AWS_WEB_IDENTITY_TOKEN_FILE")" = an-identity ]',
      '[ "$AWS_ROLE_ARN $AWS_REGION" = "arn:aws:iam::123456789012:role/push-images eu-central-1" ]',
      `echo "${registry.password}"`,
    );
    const { port } = identity.address() as AddressInfo;
    const { env, ...event } = push(107);
    const options = {
      ...event,
      secrets: {},
      env: {
        ...env,
        PATH: `${machine}/bin:${process.env["PATH"] ?? ""}`,
        ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/token?version=2`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: "a-request",
      },
    };
    const { log } = await run("push, by OIDC", "success", { workflow: "release-ecr.yml", ...options });
    identity.close();
    expect(log).toContain("smoke test: answers passed");
    expect(await readTag("latest", "team/ecr")).toMatch(/^sha256:/);
    expect(log).toContain(`Removing login credentials for ${registry.host}`);
  }, 240_000);

  it("builds and sends nothing again when its failed jobs are re-run", async () => {
    const before = await readTag("latest");
    const { log } = await run("push, run again", "success", { workflow: "release.yml", ...push(100, 2) });
    expect(log).toContain("0 layers sent");
    expect(log).toContain("0 derivations built");
    expect(await readTag("latest")).toBe(before);
  }, 240_000);

  it("moves no tag to an image that fails its smoke test, and fails its last job", async () => {
    const before = await readTag("latest");
    const { jobs } = await run("push of a broken image", "failure", { workflow: "broken.yml", ...push(101) });
    expect(jobs).toMatchObject({ Success: "failed" });
    expect(jobs["Promote"]).not.toBe("succeeded");
    expect(await readTag("latest")).toBe(before);
  }, 240_000);

  it("does not move a tag back if an older run finishes last", async () => {
    const before = await readTag("latest");
    const { log } = await run("push, an older run", "failure", { workflow: "release.yml", ...push(99) });
    expect(log).toContain("PROMOTION_SUPERSEDED");
    expect(await readTag("latest")).toBe(before);
  }, 240_000);

  it("refuses tags without a smoke test before it builds anything, and fails its last job", async () => {
    const before = await readTag("latest");
    const untested = { workflow: "untested.yml", ...push(103) };
    const { jobs, log } = await run("push, no smoke test", "failure", untested);
    expect(jobs).toMatchObject({ Build: "failed", Success: "failed" });
    expect(jobs["Promote"]).not.toBe("succeeded");
    expect(log).toContain("set the input smoke-test, or remove tags");
    expect(log).not.toMatch(/building |pushed 127/);
    expect(await readTag("latest")).toBe(before);
  }, 240_000);

  it("moves no tag to an image index if the gate of one system refuses", async () => {
    const before = await readTag("latest");
    const { jobs, log } = await run("push, a foreign gate", "failure", {
      workflow: "index.yml",
      ...push(104),
    });
    expect(log).toContain("GATE_EMULATED");
    expect(jobs).toMatchObject({ Build: "succeeded", Success: "failed" });
    expect(jobs["Promote"]).toBeUndefined();
    expect(await readTag("latest")).toBe(before);
  }, 240_000);

  it("promotes an image index once the gates of both systems have passed", async () => {
    const binfmt = await startBinfmt("aarch64");
    try {
      const workflow = { workflow: "index-emulated.yml", ...push(105) };
      const { log } = await run("push, two systems", "success", workflow);
      expect(log).toMatch(/Gate for x86_64-linux.*answers passed/);
      expect(log).toMatch(/Gate for aarch64-linux.*answers passed/);
      const digest = (await readTag("latest")) ?? "";
      expect(log).toContain(`asked to attest ${image()}@${digest}`);
      expect(await readMediaType("latest")).toBe("application/vnd.oci.image.index.v1+json");
    } finally {
      await binfmt.stop();
    }
  }, 240_000);

  it("releases each service of a repository separately", async () => {
    await run("push to main", "success", { workflow: "monorepo.yml", ...push(102) });
    for (const service of ["api", "web"])
      expect(await readTag("latest", `team/hello/${service}`)).toMatch(/^sha256:/);
  }, 240_000);
});

describe("the check of a pull request", () => {
  it("builds and tests it, and pushes nothing", async () => {
    const { jobs, log } = await run("pull_request", "success", {
      workflow: "pr-check.yml",
      ...pullRequest("team/hello"),
    });
    expect(jobs).toMatchObject({ Success: "succeeded" });
    expect(log).toMatch(/Success.*x86_64-linux, ✅ tested, /);
    expect(log).toContain("smoke test: answers passed");
    expect(log).not.toMatch(/pushed 127|tag .* moved/);
  }, 240_000);

  it("does the same in a merge queue", async () => {
    const payload = {
      repository: { full_name: "team/hello" },
      merge_group: { head_ref: "refs/heads/gh-readonly-queue/main/pr-1" },
    };
    const { log } = await run("merge_group", "success", {
      workflow: "pr-check.yml",
      event: "merge_group",
      payload,
    });
    expect(log).toContain("smoke test: answers passed");
    expect(log).not.toMatch(/pushed 127|tag .* moved/);
  }, 240_000);

  it("leaves out the builders if a fork gets no key for them", async () => {
    const { log } = await run("pull_request of a fork", "success", {
      workflow: "pr-pool.yml",
      ...pullRequest("stranger/hello"),
      variables: { BUILDER_HOST_KEYS: builder.knownHosts },
    });
    expect(log).toContain("builders without a key are left out");
  }, 240_000);

  it("uses the builders if it gets their key", async () => {
    const { log } = await run("pull_request with a key", "success", {
      workflow: "pr-pool.yml",
      ...pullRequest("team/hello"),
      secrets: { BUILDER_KEY: builder.key },
      variables: { BUILDER_HOST_KEYS: builder.knownHosts },
    });
    expect(log).toMatch(/builder 127\.0\.0\.1 is ready|builder degraded: 127\.0\.0\.1: /);
    for (const line of builder.key.split("\n").slice(1, 4)) expect(log).not.toContain(line);
  }, 240_000);
});

describe("the warm-up of the cache", () => {
  it("fills the cache for every system, and the next run finds everything in it", async () => {
    const options = { workflow: "cache-warmup.yml", event: "schedule" };
    const { log } = await run("schedule", "success", options);
    expect(log).toMatch(/[0-9]+ paths? pushed, 0 already present/);
    const again = await run("schedule, again", "success", options);
    expect(again.log).toMatch(/ 0 paths pushed/);
  }, 240_000);
});

describe("the health of builders", () => {
  const gh = () => join(machine, "gh-calls");
  const health = (builders: string) => ({
    workflow: "builder-health.yml",
    event: "schedule",
    secrets: { BUILDER_KEY: builder.key },
    variables: { BUILDERS: builders, BUILDER_HOST_KEYS: builder.knownHosts },
    env: { PATH: `${machine}/bin:${process.env["PATH"] ?? ""}` },
  });
  beforeAll(() => {
    // A stand-in for GitHub's client: it records its calls, and finds the issue that it was asked to create.
    writeProgram(
      machine,
      "gh",
      `case "$*" in "issue list"*) [ ! -e ${gh()}.open ] || echo 7; exit;; esac`,
      `echo "$*" >> ${gh()}`,
      `case "$*" in "issue create"*) touch ${gh()}.open;; "issue close"*) rm ${gh()}.open;; esac`,
    );
  });

  it("keeps one issue open while a builder is down, and closes it when all checks pass", async () => {
    const ill = builder.line.replace(/:[0-9]+ /, ":1 ");
    await run("schedule, a builder is down", "success", health(ill));
    await run("schedule, it is still down", "success", health(ill));
    await run("schedule, all is well", "success", health(builder.line));
    const calls = readFileSync(gh(), "utf8")
      .trim()
      .split("\n")
      .map((call) => call.split(" ").slice(0, 2).join(" "));
    expect(calls).toEqual(["issue create", "issue edit", "issue close"]);
  }, 240_000);

  it("fails if open-issue is false", async () => {
    const ill = health(builder.line.replace(/:[0-9]+ /, ":1 "));
    const { log } = await run("schedule, a builder is down", "failure", {
      ...ill,
      workflow: "health-fails.yml",
    });
    expect(log).toMatch(/builder .*127\.0\.0\.1:1/);
  }, 240_000);
});

describe("a run that is cancelled", () => {
  it("leaves no key, no container and no process, and does not move the tags", async () => {
    const before = await readTag("latest");
    const options = {
      workflow: "slow.yml",
      ...push(103),
      variables: { BUILDER_HOST_KEYS: builder.knownHosts },
    };
    const secrets = { ...options.secrets, BUILDER_KEY: builder.key };
    const started = runs.start(repository, { ...options, secrets });
    while (started.child.exitCode === null && !started.readLog().includes("building slow")) await sleep(50);
    started.child.kill("SIGINT");
    const { exitCode } = await started.result;
    runs.note(["slow.yml", "push, cancelled", "failure", exitCode === 0 ? "success" : "failure"]);
    expect(exitCode).not.toBe(0);
    expect(await readTag("latest")).toBe(before);
    const [line = ""] = builder.key.split("\n").slice(2, 3);
    const grep = ["-rlF", "--exclude=secrets", line, started.folder, machine];
    const hasKey = () =>
      spawnSync("grep", grep, { encoding: "utf8" })
        .stdout.split("\n")
        .filter((file) => !file.startsWith(builder.folder));
    expect(hasKey().filter((file) => file !== "")).toEqual([]);
    const isAlive = () => execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }).includes(started.folder);
    for (let i = 0; i < 50 && isAlive(); i++) await sleep(100);
    expect(isAlive()).toBe(false);
    const containers = ["ps", "--all", "--quiet", "--filter", "label=io.github.fluo.cross-build.run"];
    expect(execFileSync("docker", containers, { encoding: "utf8" })).toBe("");
    const configurations = join(machine, "ssh_config.d");
    const left = existsSync(configurations) ? readdirSync(configurations) : [];
    expect(left.filter((name) => name.includes("cross-build"))).toEqual([]);
  }, 240_000);
});

describe("two concurrent runs on one branch", () => {
  it("leave the tag at the newer run's image", async () => {
    // Two commits, so that the tag shows which run's image it points to.
    const next = makeRepository(
      fillTemplates({ registry, builder, cache: `file://${machine}/cache` }),
      "1.0.2",
    );
    const [older, newer] = await Promise.all([
      runs.start(repository, { workflow: "release.yml", ...push(200) }).result,
      runs.start(next, { workflow: "release.yml", ...push(201) }).result,
    ]);
    runs.note(["release.yml", "push, two at once", "success", newer.exitCode === 0 ? "success" : "failure"]);
    if (newer.exitCode !== 0) throw new Error(newer.log);
    expect([older.exitCode === 0, older.log.includes("PROMOTION_SUPERSEDED")]).toContain(true);
    const pushed = ({ log }: { readonly log: string }) => /pushed \S+@(sha256:[0-9a-f]{64})/.exec(log)?.[1];
    expect(pushed(newer)).not.toBe(pushed(older));
    expect(await readTag("latest")).toBe(pushed(newer));
  }, 240_000);
});
