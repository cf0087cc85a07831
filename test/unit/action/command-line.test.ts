import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";

import { readFlags, takeSecrets } from "../../../src/action/command-line.js";
import { type InputName, INPUTS, type InputSpec } from "../../../src/action/inputs.js";
import { renderError } from "../../../src/errors/action-error.js";

const SECRETS = INPUTS.filter((input: InputSpec) => input.isSecret === true).map(({ name }) => name);
const variableOf = (name: string) => `CROSS_BUILD_${name.toUpperCase().replaceAll("-", "_")}`;

function read(values: Partial<Record<InputName, string>>, secrets: ReadonlyMap<string, string> = new Map()) {
  const masked: string[] = [];
  const log = { mask: (secret: string) => masked.push(secret) };
  const given = Object.entries(values) as [InputName, string][];
  return { read: readFlags({ command: "build", values: new Map(given) }, secrets, log), masked };
}

describe("takeSecrets", () => {
  it("takes every secret out of the environment, and nothing else", () => {
    const secrets = Object.fromEntries(SECRETS.map((name) => [variableOf(name), `the ${name}\n`]));
    const environment = { ...secrets, PATH: "/bin", CROSS_BUILD_IMAGE: "oci:x" };
    expect(Object.fromEntries(takeSecrets(environment))).toEqual(
      Object.fromEntries(SECRETS.map((name) => [name, `the ${name}`])),
    );
    expect(environment).toEqual({ PATH: "/bin", CROSS_BUILD_IMAGE: "oci:x" });
  });
});

describe("readFlags", () => {
  it("reads a flag, or the default of its input", () => {
    const { read: get } = read({ image: " oci:x " });
    expect([get("image"), get("systems"), get("registry-password")]).toEqual(["oci:x", "x86_64-linux", ""]);
  });

  it("reads a secret from its file, or else from its variable, and masks it", () => {
    const folder = mkdtempSync(join(tmpdir(), "flags-"));
    const file = join(folder, "password");
    writeFileSync(file, "from the file\n");
    const variables = new Map([["registry-password", "from the variable"]]);
    const both = read({ "registry-password": file }, variables);
    expect(both.read("registry-password")).toBe("from the file");
    expect(both.masked).toEqual(expect.arrayContaining(["from the file", "from the variable"]));
    expect(read({}, variables).read("registry-password")).toBe("from the variable");
    rmSync(folder, { recursive: true });
  });

  it.each(SECRETS)("never shows the value of --%s, which is a secret by mistake", (name) => {
    for (const value of ["hunter2", "hunter2".repeat(1_000), "hunter2\u0000", "/etc/hunter2"]) {
      let shown = "";
      try {
        read({ [name]: value });
      } catch (error) {
        expect(error).toMatchObject({ code: "INPUT_INVALID" });
        shown = `${renderError(error)} ${(error as { readonly hint: string }).hint}`;
      }
      expect(shown).toContain(`--${name}`);
      expect(shown).toContain(variableOf(name));
      expect(shown).not.toContain("hunter2");
    }
  });
});
