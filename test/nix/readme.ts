import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import { makeTemporaryFolder } from "../runner.js";
import { createProject } from "./project.js";

const TEXT = readFileSync("README.md", "utf8");

function readBlock(language: string): string {
  return new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, "m").exec(TEXT)?.[1] ?? "";
}

/** The flake of README.md as a project, with these as its inputs. Gives its folder. */
export function createReadmeProject(nixpkgs: string): string {
  const source = makeTemporaryFolder("readme");
  writeFileSync(join(source, "flake.nix"), readBlock("nix"));
  return createProject(source, nixpkgs);
}

/** The inputs of the workflow of README.md. */
export function readReadmeInputs(): Readonly<Record<string, string>> {
  const { jobs } = parse(readBlock("yaml")) as {
    readonly jobs: Readonly<Record<string, { readonly with: Readonly<Record<string, string>> }>>;
  };
  return jobs["image"]?.with ?? {};
}
