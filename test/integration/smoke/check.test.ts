import { once } from "node:events";
import { createServer, setGlobalProxyFromEnv } from "node:http";
import type { AddressInfo } from "node:net";

import { expect, it } from "@jest/globals";

import { systemClock } from "../../../src/platform/clock.js";
import { runCheck } from "../../../src/smoke/check.js";
import type { Container } from "../../../src/smoke/container.js";
import { startProxy } from "../../proxy.js";

it("an HTTP check asks the container itself, also where Node sends all requests to a proxy", async () => {
  const server = createServer((_, response) => response.end("from the container")).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const proxy = await startProxy();
  // What NODE_USE_ENV_PROXY=1 does when Node starts.
  const restore = setGlobalProxyFromEnv({ http_proxy: proxy.url });
  const container = {
    readState: () => Promise.resolve({ exitCode: undefined, isOutOfMemory: false }),
    readAddress: () => Promise.resolve({ host: "127.0.0.1", port }),
  } as Partial<Container> as Container;
  try {
    const check = {
      kind: "http",
      name: "answers",
      port,
      method: "GET",
      path: "/",
      headers: {},
      status: 200,
      responseHeaders: {},
      body: "from the container",
      withinMs: undefined,
      timeoutMs: 5_000,
    } as const;
    expect(await runCheck(check, container, systemClock)).toMatchObject({ passed: true });
    expect(proxy.requests).toEqual([]);
  } finally {
    restore();
    await proxy.stop();
    server.close();
  }
});
