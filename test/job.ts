import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { expect } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";

import type { RunEvent } from "../src/model/run-event.js";
import type { Report } from "../src/report/report.js";
import type { StepResult } from "./runner.js";
import { readNixRelease } from "./testbed.js";

export const FIXTURE = resolve("test/fixtures/hello");

/** The inputs of every job on the fixture: the test bed's Nix, and the folders of the machine's compilers. */
export const COMMON = {
  ...readNixRelease(),
  "extra-conf": "sandbox-paths = /bin /usr /lib /lib64\nsubstituters =",
};

/** A usable builder: the load of the test machine decides which of the two states it has. */
export const USABLE = { state: expect.stringMatching(/^(?:ready|degraded)$/) as unknown };

export const SMOKE_TEST = { "smoke-test": join(FIXTURE, "smoke-test.yaml") };

// The formats of the schemas are documentation: the validator does not know them.
const compile = (schemaFile: string) =>
  new Ajv2020({ allErrors: true, validateFormats: false }).compile(
    JSON.parse(readFileSync(schemaFile, "utf8")) as object,
  );
const validate = compile("docs/report.schema.json");
const validateEvent = compile("docs/events.schema.json");

/** Reads the report of a step, and checks it against its schema. */
export function readReport(step: StepResult): Report {
  const report: unknown = JSON.parse(readFileSync(step.outputs["report"] ?? "", "utf8"));
  expect({ isValid: validate(report), errors: validate.errors }).toEqual({ isValid: true, errors: null });
  return report as Report;
}

/** Reads the events of a run, and checks each of them against their schema. */
export function readEvents(file: string): readonly (RunEvent & { readonly at: string })[] {
  const lines = readFileSync(file, "utf8").split("\n");
  expect(lines.pop()).toBe("");
  return lines.map((line) => {
    const event: unknown = JSON.parse(line);
    expect({ line, isValid: validateEvent(event) }).toEqual({ line, isValid: true });
    return event as RunEvent & { readonly at: string };
  });
}

/** The digest that a tag of an OCI layout points to. */
export function readLayoutTag(folder: string, tag: string): string | undefined {
  const index = JSON.parse(readFileSync(join(folder, "index.json"), "utf8")) as {
    manifests: { digest: string; annotations?: Record<string, string> }[];
  };
  return index.manifests.find(({ annotations }) => annotations?.["org.opencontainers.image.ref.name"] === tag)
    ?.digest;
}
