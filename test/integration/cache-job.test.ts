import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { CacheServer } from "../cache-server.js";
import { COMMON, FIXTURE, readReport, SMOKE_TEST } from "../job.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders, type Runner } from "../runner.js";

afterAll(() => {
  removeTemporaryFolders();
});

/** A copy of the fixture, for tests that change it. */
function copyFixture(runner: Runner): string {
  const folder = join(runner.folder, "flake");
  cpSync(FIXTURE, folder, { recursive: true });
  return folder;
}

describe("a signed cache", () => {
  it("is trusted only with its public key", async () => {
    const machine = makeTemporaryFolder("signed");
    const secret = readFileSync("test/fixtures/cache-key/secret", "utf8").trim();
    const trusted = readFileSync("test/fixtures/cache-key/public", "utf8").trim();
    const inputs = {
      ...COMMON,
      ...SMOKE_TEST,
      installables: `path:${FIXTURE}#image`,
      "smoke-test": "",
      cache: `file://${join(machine, "cache")}`,
    };
    const signed = await createRunner(machine).runStep({
      inputs: { ...inputs, "cache-signing-key": secret, "trusted-public-keys": trusted },
    });
    expect(signed).toMatchObject({ exitCode: 0 });
    expect(signed.log).not.toContain(secret.split(":")[1]);

    const believing = await createRunner(makeTemporaryFolder("believing")).runStep({
      inputs: { ...inputs, "trusted-public-keys": trusted, "cache-push": "false" },
    });
    expect(readReport(believing)).toMatchObject({
      builds: [],
      caches: [{ isTrustedByLocation: false, hitRate: 1 }],
    });

    const other = "other-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    const doubting = await createRunner(makeTemporaryFolder("doubting")).runStep({
      inputs: { ...inputs, "trusted-public-keys": other, "cache-push": "false" },
    });
    expect(readReport(doubting).builds.length).toBeGreaterThan(0);
  }, 360_000);
});

/** A server for one user. A password needs port 80. */
async function startCacheServer(wantedPort = 80) {
  const server = new CacheServer({ username: "me", password: "hunter2-hunter2" });
  const host = await server.start(wantedPort);
  const { files } = server;
  return {
    host: host.replace(/:80$/, ""),
    files,
    stop: () => {
      server.stop();
    },
  };
}

describe.each([false, true])(
  "an HTTP cache that requires a password (user with a daemon: %s)",
  (isUnprivileged) => {
    let server: Awaited<ReturnType<typeof startCacheServer>>;
    beforeAll(async () => {
      server = await startCacheServer();
    });
    afterAll(() => {
      server.stop();
    });
    const inputs = () => ({
      ...COMMON,
      installables: `path:${FIXTURE}#image`,
      cache: `http://me:hunter2-hunter2@${server.host}/team`,
      "trusted-public-keys": readFileSync("test/fixtures/cache-key/public", "utf8").trim(),
    });

    it("is filled, and read by a new machine", async () => {
      const filling = createRunner(makeTemporaryFolder("filling"), { isUnprivileged });
      const filled = await filling.runStep({
        inputs: {
          ...inputs(),
          "cache-signing-key": readFileSync("test/fixtures/cache-key/secret", "utf8").trim(),
        },
      });
      await filling.runStep({ state: filled.state });
      if (filled.exitCode !== 0) throw new Error(filled.log);
      expect(readReport(filled).caches).toMatchObject([{ state: "pushed", pathsPresent: 0 }]);
      expect([...server.files.keys()].some((name) => /^\/team\/[0-9a-z]{32}\.narinfo$/.test(name))).toBe(
        true,
      );
      expect(filled.log).not.toContain("hunter2");
      expect(filled.summary).not.toContain("hunter2");

      const reading = createRunner(makeTemporaryFolder("reading"), { isUnprivileged });
      const read = await reading.runStep({ inputs: inputs() });
      await reading.runStep({ state: read.state });
      expect(readReport(read)).toMatchObject({
        builds: [],
        caches: [{ hitRate: 1, isTrustedByLocation: false, pathsPushed: 0 }],
      });
    }, 240_000);

    it("does not fail the run when it rejects the password, unless on-cache-failure says so", async () => {
      const machine = makeTemporaryFolder("refused");
      const refused = { ...inputs(), cache: `http://me:wrong-password@${server.host}/team` };
      const runner = createRunner(machine, { isUnprivileged });
      const warned = await runner.runStep({ inputs: refused });
      expect(warned).toMatchObject({ exitCode: 0 });
      expect(warned.log).toMatch(
        /::warning::could not push to the binary cache .*\. The server rejected the user or the password\./,
      );
      expect(readReport(warned).caches).toMatchObject([{ state: "failed" }]);
      const failed = await runner.runStep({ inputs: { ...refused, "on-cache-failure": "fail" } });
      expect(failed).toMatchObject({ exitCode: 1, outputs: { "error-code": "CACHE_FAILED" } });
      expect(failed.log).not.toContain("wrong-password");
      await runner.runStep({ state: failed.state });
      await runner.runStep({ state: warned.state });
    }, 240_000);
  },
);

describe("an HTTP cache on a port of its own", () => {
  /** A flake whose evaluation fetches a file from another port of the cache's host. */
  async function startOther() {
    const authorizations: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      authorizations.push(request.headers.authorization);
      response.end("{ outputs = _: { }; }");
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const flake = makeTemporaryFolder("other-port");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`;
    writeFileSync(
      join(flake, "flake.nix"),
      `{ outputs = _: { packages.x86_64-linux.image = builtins.readFile (builtins.fetchurl "${url}"); }; }`,
    );
    return { authorizations, flake, stop: () => server.close() };
  }

  it("gets no password from the input, since another port of its host could get it too", async () => {
    const server = await startCacheServer(0);
    const other = await startOther();
    try {
      const step = await createRunner(makeTemporaryFolder("port")).runStep({
        inputs: {
          ...COMMON,
          "extra-conf": `${COMMON["extra-conf"]}\npure-eval = false`,
          installables: `path:${other.flake}#image`,
          cache: `http://me:hunter2-hunter2@${server.host}/team`,
        },
      });
      expect(other.authorizations.filter((header) => header !== undefined)).toEqual([]);
      expect(step.outputs["error-code"]).toBe("INPUT_INVALID");
      expect(step.log).toContain("so every port of 127.0.0.1 could receive it");
      expect(step.log).not.toContain("hunter2");
    } finally {
      server.stop();
      other.stop();
    }
  }, 240_000);

  it.each([false, true])(
    "gets one from the user's own netrc file (user with a daemon: %s)",
    async (isUnprivileged) => {
      const server = await startCacheServer(0);
      try {
        const runner = createRunner(makeTemporaryFolder("netrc"), { isUnprivileged });
        const netrc = join(runner.folder, "netrc");
        writeFileSync(netrc, "machine 127.0.0.1 login me password hunter2-hunter2\n");
        const step = await runner.runStep({
          inputs: {
            ...COMMON,
            installables: `path:${FIXTURE}#image`,
            "extra-conf": `${COMMON["extra-conf"]}\nnetrc-file = ${netrc}`,
            cache: `http://${server.host}/team`,
            "trusted-public-keys": readFileSync("test/fixtures/cache-key/public", "utf8").trim(),
            "cache-signing-key": readFileSync("test/fixtures/cache-key/secret", "utf8").trim(),
          },
        });
        await runner.runStep({ state: step.state });
        if (step.exitCode !== 0) throw new Error(step.log);
        expect(readReport(step).caches).toMatchObject([{ state: "pushed" }]);
        expect(server.files.size).toBeGreaterThan(0);
      } finally {
        server.stop();
      }
    },
    240_000,
  );
});

describe("a flake that changes", () => {
  it("gives another digest", async () => {
    const machine = makeTemporaryFolder("change");
    const runner = createRunner(machine);
    const flake = copyFixture(runner);
    mkdirSync(join(machine, "out"));
    const inputs = {
      ...COMMON,
      ...SMOKE_TEST,
      installables: `path:${flake}#image`,
      image: `oci:${join(machine, "image")}`,
      tags: "latest",
    };
    const first = await runner.runStep({ inputs });
    const source = join(flake, "httpd.c");
    writeFileSync(source, `${readFileSync(source, "utf8")}\nconst char changed[] = "changed";\n`);
    const second = await runner.runStep({ inputs });
    expect([first.exitCode, second.exitCode]).toEqual([0, 0]);
    expect(second.outputs["digest"]).not.toBe(first.outputs["digest"]);
  }, 360_000);
});
