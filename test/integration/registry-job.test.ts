import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { COMMON, FIXTURE, readReport, SMOKE_TEST } from "../job.js";
import { readTagHeaders } from "../registry-tag.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { type Service, startRegistry } from "../testbed.js";

afterAll(() => {
  removeTemporaryFolders();
});

describe("a registry with basic authentication", () => {
  const machine = makeTemporaryFolder("registry");
  let registry: Service & { readonly host: string; readonly username: string; readonly password: string };
  beforeAll(async () => {
    registry = await startRegistry(join(machine, "registry"));
  }, 60_000);
  afterAll(async () => {
    await registry.stop();
  });

  const inputs = () => ({
    ...COMMON,
    ...SMOKE_TEST,
    installables: `path:${FIXTURE}#image`,
    image: `${registry.host}/team/hello`,
    tags: "latest",
    "registry-username": registry.username,
    "registry-password": registry.password,
  });

  const readTag = async (tag: string) =>
    (await readTagHeaders(registry, "team/hello", tag)).get("docker-content-digest");

  it("gets the image by digest and then the tag, which a broken image does not move", async () => {
    const good = await createRunner(machine).runStep({ inputs: inputs() });
    if (good.exitCode !== 0) throw new Error(good.log);
    expect(await readTag("latest")).toBe(good.outputs["digest"]);
    expect(readReport(good).layers.every(({ state }) => state === "sent")).toBe(true);

    const again = await createRunner(machine).runStep({ inputs: inputs() });
    expect(readReport(again).layers.every(({ state }) => state === "recorded")).toBe(true);

    const broken = await createRunner(machine).runStep({
      inputs: { ...inputs(), installables: `path:${FIXTURE}#broken` },
    });
    expect(broken).toMatchObject({ exitCode: 1, outputs: { "error-code": "GATE_FAILED" } });
    expect(await readTag("latest")).toBe(good.outputs["digest"]);
  }, 360_000);

  it("accepts docker login's credentials, and gets the candidate tag before the smoke test", async () => {
    const auth = Buffer.from(`${registry.username}:${registry.password}`).toString("base64");
    const folder = makeTemporaryFolder("docker-config");
    writeFileSync(join(folder, "config.json"), JSON.stringify({ auths: { [registry.host]: { auth } } }));
    const step = await createRunner(machine).runStep({
      inputs: {
        ...inputs(),
        installables: `path:${FIXTURE}#broken`,
        "candidate-tag": "candidate-1",
        "registry-username": "",
        "registry-password": "",
      },
      env: { DOCKER_CONFIG: folder },
    });
    expect(step).toMatchObject({ exitCode: 1, outputs: { "error-code": "GATE_FAILED" } });
    expect(await readTag("candidate-1")).toBe(step.outputs["digest"]);
    expect(await readTag("latest")).not.toBe(step.outputs["digest"]);
  }, 120_000);

  it("gets an image index for several systems, and the engine pulls each platform's image", async () => {
    const step = await createRunner(machine).runStep({
      inputs: {
        ...inputs(),
        systems: "x86_64-linux,aarch64-linux",
        tags: "",
        "candidate-tag": "several",
        "smoke-test": "",
      },
    });
    if (step.exitCode !== 0) throw new Error(step.log);
    expect(await readTag("several")).toBe(step.outputs["digest"]);
    const folder = makeTemporaryFolder("docker-config");
    const auth = Buffer.from(`${registry.username}:${registry.password}`).toString("base64");
    writeFileSync(join(folder, "config.json"), JSON.stringify({ auths: { [registry.host]: { auth } } }));
    const { image } = step.outputs;
    for (const { target, imageId } of readReport(step).image?.platforms ?? []) {
      const architecture = target === "x86_64-linux" ? "amd64" : "arm64";
      const docker = (...args: readonly string[]) =>
        execFileSync("docker", ["--config", folder, ...args], { encoding: "utf8" }).trim();
      docker("pull", "--quiet", "--platform", `linux/${architecture}`, image ?? "");
      expect(docker("image", "inspect", "--format", "{{.Id}} {{.Architecture}}", image ?? "")).toBe(
        `${imageId} ${architecture}`,
      );
      docker("image", "rm", image ?? "");
    }
  }, 120_000);

  it("has the newer run's image after two runs race", async () => {
    const race = (id: string, name: string) =>
      createRunner(machine).runStep({
        inputs: { ...inputs(), installables: `path:${FIXTURE}#${name}`, tags: "raced" },
        env: { GITHUB_RUN_ID: id, GITHUB_RUN_ATTEMPT: "1" },
      });
    const [older, newer] = await Promise.all([race("501", "image"), race("502", "based")]);
    if (newer.exitCode !== 0) throw new Error(newer.log);
    expect(newer.outputs["promoted"]).toBe("true");
    expect(["", "PROMOTION_SUPERSEDED"]).toContain(older.outputs["error-code"]);
    expect(await readTag("raced")).toBe(newer.outputs["digest"]);

    const late = await race("500", "image");
    expect(late).toMatchObject({
      exitCode: 1,
      outputs: { "error-code": "PROMOTION_SUPERSEDED", promoted: "false" },
    });
    expect(await readTag("raced")).toBe(newer.outputs["digest"]);
  }, 240_000);

  it("has an unchanged tag if the job is killed between push and promotion", async () => {
    const before = await readTag("latest");
    const runner = createRunner(machine);
    const step = runner.startStep({
      inputs: {
        ...inputs(),
        installables: `path:${FIXTURE}#based`,
        "smoke-test": "checks: [{ log: never said, timeout: 2m }]",
      },
    });
    while (step.child.exitCode === null && !step.readLog().includes("pushed ")) await sleep(50);
    step.child.kill("SIGKILL");
    const killed = await step.result;
    expect(await readTag("latest")).toBe(before);
    await runner.runStep({ state: killed.state });

    const again = await createRunner(machine).runStep({
      inputs: { ...inputs(), installables: `path:${FIXTURE}#based` },
    });
    expect(again).toMatchObject({ exitCode: 0, outputs: { promoted: "true" } });
    expect(readReport(again).layers.every(({ state }) => state === "recorded")).toBe(true);
    expect(await readTag("latest")).toBe(again.outputs["digest"]);
  }, 240_000);

  it("rejects a wrong password, which is not printed", async () => {
    const step = await createRunner(machine).runStep({
      inputs: { ...inputs(), "registry-password": "not-the-password" },
    });
    expect(step).toMatchObject({ exitCode: 1, outputs: { "error-code": "REGISTRY_DENIED" } });
    expect(step.log).not.toContain("not-the-password");
  }, 120_000);
});
