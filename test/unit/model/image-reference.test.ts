import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { ActionError } from "../../../src/errors/action-error.js";
import { parseImageReference, parseTag, renderImageReference } from "../../../src/model/image-reference.js";

describe("parseImageReference", () => {
  it.each([
    ["ghcr.io/fluo/app", "ghcr.io", "fluo/app"],
    ["127.0.0.1:5000/app", "127.0.0.1:5000", "app"],
    ["[::1]:5000/app", "[::1]:5000", "app"],
    ["localhost/app", "localhost", "app"],
    ["fluo/app", "docker.io", "fluo/app"],
    ["alpine", "docker.io", "library/alpine"],
    ["registry.example.org/a/b__c/d-e.f", "registry.example.org", "a/b__c/d-e.f"],
  ])("reads %s", (text, registry, repository) => {
    expect(parseImageReference(text)).toEqual({ kind: "registry", registry, repository });
  });

  it("reads an OCI layout", () => {
    expect(parseImageReference("oci:./out:put")).toEqual({ kind: "oci-layout", folder: "./out:put" });
  });

  it.each([
    "",
    "oci:",
    "ghcr.io/fluo/app:v1",
    "ghcr.io/fluo/app@sha256:00",
    "ghcr.io/Fluo/app",
    "ghcr.io/",
    "a b",
    "x/../y",
    "user:pass@host/app",
    "ghcr.io//app",
    "host:99999999/app",
  ])("refuses %j", (text) => {
    expect(() => parseImageReference(text)).toThrow(expect.objectContaining({ code: "INPUT_INVALID" }));
  });

  it("either refuses a text or can parse its rendering", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-z0-9./:_-]{1,40}$/)), (text) => {
        try {
          const reference = parseImageReference(text);
          expect(parseImageReference(renderImageReference(reference))).toEqual(reference);
        } catch (error) {
          expect(error).toBeInstanceOf(ActionError);
        }
      }),
    );
  });
});

describe("parseTag", () => {
  it.each(["latest", "v1.2.3", "_x", "A-b.c_d", "a".repeat(128)])("accepts %s", (tag) => {
    expect(parseTag(tag)).toBe(tag);
  });

  it.each(["", ".x", "-x", "a/b", "a:b", "a".repeat(129), "a b"])("refuses %j", (tag) => {
    expect(() => parseTag(tag)).toThrow(expect.objectContaining({ code: "INPUT_INVALID" }));
  });
});
