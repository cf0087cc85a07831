import { readFileSync } from "node:fs";

import { expect, it } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";

import { renderReportSchema } from "../../src/report/report.js";
import { renderSmokeSchema } from "../../src/smoke/spec.js";

it("docs/report.schema.json is the schema of the report", () => {
  expect(JSON.parse(readFileSync("docs/report.schema.json", "utf8"))).toEqual(
    JSON.parse(renderReportSchema()),
  );
});

it("docs/smoke-test.schema.json is the schema of the smoke test, and the examples are valid", () => {
  const schema = JSON.parse(readFileSync("docs/smoke-test.schema.json", "utf8")) as object;
  expect(schema).toEqual(JSON.parse(renderSmokeSchema()));
  const validate = new Ajv2020({ validateFormats: false }).compile(schema);
  const examples = [...readFileSync("docs/smoke-test.md", "utf8").matchAll(/^```yaml\n([^]*?)^```$/gm)];
  expect(examples.length).toBeGreaterThan(1);
  for (const [, yaml = ""] of examples)
    expect([validate(parse(yaml)), validate.errors]).toEqual([true, null]);
  expect(validate({ checks: [{ http: { port: "eighty" } }] })).toBe(false);
});
