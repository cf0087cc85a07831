import { expect, it } from "@jest/globals";

import { renderProxyCommand } from "../../../src/kubernetes/proxy-command.js";

it("renders a proxy command for ssh, which expands percent signs, and its shell, which splits words", () => {
  expect(renderProxyCommand(["/usr/bin/node", "/home/a b/100%/index.js"], "/tmp/run/kubernetes.json")).toBe(
    "/usr/bin/node '/home/a b/100%%/index.js' kubernetes-proxy /tmp/run/kubernetes.json %n",
  );
});
