import { createHash } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { afterAll, expect, it } from "@jest/globals";

import { COMMON, FIXTURE, readReport, SMOKE_TEST } from "../job.js";
import { createRunner, makeTemporaryFolder, pathWithout, removeTemporaryFolders } from "../runner.js";

const machine = makeTemporaryFolder("context");

afterAll(() => {
  removeTemporaryFolders();
});

/**
 * What Docker Desktop and Colima write into a user's home on a Mac: a context that names their socket, and
 * the name of that context. Neither sets DOCKER_HOST.
 * @see docker/cli, cli/context/store
 */
function selectContext(home: string, name: string, socket: string): void {
  const folder = join(home, ".docker/contexts/meta", createHash("sha256").update(name).digest("hex"));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(home, ".docker/config.json"), JSON.stringify({ auths: {}, currentContext: name }));
  writeFileSync(
    join(folder, "meta.json"),
    JSON.stringify({
      Name: name,
      Metadata: {},
      Endpoints: { docker: { Host: `unix://${join(home, socket)}`, SkipTLSVerify: false } },
    }),
  );
}

it.each([
  ["Docker Desktop", "desktop-linux", ".docker/run/docker.sock"],
  ["Colima", "colima", ".colima/default/docker.sock"],
])(
  "the engine of %s is found through the context in the user's home",
  async (_, name, socket) => {
    const engine = (process.env["DOCKER_HOST"] ?? "").replace("unix://", "");
    expect(existsSync(engine)).toBe(true);
    const runner = createRunner(machine);
    const home = join(runner.folder, "home");
    selectContext(home, name, socket);
    mkdirSync(dirname(join(home, socket)), { recursive: true });
    writeFileSync(join(home, socket), "");
    const run = (prelude: string) =>
      runner.runStep({
        inputs: {
          ...COMMON,
          ...SMOKE_TEST,
          installables: `path:${FIXTURE}#image`,
          image: `oci:${join(machine, name)}`,
          tags: "latest",
        },
        // Neither the variable nor another engine or runtime may help out.
        env: { PATH: pathWithout("podman", "runc", "crun") },
        prelude: `unset DOCKER_HOST; ${prelude}`,
      });

    const stopped = await run("true");
    expect(stopped).toMatchObject({
      exitCode: 1,
      outputs: { "error-code": "GATE_NO_RUNTIME", promoted: "false" },
    });
    expect(stopped.log).toContain(join(home, socket));

    const step = await run(`mount --bind ${engine} ${join(home, socket)}`);
    if (step.exitCode !== 0) throw new Error(step.log);
    expect(readReport(step).smokeTests).toMatchObject([
      { outcome: "passed", runtime: expect.stringMatching(/^docker /) },
    ]);
    expect(step.outputs["promoted"]).toBe("true");
  },
  240_000,
);
