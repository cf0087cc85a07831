import { describe, expect, it } from "@jest/globals";

import type { Derivation } from "../../../src/model/derivation.js";
import type { StorePath } from "../../../src/model/store-path.js";
import { describeGraph } from "../../../src/nix/renew-derivations.js";

const path = (name: string): StorePath => `/nix/store/00000000000000000000000000000000-${name}`;

function derivation(
  others: Partial<Derivation> = {},
  variables: Readonly<Record<string, string>> = {},
): Derivation {
  return {
    outputs: [{ name: "out", path: path("a"), hashAlgorithm: "", hash: "" }],
    inputs: new Map(),
    sources: [],
    platform: "x86_64-linux",
    builder: Buffer.from("/bin/sh"),
    args: [Buffer.from("-c")],
    environment: Object.entries(variables).map(([name, value]) => [Buffer.from(name), Buffer.from(value)]),
    ...others,
  };
}

const describeOne = (one: Derivation) => {
  const { json } = describeGraph([path("a.drv")], new Map([[path("a.drv"), one]]));
  return (JSON.parse(json) as Record<string, { attributes: object; context: object }>)[path("a.drv")];
};

describe("describeGraph", () => {
  it("has the arguments of the derivation, without the paths of its outputs", () => {
    const outputs = ["dev", "out"].map((name) => ({ name, path: path(name), hashAlgorithm: "", hash: "" }));
    const variables = { name: "a", dev: path("dev"), out: path("out"), outputs: "dev out", CC: "gcc" };
    expect(describeOne(derivation({ outputs }, variables))).toMatchObject({
      outputs: { dev: path("dev"), out: path("out") },
      attributes: {
        name: "a",
        ...{ outputs: ["dev", "out"], CC: "gcc", system: "x86_64-linux", builder: "/bin/sh", args: ["-c"] },
      },
    });
    expect(describeOne(derivation({ outputs }, variables))?.attributes).not.toHaveProperty("out");
  });

  it("keeps what is not renewed in the context, and the rest as inputs", () => {
    const app = derivation({
      inputs: new Map([
        [path("lib.drv"), ["out"]],
        [path("cc.drv"), ["out", "dev"]],
      ]),
      sources: [path("src")],
    });
    const closure = new Map([
      [path("app.drv"), app],
      [path("lib.drv"), derivation()],
      [path("cc.drv"), derivation()],
    ]);
    const { json } = describeGraph([path("app.drv"), path("lib.drv")], closure);
    expect(JSON.parse(json)).toMatchObject({
      [path("app.drv")]: {
        inputs: { [path("lib.drv")]: ["out"] },
        context: { [path("src")]: { path: true }, [path("cc.drv")]: { outputs: ["out", "dev"] } },
      },
    });
  });

  it("takes the attributes of a structured derivation from its JSON", () => {
    const json = { name: "a", outputs: ["out"], flags: ["-O2", { deep: 1 }] };
    expect(describeOne(derivation({}, { __json: JSON.stringify(json) }))?.attributes).toMatchObject({
      ...json,
      __structuredAttrs: true,
    });
    // As nixpkgs writes it for the others.
    expect(describeOne(derivation({}, { __structuredAttrs: "" }))?.attributes).toMatchObject({
      __structuredAttrs: false,
    });
  });

  it("leaves out derivations with a fixed output", () => {
    const outputs = [{ name: "out", path: path("a"), hashAlgorithm: "r:sha256", hash: "00" }];
    const closure = new Map([[path("a.drv"), derivation({ outputs })]]);
    expect(describeGraph([path("a.drv")], closure)).toEqual({ drvPaths: [], json: "{}" });
  });

  it.each([
    [
      "unknown outputs",
      derivation({ outputs: [{ name: "out", path: undefined, hashAlgorithm: "", hash: "" }] }),
    ],
    ["structured attributes that are not JSON", derivation({}, { __json: "{" })],
    ["structured attributes that are a list", derivation({}, { __json: "[]" })],
    ["texts that are not UTF-8", derivation({ args: [Buffer.from([0xff])] })],
  ])("refuses a derivation with %s", (_, one) => {
    expect(() => describeOne(one)).toThrow(expect.objectContaining({ code: "PLAN_IMPOSSIBLE" }));
  });
});
