import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { COMMON, FIXTURE, readReport, SMOKE_TEST, USABLE } from "../job.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { type Builder, createGraph, startBuilder } from "../testbed.js";

afterAll(() => {
  removeTemporaryFolders();
});

describe("a remote builder", () => {
  const machine = makeTemporaryFolder("remote");
  let builder: Builder;

  beforeAll(async () => {
    builder = await startBuilder(join(machine, "builder"));
  }, 120_000);
  afterAll(async () => {
    await builder.stop();
  });

  const inputs = () => ({
    ...COMMON,
    ...SMOKE_TEST,
    installables: `path:${FIXTURE}#image`,
    strategy: "remote",
    builders: builder.line,
    "ssh-private-key": builder.key,
    "ssh-known-hosts": builder.knownHosts,
    image: `oci:${join(machine, "image")}`,
    tags: "latest",
  });

  it("builds everything, and nothing is built on the runner", async () => {
    const runner = createRunner(machine);
    const step = await runner.runStep({ inputs: inputs() });
    if (step.exitCode !== 0) throw new Error(step.log);
    const report = readReport(step);
    expect(report.plans).toMatchObject([{ strategy: "remote" }]);
    expect(report.builders).toMatchObject([USABLE]);
    expect(report.builds.length).toBeGreaterThan(0);
    expect(report.builds.every(({ place }) => place.startsWith("ssh-ng://"))).toBe(true);
    expect(step.outputs["promoted"]).toBe("true");
    for (const line of builder.key.split("\n").slice(1, 4)) expect(step.log).not.toContain(line);
    await runner.runStep({ state: step.state });
  }, 240_000);

  it("is dropped if it presents another host key", async () => {
    const other = builder.knownHosts.replace(
      /AAAA.*$/m,
      "AAAAC3NzaC1lZDI1NTE5AAAAIKHEChX7ZBMu0vSo2CE6TPb9WPDLvuNVnbbPKUCzSFRl",
    );
    const step = await createRunner(machine).runStep({ inputs: { ...inputs(), "ssh-known-hosts": other } });
    expect(step).toMatchObject({ exitCode: 1, outputs: { digest: "" } });
    expect(readReport(step)).toMatchObject({
      builders: [{ state: "dropped", code: "BUILDER_HOST_KEY" }],
      outcome: "failure",
    });
  }, 120_000);

  it("is named in the report if it is down", async () => {
    const line = builder.line.replace(/:[0-9]+ /, ":1 ");
    const knownHosts = builder.knownHosts.replace(/\]:[0-9]+/, "]:1");
    const step = await createRunner(machine).runStep({
      inputs: { ...inputs(), builders: line, "ssh-known-hosts": knownHosts },
    });
    expect(step).toMatchObject({ exitCode: 1, outputs: { "error-code": "PLAN_IMPOSSIBLE" } });
    expect(readReport(step)).toMatchObject({ builders: [{ state: "dropped", code: "BUILDER_UNREACHABLE" }] });
  }, 120_000);

  it("may have its own key, beside a builder that uses ssh-private-key", async () => {
    const stranger = await startBuilder(join(machine, "stranger"));
    try {
      const keyFile = join(machine, "stranger-key");
      writeFileSync(keyFile, stranger.key, { mode: 0o600 });
      const line = stranger.line.replace(/^(\S+ \S+) -/, `$1 ${keyFile}`);
      const both = {
        builders: `${line}\n${builder.line}`,
        "ssh-known-hosts": `${stranger.knownHosts}\n${builder.knownHosts}`,
      };
      const runner = createRunner(machine);
      const step = await runner.runStep({
        inputs: {
          ...COMMON,
          ...both,
          installables: `${createGraph(join(runner.folder, "graph"))}#graph`,
          strategy: "remote",
          "ssh-private-key": builder.key,
        },
      });
      if (step.exitCode !== 0) throw new Error(step.log);
      const { builders, builds } = readReport(step);
      expect(builders).toMatchObject([USABLE, USABLE]);
      expect(new Set(builds.map(({ place }) => place)).size).toBe(2);
      for (const secret of stranger.key.split("\n").slice(1, 4)) expect(step.log).not.toContain(secret);

      const wrong = await createRunner(machine).runStep({
        inputs: { ...inputs(), ...both, builders: line.replace(keyFile, `${keyFile}-none`) },
      });
      expect(wrong).toMatchObject({ exitCode: 1, outputs: { "error-code": "SSH_KEY_INVALID" } });
      expect(wrong.log).toContain(`${keyFile}-none`);
    } finally {
      await stranger.stop();
    }
  }, 240_000);
});
