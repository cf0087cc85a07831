import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { ActionError } from "../../../src/errors/action-error.js";
import { parseInstallable } from "../../../src/nix/installable.js";

describe("parseInstallable", () => {
  it.each([
    [".#image", ".", "image"],
    [".", ".", "default"],
    ["#image", ".", "image"],
    ["github:fluo/app/v1?dir=x#my-image", "github:fluo/app/v1?dir=x", "my-image"],
    ['.#"with.dot"', ".", "with.dot"],
  ])("reads %s", (text, flake, name) => {
    expect(parseInstallable(text)).toEqual({ flake, name });
  });

  it.each(["--impure", ".#", ".#a b", ".#packages.x86_64-linux.image", ". .#x", '.#a"b', ".#${x}"])(
    "rejects %j",
    (text) => {
      expect(() => parseInstallable(text)).toThrow(expect.objectContaining({ code: "INPUT_INVALID" }));
    },
  );

  it("has a hint for an attribute path", () => {
    expect(() => parseInstallable(".#packages.x86_64-linux.image")).toThrow(
      expect.objectContaining({ hint: expect.stringContaining(".#image") as unknown }),
    );
  });

  it("fails only with an ActionError", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          expect(parseInstallable(text).flake).not.toMatch(/^-|\s/);
        } catch (error) {
          expect(error).toBeInstanceOf(ActionError);
        }
      }),
    );
  });
});
