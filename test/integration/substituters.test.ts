import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { afterAll, describe, expect, it } from "@jest/globals";

import { COMMON, FIXTURE, readReport } from "../job.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";

const servers: Server[] = [];

afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  removeTemporaryFolders();
});

/** An empty binary cache, or with `isSilent` a server that accepts requests and never answers. */
async function startSubstituter({ isSilent }: { readonly isSilent: boolean }) {
  const asked: string[] = [];
  const server = createServer(({ url = "" }, answer) => {
    asked.push(url);
    if (isSilent) return;
    answer.statusCode = url === "/nix-cache-info" ? 200 : 404;
    answer.end(url === "/nix-cache-info" ? "StoreDir: /nix/store\nWantMassQuery: 1\n" : "");
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

describe("a substituter that does not answer", () => {
  it("is dropped with a reason, so that Nix does not wait for it", async () => {
    const silent = await startSubstituter({ isSilent: true });
    const live = await startSubstituter({ isSilent: false });
    const step = await createRunner(makeTemporaryFolder("substituters")).runStep({
      inputs: {
        ...COMMON,
        "extra-conf": `${COMMON["extra-conf"]} ${silent.uri} ${live.uri}`,
        installables: `path:${FIXTURE}#image`,
      },
    });
    if (step.exitCode !== 0) throw new Error(step.log);
    expect(step.log).toContain(`substituter dropped: ${silent.uri} does not answer within 5 s`);
    const { substituters, builds } = readReport(step);
    expect(substituters).toEqual([
      { uri: silent.uri, state: "dropped", reason: "does not answer within 5 s" },
      { uri: live.uri, state: "usable", reason: "answers" },
    ]);
    expect(builds).not.toEqual([]);
    // Both probes, and nothing from Nix.
    expect(silent.asked).toEqual(["/nix-cache-info", "/nix-cache-info"]);
    expect(live.asked).toContainEqual(expect.stringMatching(/^\/[0-9a-z]{32}\.narinfo$/));
  }, 180_000);
});
