import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { ActionError } from "../../../src/errors/action-error.js";
import {
  explainImageName,
  parseImageReference,
  parseOwnImage,
  parseTag,
  renderImageReference,
} from "../../../src/model/image-reference.js";

describe("parseImageReference", () => {
  it.each([
    ["ghcr.io/fluo/app", "ghcr.io", "fluo/app"],
    ["127.0.0.1:5000/app", "127.0.0.1:5000", "app"],
    ["[::1]:5000/app", "[::1]:5000", "app"],
    ["localhost/app", "localhost", "app"],
    ["fluo/app", "docker.io", "fluo/app"],
    ["ghcr.io/Fluo/App", "ghcr.io", "fluo/app"],
    ["Fluo/App", "docker.io", "fluo/app"],
    ["GHCR.io/Fluo/App", "GHCR.io", "fluo/app"],
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

describe("parseOwnImage", () => {
  it.each(["myapp", "docker.io/myapp"])("refuses %s, which no one can push to Docker Hub", (text) => {
    expect(() => parseOwnImage(text)).toThrow(
      expect.objectContaining({
        code: "INPUT_INVALID",
        hint: "Write the registry and the owner too, such as ghcr.io/OWNER/myapp.",
      }),
    );
  });

  it.each(["oci:out", "fluo/app", "docker.io/library/app", "ghcr.io/fluo/app"])("accepts %s", (text) => {
    expect(parseOwnImage(text)).toEqual(parseImageReference(text));
  });
});

describe("explainImageName", () => {
  it.each([
    [
      "ghcr.io/MyOrg/App",
      'the image "ghcr.io/MyOrg/App" is ghcr.io/myorg/app: registries accept only lower case',
    ],
    ["team/app", 'the image "team/app" is docker.io/team/app: a name without a registry is on Docker Hub'],
    [
      "Team/app",
      'the image "Team/app" is docker.io/team/app: registries accept only lower case, and a name without a ' +
        "registry is on Docker Hub",
    ],
    ["ghcr.io/team/app", undefined],
    ["oci:Out", undefined],
  ])("of %s", (text, explanation) => {
    expect(explainImageName(text, parseImageReference(text))).toBe(explanation);
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
