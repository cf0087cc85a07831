import { expect, it } from "@jest/globals";

import { BodyError } from "../../../src/platform/http.js";
import { RedirectError } from "../../../src/platform/redirect.js";
import { ConnectionError, ProxyError, StatusError } from "../../../src/platform/retry.js";
import { retryOnRegistry } from "../../../src/registry/retry.js";
import { FakeClock } from "../../fake-clock.js";

const answered = (status: number) => new StatusError(`answered ${status}`, { status, isTransient: false });

it.each<readonly [string, Error, string, string]>([
  ["a permanent error", answered(404), "REGISTRY_FAILED", "Run again"],
  ["missing credentials", answered(401), "REGISTRY_DENIED", "registry-username"],
  ["denied access", answered(403), "REGISTRY_DENIED", "registry-username"],
  ["a failed connection", new ConnectionError(new Error("x")), "REGISTRY_FAILED", "host name"],
  ["a proxy that wants a password", new ProxyError(407, "http://p.test"), "REGISTRY_FAILED", "USER:PASSWORD"],
  ["a proxy that refuses the host", new ProxyError(403, "http://p.test"), "REGISTRY_FAILED", "no_proxy"],
  ["a refused redirect", new RedirectError("to x"), "REGISTRY_FAILED", "input image"],
  ["an unreadable layer", new BodyError("x"), "REGISTRY_FAILED", "image"],
])("%s has a code and a hint", async (_, failure, code, hint) => {
  const options = { clock: new FakeClock(), log: { debug: () => undefined } };
  await expect(retryOnRegistry("r.test", () => Promise.reject(failure), options)).rejects.toMatchObject({
    code,
    hint: expect.stringContaining(hint) as unknown,
  });
});
