import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { findHostKeys, parseKnownHosts, renderKnownHosts } from "../../../src/ssh/known-hosts.js";
import { ActionError } from "../../../src/errors/action-error.js";

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKHEChX7ZBMu0vSo2CE6TPb9WPDLvuNVnbbPKUCzSFRl";
const BLOB = KEY.split(" ")[1] ?? "";
const HOST = { alias: "cross-build-00ff-1", hostKey: undefined };
const render = (name: string, text: string) => {
  const [host = "", port = "22"] = name.split(":");
  return renderKnownHosts(findHostKeys([{ ...HOST, host, port: Number(port) }], parseKnownHosts(text)));
};

describe("a line of ssh-known-hosts", () => {
  it.each(["ssh-gateway.example.org", "sk-1.example.org", "ecdsa-1"])(
    "is for %s, although that looks like a key type",
    (host) => {
      expect(render(host, `${host} ${KEY}`)).toBe(`cross-build-00ff-1 ${KEY}\n`);
      expect(render("other.example.org", `${host} ${KEY}`)).toBe("");
    },
  );

  it.each([
    ["a key of another type than stated", `b1 ssh-rsa ${BLOB}`],
    ["a bare key of another type than stated", `ssh-rsa ${BLOB}`],
    ["a key that is cut off after its type", `b1 ssh-ed25519 ${BLOB.slice(0, 20)}`],
    ["an empty key", "b1 ssh-ed25519 AAAA"],
  ])("is refused with its line number if it has %s", (_, line) => {
    expect(() => render("b1", `# keys\n${line}`)).toThrow(
      expect.objectContaining({
        code: "INPUT_INVALID",
        message: expect.stringContaining("line 2") as unknown,
      }),
    );
  });

  it("without a port applies to every port that no other line names", () => {
    const other = KEY.replace("AAAAIK", "AAAAIB");
    expect(render("b1:2222", `b1 ${KEY}`)).toBe(`cross-build-00ff-1 ${KEY}\n`);
    expect(render("b1:2222", `b1 ${KEY}\n[b1]:2222 ${other}`)).toBe(`cross-build-00ff-1 ${other}\n`);
    expect(render("b1", `[b1]:2222 ${KEY}`)).toBe("");
  });

  it("yields a whole key under the builder's alias, or is rejected with a code", () => {
    const word = fc.oneof(
      fc.constantFrom(
        "@cert-authority",
        "@revoked",
        "b1",
        "*",
        "!b1",
        "[b1]:22",
        "ssh-rsa",
        ...KEY.split(" "),
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 5 }), (words) => {
        try {
          for (const line of render("b1", words.join(" ")).trimEnd().split("\n")) {
            expect(line).toMatch(
              /^$|^(?:@cert-authority b1|(?:@revoked )?(?:cross-build-00ff-1|b1)) ssh-ed25519 AAAA\S+$/,
            );
          }
        } catch (error) {
          expect(error).toBeInstanceOf(ActionError);
        }
      }),
    );
  });
});
