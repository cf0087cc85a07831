import { readFileSync } from "node:fs";

import { describe, expect, it } from "@jest/globals";

import {
  COMMAND_NAMES,
  type CommandName,
  type FlagSpec,
  HEADINGS,
  parseCommandLine,
  secretVariable,
} from "../../src/action/flags.js";
import { COMPARE_INPUTS } from "../../src/action/compare-inputs.js";
import { GATE_INPUTS } from "../../src/action/gate-inputs.js";
import { INPUTS, type InputSpec } from "../../src/action/inputs.js";
import { PROVISION_INPUTS } from "../../src/action/provision-inputs.js";

const SILENT = { write: () => undefined, columns: undefined, isColored: false };

function parse(args: readonly string[]) {
  return parseCommandLine(args, { stdout: SILENT, stderr: SILENT });
}

const INPUTS_OF: Readonly<Record<CommandName, readonly FlagSpec[]>> = {
  build: INPUTS,
  gate: GATE_INPUTS,
  doctor: INPUTS,
  compare: COMPARE_INPUTS,
  provision: PROVISION_INPUTS,
};

describe.each(COMMAND_NAMES)("cross-build %s", (command) => {
  it.each(INPUTS_OF[command].map(({ name }) => name))("has a flag for the input %s", (name) => {
    const words = command === "provision" ? [command, "kubernetes"] : [command];
    expect(parse([...words, `--${name}`, "x"])).toMatchObject({ values: new Map([[name, "x"]]) });
  });
});

describe("docs/inputs.md", () => {
  it("has the groups of the help as its headings", () => {
    const headings = readFileSync("docs/inputs.md", "utf8").match(/^## .*$/gm);
    expect(headings?.slice(0, 6)).toEqual(Object.values(HEADINGS).map((title) => `## ${title.slice(0, -1)}`));
  });
});

describe("docs/command-line.md", () => {
  const page = readFileSync("docs/command-line.md", "utf8");
  /** The first two cells of each row of a table whose first cell is code. */
  const rows = [...page.matchAll(/^\| `(.*?)` +\| `?(.*?)`? +\|$/gm)].map(([, ...cells]) => cells);

  it("names every command", () => {
    const commands = rows.map(([cell]) => cell).filter((cell) => COMMAND_NAMES.some((name) => name === cell));
    expect(commands).toEqual([...COMMAND_NAMES]);
  });

  it("names the flag and the variable of every secret", () => {
    const secrets = INPUTS.filter((input: InputSpec) => input.isSecret === true);
    const expected = secrets.map(({ name }) => [`--${name}`, secretVariable(name)]);
    const found = rows.filter(([, cell = ""]) => cell.startsWith("CROSS_BUILD_"));
    expect(found.toSorted()).toEqual(expected.toSorted());
  });

  it.each([
    ["--tags v1 --tags latest", { tags: "v1\nlatest" }],
    ["--allow-emulated-gate", { "allow-emulated-gate": "true" }],
    ["--no-promote", { promote: "false" }],
    ["--promote false", { promote: "false" }],
    ["--push=auto", { push: "auto" }],
  ])("has a form that is read as it says: %s", (form, values) => {
    expect(page).toContain(`\`${form}\``);
    expect(parse(["build", ...form.split(" ")])).toMatchObject({ values: new Map(Object.entries(values)) });
  });
});
