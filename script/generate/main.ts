/**
 * Generates what follows from a table or a schema in src/: the inputs and outputs of the actions and the
 * reusable workflows, the tables of inputs and outputs in docs/, and the JSON Schemas. With `--check` it
 * writes nothing, and fails if a file is out of date. `npm run all` runs this, and then builds dist/.
 */
import { readFileSync, writeFileSync } from "node:fs";

import { format, resolveConfig } from "prettier";

import { INPUTS, type InputSpec } from "../../src/action/inputs.js";
import { OUTPUTS } from "../../src/action/outputs.js";
import { renderEventSchema } from "../../src/model/run-event.js";
import { renderComparisonSchema } from "../../src/report/comparison.js";
import { renderReportSchema } from "../../src/report/report.js";
import { renderSmokeSchema } from "../../src/smoke/spec.js";
import { fillBlocks, renderTable, renderYaml } from "./blocks.js";
import { type Action, ACTIONS, type Offer, type Workflow, WORKFLOWS } from "./offers.js";

type Blocks = Readonly<Record<string, string>>;

/** A YAML mapping of items by their name. */
function renderByName<T extends { readonly name: string }>(
  items: readonly T[],
  describeItem: (item: T) => unknown,
): string {
  return renderYaml(Object.fromEntries(items.map((item) => [item.name, describeItem(item)])));
}

function renderAction({ name, inputs, outputs }: Action): Blocks {
  const internal: Offer = {
    name: "_internal-action",
    description: "Selects which action of this repository runs. Internal: do not set it.",
    default: name,
  };
  return {
    inputs: renderByName([...inputs, internal], (input) => ({
      description: input.description,
      required: false,
      default: input.default,
    })),
    outputs: renderByName(
      Object.entries(outputs).map(([output, description]) => ({ name: output, description })),
      ({ description }) => ({ description }),
    ),
  };
}

function renderWorkflow({ inputs, secrets, outputs }: Workflow): Blocks {
  const jobs = Object.entries(outputs).map(([name, job]) => ({ name, job }));
  return {
    inputs: renderByName(inputs, ({ description, type = "string", default: text }) => ({
      description,
      type,
      default: { string: text, boolean: text === "true", number: Number(text) }[type],
    })),
    secrets: renderByName(secrets, ({ description }) => ({ description, required: false })),
    ...(jobs.length > 0 && {
      outputs: renderByName(jobs, ({ name, job }) => ({
        description: OUTPUTS[name as keyof typeof OUTPUTS],
        value: `\${{ jobs.${job}.outputs.${name} }}`,
      })),
    }),
  };
}

/** The tables of docs/inputs.md, one for each group. */
function renderInputTables(): Blocks {
  const groups = Object.entries(Object.groupBy(INPUTS as readonly InputSpec[], ({ group }) => group));
  return Object.fromEntries(
    groups.map(([group, inputs]) => [
      group,
      renderTable(
        ["input", "default", ""],
        inputs.map(({ name, default: text, description }) => [
          `\`${name}\``,
          text === "" ? "" : `\`${text}\``,
          description,
        ]),
      ),
    ]),
  );
}

function renderOutputTable(): Blocks {
  const rows = Object.entries(OUTPUTS).map(([name, description]) => [`\`${name}\``, description]);
  return { outputs: renderTable(["output", ""], rows) };
}

/** The files with generated blocks. */
const BLOCKS: Readonly<Record<string, Blocks>> = {
  ...Object.fromEntries(ACTIONS.map((action) => [action.file, renderAction(action)])),
  ...Object.fromEntries(WORKFLOWS.map((workflow) => [workflow.file, renderWorkflow(workflow)])),
  "docs/inputs.md": renderInputTables(),
  "docs/outputs.md": renderOutputTable(),
};

/** The files that are generated as a whole. */
const WHOLE: Readonly<Record<string, string>> = {
  "docs/comparison.schema.json": renderComparisonSchema(),
  "docs/events.schema.json": renderEventSchema(),
  "docs/report.schema.json": renderReportSchema(),
  "docs/smoke-test.schema.json": renderSmokeSchema(),
};

const isCheck = process.argv.includes("--check");
const outdated: string[] = [];
for (const file of [...Object.keys(BLOCKS), ...Object.keys(WHOLE)]) {
  const before = readFileSync(file, "utf8");
  const generated = WHOLE[file] ?? fillBlocks(file, before, BLOCKS[file] ?? {});
  const after = await format(generated, { ...(await resolveConfig(file)), filepath: file });
  if (after === before) continue;
  outdated.push(file);
  if (!isCheck) writeFileSync(file, after);
}
if (isCheck && outdated.length > 0) {
  console.error(`out of date: ${outdated.join(", ")}. Run script/node npm run all and commit the result.`);
  process.exitCode = 1;
} else if (outdated.length > 0) {
  console.log(`wrote ${outdated.join(", ")}`);
}
