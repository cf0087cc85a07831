// Writes the JSON Schemas in docs/ anew, after a change to the report or to the file of the smoke test. Run it by
// script/node node script/schemas.mjs && script/node npx prettier --write docs/*.schema.json
import { writeFileSync } from "node:fs";

await import("../test/integration/drivers/typescript.ts");
const { renderReportSchema } = await import("../src/report/report.ts");
const { renderSmokeSchema } = await import("../src/smoke/spec.ts");
writeFileSync("docs/report.schema.json", renderReportSchema());
writeFileSync("docs/smoke-test.schema.json", renderSmokeSchema());
