import { createReadStream } from "node:fs";
import { once } from "node:events";
import { request } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, expect, it } from "@jest/globals";

import { makeCertificate } from "../certificates.js";
import { FakeRegistry } from "../fake-registry.js";
import { COMMON, FIXTURE } from "../job.js";
import { startProxy } from "../proxy.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";

afterAll(() => {
  removeTemporaryFolders();
});

it("a job behind a proxy with its own authority downloads Nix and pushes through it", async () => {
  const folder = makeTemporaryFolder("proxy");
  const machine = makeTemporaryFolder("machine");
  const { key, cert, authorityFile } = makeCertificate(folder, ["nix.test", "registry.test"]);
  const registry = new FakeRegistry();
  const registryHost = await registry.start();
  const release = fileURLToPath(COMMON["nix-url"]);
  // Serves the release to nix.test, and forwards what registry.test gets.
  const server = createServer({ key, cert }, (asked, answer) => {
    if (asked.headers.host === "nix.test") {
      createReadStream(release).pipe(answer);
      return;
    }
    const { method, url: path, headers } = asked;
    const [host, port] = registryHost.split(":");
    const sent = request({ host, port, method, path, headers }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers);
      got.pipe(answer);
    });
    asked.pipe(sent);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const proxy = await startProxy({
    login: "me:secret",
    hosts: { "nix.test:443": port, "registry.test:443": port },
  });
  try {
    const step = await createRunner(machine).runStep({
      inputs: {
        ...COMMON,
        "nix-url": `https://nix.test/${basename(release)}`,
        installables: `path:${FIXTURE}#image`,
        image: "registry.test/team/hello",
        "smoke-test": "",
      },
      env: { https_proxy: proxy.url, no_proxy: "127.0.0.1", NODE_EXTRA_CA_CERTS: authorityFile },
    });
    if (step.exitCode !== 0) throw new Error(step.log);
    expect([...registry.manifests.keys()]).toContain(step.outputs["digest"]);
    expect(new Set(proxy.requests)).toEqual(new Set(["CONNECT nix.test:443", "CONNECT registry.test:443"]));
  } finally {
    await proxy.stop();
    server.closeAllConnections();
    server.close();
    registry.stop();
  }
}, 180_000);
