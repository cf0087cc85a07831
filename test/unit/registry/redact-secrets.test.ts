import { expect, it } from "@jest/globals";
import fc from "fast-check";

import { redactSecrets } from "../../../src/registry/redact-secrets.js";

it.each([
  ["token abcd refused", ["abcd"], "token *** refused"],
  ['{"password":"a\\"b c"}', ['a"b c'], '{"password":"***"}'],
  ["refresh_token=a%2Fb+c&x", ["a/b c"], "refresh_token=***&x"],
  ["abcdefgh abcd", ["abcd", "abcdefgh"], "*** ***"],
  ["the text", ["t"], "the text"],
])("in %j replaces %j", (text, secrets, shown) => {
  expect(redactSecrets(text, secrets)).toBe(shown);
});

it("leaves no secret in any text", () => {
  const secret = fc.string({ minLength: 4 }).filter((text) => !text.includes("*"));
  fc.assert(
    fc.property(fc.string(), secret, fc.string(), (before, hidden, after) => {
      expect(redactSecrets(`${before}${hidden}${after}`, [hidden])).not.toContain(hidden);
    }),
  );
});
