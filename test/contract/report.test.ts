import { readFileSync } from "node:fs";

import { expect, it } from "@jest/globals";

import { renderReportSchema } from "../../src/report/report.js";

it("docs/report.schema.json is the schema of the report", () => {
  expect(JSON.parse(readFileSync("docs/report.schema.json", "utf8"))).toEqual(
    JSON.parse(renderReportSchema()),
  );
});
