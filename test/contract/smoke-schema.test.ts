import { readFileSync } from "node:fs";

import { expect, it } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";

it("docs/smoke-test.schema.json accepts the examples of docs/smoke-test.md, and rejects a wrong type", () => {
  const schema = JSON.parse(readFileSync("docs/smoke-test.schema.json", "utf8")) as object;
  const validate = new Ajv2020({ validateFormats: false }).compile(schema);
  const examples = [...readFileSync("docs/smoke-test.md", "utf8").matchAll(/^```yaml\n([^]*?)^```$/gm)];
  expect(examples.length).toBeGreaterThan(1);
  for (const [, yaml = ""] of examples)
    expect([validate(parse(yaml)), validate.errors]).toEqual([true, null]);
  expect(validate({ checks: [{ http: { port: "eighty" } }] })).toBe(false);
});
