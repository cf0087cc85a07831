import { describe, expect, it } from "@jest/globals";

import { explainSsh } from "../../../src/ssh/errors.js";

describe("explainSsh", () => {
  it.each([
    ["nix@10.0.0.1: Permission denied (publickey).\n", "BUILDER_DENIED", "nix@10.0.0.1 refused the SSH key"],
    [
      "jump@bastion: Permission denied (publickey).\n" +
        "kex_exchange_identification: Connection closed by remote host\n",
      "BUILDER_DENIED",
      "jump@bastion refused the SSH key",
    ],
    [
      "Host key verification failed.\nkex_exchange_identification: Connection closed by remote host\n",
      "BUILDER_HOST_KEY",
      "the host key does not match ssh-known-hosts",
    ],
    [
      "ssh: connect to host 127.0.0.1 port 1: Connection refused\n",
      "BUILDER_UNREACHABLE",
      "Connection refused",
    ],
    [
      "ssh: Could not resolve hostname nowhere: Name or service not known\n",
      "BUILDER_UNREACHABLE",
      "Could not resolve hostname nowhere: Name or service not known",
    ],
    [
      "cross-build: the connection to the pod builders-0 failed: there is no such pod\n" +
        "kex_exchange_identification: Connection closed by remote host\n",
      "BUILDER_UNREACHABLE",
      "the connection to the pod builders-0 failed: there is no such pod",
    ],
    ["something else\n", "BUILDER_UNREACHABLE", "something else"],
  ])("explains %j", (stderr, code, message) => {
    expect(explainSsh(stderr)).toMatchObject({ code, message });
  });

  it("explains megabytes without a blank", () => {
    // Work that grows with the square of the text would take hours here.
    expect(explainSsh("x".repeat(4 << 20)).code).toBe("BUILDER_UNREACHABLE");
    const { message } = explainSsh(`${"x".repeat(4 << 20)}: Permission denied (publickey).`);
    expect(message).toMatch(/^x{300} refused the SSH key$/);
  });
});
