import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { expect } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";

import type { Report } from "../src/report/report.js";
import type { StepResult } from "./runner.js";
import { readNixRelease } from "./testbed.js";

export const FIXTURE = resolve("test/fixtures/hello");

/** The inputs that every job on the fixture needs: the test bed's Nix, and the folders of the machine's compilers. */
export const COMMON = {
  ...readNixRelease(),
  "extra-conf": "sandbox-paths = /bin /usr /lib /lib64\nsubstituters =",
};

/** A builder that takes builds: how busy the test machine is decides which of the two it is. */
export const USABLE = { state: expect.stringMatching(/^(?:ready|degraded)$/) as unknown };

export const SMOKE_TEST = { "smoke-test": join(FIXTURE, "smoke-test.yaml") };

// Formats are for people: the validator knows none.
const validate = new Ajv2020({ allErrors: true, validateFormats: false }).compile(
  JSON.parse(readFileSync("docs/report.schema.json", "utf8")) as object,
);

/** The report of a step, held to its schema. */
export function readReport(step: StepResult): Report {
  const report: unknown = JSON.parse(readFileSync(step.outputs["report"] ?? "", "utf8"));
  expect({ isValid: validate(report), errors: validate.errors }).toEqual({ isValid: true, errors: null });
  return report as Report;
}

/** The digest under a tag of an OCI layout. */
export function readLayoutTag(folder: string, tag: string): string | undefined {
  const index = JSON.parse(readFileSync(join(folder, "index.json"), "utf8")) as {
    manifests: { digest: string; annotations?: Record<string, string> }[];
  };
  return index.manifests.find(({ annotations }) => annotations?.["org.opencontainers.image.ref.name"] === tag)
    ?.digest;
}
