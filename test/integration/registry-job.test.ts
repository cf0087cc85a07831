import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { COMMON, FIXTURE, readReport, SMOKE_TEST } from "../job.js";
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

  async function readTag(tag: string): Promise<string | null> {
    const response = await fetch(`http://${registry.host}/v2/team/hello/manifests/${tag}`, {
      method: "HEAD",
      headers: {
        authorization: `Basic ${Buffer.from(`${registry.username}:${registry.password}`).toString("base64")}`,
        accept: "application/vnd.oci.image.manifest.v1+json",
      },
    });
    return response.headers.get("docker-content-digest");
  }

  it("gets the image by digest and then the tag; a broken one does not move it", async () => {
    const good = await createRunner(machine).runStep({ inputs: inputs() });
    if (good.exitCode !== 0) throw new Error(good.log);
    expect(await readTag("latest")).toBe(good.outputs["digest"]);
    expect(readReport(good).layers.every(({ state }) => state === "sent")).toBe(true);

    const again = await createRunner(machine).runStep({ inputs: inputs() });
    expect(readReport(again).layers.every(({ state }) => state === "reused")).toBe(true);

    const broken = await createRunner(machine).runStep({
      inputs: { ...inputs(), installables: `path:${FIXTURE}#broken` },
    });
    expect(broken).toMatchObject({ exitCode: 1, outputs: { "error-code": "GATE_FAILED" } });
    expect(await readTag("latest")).toBe(good.outputs["digest"]);
  }, 360_000);

  it("denies a wrong password, which is not printed", async () => {
    const step = await createRunner(machine).runStep({
      inputs: { ...inputs(), "registry-password": "not-the-password" },
    });
    expect(step).toMatchObject({ exitCode: 1, outputs: { "error-code": "REGISTRY_DENIED" } });
    expect(step.log).not.toContain("not-the-password");
  }, 120_000);
});
