import { readFileSync } from "node:fs";

import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";

import { GATE_INPUTS, INPUTS } from "../../src/action/inputs.js";
import { OUTPUTS } from "../../src/action/outputs.js";

interface ActionFile {
  readonly inputs: Readonly<Record<string, { description: string; required: boolean; default: string }>>;
  readonly outputs: Readonly<Record<string, { description: string }>>;
  readonly runs: Readonly<Record<string, string>>;
}

const action = parse(readFileSync("action.yml", "utf8")) as ActionFile;

/** Reads the rows of every Markdown table in a file, with trimmed cells. */
function readTableRows(file: string): readonly (readonly string[])[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

describe("the table of inputs", () => {
  it("matches action.yml", () => {
    const { "_internal-action": internal, ...offered } = action.inputs;
    expect(internal?.default).toBe("cross-build");
    expect(Object.entries(offered)).toEqual(
      INPUTS.map((input) => [
        input.name,
        { description: input.description, required: false, default: input.default },
      ]),
    );
  });

  it("matches docs/inputs.md", () => {
    expect(readTableRows("docs/inputs.md")).toEqual(
      INPUTS.map(({ name, default: text, description }) => [
        `\`${name}\``,
        text === "" ? "" : `\`${text}\``,
        description,
      ]),
    );
  });
});

describe("the table of outputs", () => {
  it("matches action.yml", () => {
    expect(action.outputs).toEqual(
      Object.fromEntries(Object.entries(OUTPUTS).map(([name, description]) => [name, { description }])),
    );
  });

  it("matches docs/outputs.md", () => {
    expect(readTableRows("docs/outputs.md")).toEqual(
      Object.entries(OUTPUTS).map(([name, description]) => [`\`${name}\``, description]),
    );
  });
});

it("setup/action.yml describes its inputs as action.yml does, and runs the same bundle", () => {
  const setup = parse(readFileSync("setup/action.yml", "utf8")) as ActionFile;
  const { "_internal-action": internal, ...offered } = setup.inputs;
  expect(internal?.default).toBe("setup");
  expect(Object.keys(offered).length).toBeGreaterThan(5);
  for (const [name, spec] of Object.entries(offered)) expect(spec).toEqual(action.inputs[name]);
  for (const [name, spec] of Object.entries(setup.outputs)) expect(spec).toEqual(action.outputs[name]);
  expect(setup.runs).toEqual({ using: "node24", main: "../dist/index.js", post: "../dist/index.js" });
});

it("doctor/action.yml describes its inputs as action.yml does, and runs the same bundle", () => {
  const doctor = parse(readFileSync("doctor/action.yml", "utf8")) as ActionFile;
  const { "_internal-action": internal, ...offered } = doctor.inputs;
  expect(internal?.default).toBe("doctor");
  expect(Object.keys(offered)).toEqual(
    expect.arrayContaining(["builders", "ssh-private-key", "image", "cache"]),
  );
  for (const [name, spec] of Object.entries(offered)) expect(spec).toEqual(action.inputs[name]);
  expect(doctor.runs).toEqual({ using: "node24", main: "../dist/index.js", post: "../dist/index.js" });
});

it("gate/action.yml has the gate's inputs of the table, and runs the same bundle", () => {
  const gate = parse(readFileSync("gate/action.yml", "utf8")) as ActionFile;
  const { "_internal-action": internal, ...offered } = gate.inputs;
  expect(internal?.default).toBe("gate");
  expect(offered).toEqual(
    Object.fromEntries(
      GATE_INPUTS.map((input) => [
        input.name,
        { description: input.description, required: false, default: input.default },
      ]),
    ),
  );
  for (const [name, spec] of Object.entries(gate.outputs)) expect(spec).toEqual(action.outputs[name]);
  expect(gate.runs).toEqual({ using: "node24", main: "../dist/index.js", post: "../dist/index.js" });
});

it("main and post run the same bundle on Node 24", () => {
  expect(action.runs).toEqual({ using: "node24", main: "dist/index.js", post: "dist/index.js" });
});
