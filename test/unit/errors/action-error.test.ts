import { describe, expect, it } from "@jest/globals";

import * as z from "zod";

import { aboutSubject, ActionError, isCancelled, renderError } from "../../../src/errors/action-error.js";
import { ProtocolError } from "../../../src/nix-protocol/protocol-error.js";

describe("isCancelled", () => {
  it.each<[string, unknown, boolean]>([
    [
      "the error of a cancelled run",
      new ActionError("CANCELLED", "the run was cancelled", { hint: "None." }),
      true,
    ],
    ["another error", new ActionError("INTERNAL", "CANCELLED", { hint: "None." }), false],
    ["a Node.js error with that code", Object.assign(new Error(), { code: "CANCELLED" }), false],
    ["nothing", undefined, false],
  ])("%s: %p", (_, error, expected) => {
    expect(isCancelled(error)).toBe(expected);
  });
});

describe("aboutSubject", () => {
  const lost = new ProtocolError("BUILDER_UNREACHABLE", "cannot parse the answer", { hint: "Run again." });

  it("names the subject, and keeps the class, the code and the hint", () => {
    const named = aboutSubject(lost, "b1");
    expect(named).toBeInstanceOf(ProtocolError);
    expect(named).toMatchObject({
      code: "BUILDER_UNREACHABLE",
      message: "b1: cannot parse the answer",
      hint: "Run again.",
    });
  });

  it.each(["the sshd of b1 is busy", "b1: no answer", "'b1' is gone", "no answer from b1."])(
    "does not name it twice: %s",
    (message) => {
      const error = new ActionError("BUILDER_UNREACHABLE", message, { hint: "None." });
      expect(aboutSubject(error, "b1")).toBe(error);
    },
  );

  it("does not mistake another name for it", () => {
    const error = new ActionError("BUILDER_UNREACHABLE", "b10 needs lib1", { hint: "None." });
    expect(aboutSubject(error, "b1")).toMatchObject({ message: "b1: b10 needs lib1" });
  });

  it("leaves other errors alone", () => {
    const cancelled = new ActionError("CANCELLED", "the run was cancelled", { hint: "None." });
    expect([aboutSubject(cancelled, "b1"), aboutSubject("text", "b1")]).toEqual([cancelled, "text"]);
  });
});

describe("renderError", () => {
  it("names the place of data that does not fit, in place of zod's list of issues", () => {
    const schema = z.object({ config: z.object({ digest: z.string() }) });
    const { error: cause } = schema.safeParse({ config: {} });
    const error = new ActionError("IMAGE_INVALID", "the image cannot be read", { cause, hint: "None." });
    expect(renderError(error)).toBe(
      "the image cannot be read: config.digest is missing or is not of the expected form",
    );
  });
});
