import { stripVTControlCharacters } from "node:util";

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import {
  COMMAND_NAMES,
  type CommandName,
  type Invocation,
  parseCommandLine,
} from "../../../src/action/flags.js";
import { DOCTOR_INPUTS } from "../../../src/action/doctor-inputs.js";
import { GATE_INPUTS } from "../../../src/action/gate-inputs.js";
import { INPUTS, type InputSpec } from "../../../src/action/inputs.js";
import { ActionError } from "../../../src/errors/action-error.js";

/** Parses a command line, and returns what it printed. */
function call(args: readonly string[], { columns = 80, isColored = false } = {}) {
  const printed = { stdout: "", stderr: "" };
  const open = (name: keyof typeof printed) => ({
    write: (text: string) => {
      printed[name] += text;
    },
    columns,
    isColored,
  });
  const result = parseCommandLine(args, { stdout: open("stdout"), stderr: open("stderr") });
  return { result, ...printed };
}

function parse(...args: readonly string[]): Invocation {
  const { result } = call(args);
  if ("exitCode" in result) throw new Error(`no command, but the exit code ${result.exitCode}`);
  return result;
}

function reject(...args: readonly string[]): ActionError {
  try {
    parse(...args);
  } catch (error) {
    if (error instanceof ActionError) return error;
    throw error;
  }
  throw new Error("the command line was accepted");
}

const valuesOf = (...args: readonly string[]) => Object.fromEntries(parse(...args).values);

describe("parseCommandLine", () => {
  it("reads flags in both forms, and a repeated flag as a list", () => {
    const args = ["--installables", ".#a", "--installables=.#b", "--image", "oci:x"];
    expect(valuesOf("build", ...args)).toEqual({ installables: ".#a\n.#b", image: "oci:x" });
  });

  it.each<[readonly string[], Readonly<Record<string, string>>]>([
    [["--allow-emulated-gate"], { "allow-emulated-gate": "true" }],
    [["--allow-emulated-gate", "true"], { "allow-emulated-gate": "true" }],
    [["--allow-emulated-gate", "--tags", "v1"], { "allow-emulated-gate": "true", tags: "v1" }],
    [["--allow-emulated-gate=false"], { "allow-emulated-gate": "false" }],
    [["--no-promote"], { promote: "false" }],
    [["--no-promote", "--promote"], { promote: "true" }],
    [["--push"], { push: "true" }],
    [["--no-push"], { push: "false" }],
    [["--push", "auto"], { push: "auto" }],
    [["--no-cache-push"], { "cache-push": "false" }],
    [[], {}],
  ])("reads the switches in %j", (args, expected) => {
    expect(valuesOf("build", ...args)).toEqual(expected);
  });

  it("has --NAME and --no-NAME for every input that takes true and false", () => {
    const switches = INPUTS.filter((input: InputSpec) => /\btrue\b/.test(input.description));
    expect(switches.length).toBeGreaterThan(4);
    for (const { name } of switches) {
      expect(valuesOf("build", `--${name}`)).toEqual({ [name]: "true" });
      expect(valuesOf("build", `--no-${name}`)).toEqual({ [name]: "false" });
    }
  });

  it("accepts --debug before and after the command", () => {
    expect(parse("build").isDebug).toBe(false);
    expect(parse("build", "--debug", "--tags", "v1")).toMatchObject({ isDebug: true });
    expect(parse("--debug", "gate")).toMatchObject({ isDebug: true, command: "gate" });
  });

  it.each([
    [["biuld"], /unknown command 'biuld'/, /Did you mean build\?/],
    [["build", "--instalables", ".#a"], /unknown option '--instalables'/, /Did you mean --installables\?/],
    [["build", "--debgu"], /unknown option '--debgu'/, /Did you mean --debug\?/],
    [["gate", "--installables", ".#a"], /unknown option '--installables'/, /cross-build gate --help/],
    [["build", "--image"], /'--image <value>' argument missing/, /cross-build build --help/],
    [["build", "--image", "--tags", "v1"], /--image needs a value, but --tags follows it/, /--image=VALUE/],
    [["build", "--tags", "v1", "v2"], /too many arguments.*: v2/, /cross-build build --help/],
    [["--image", "oci:x"], /unknown option '--image'/, /first argument is a command: build, gate, doctor/],
  ])("rejects %j, and says what to write", (args, message, hint) => {
    const error = reject(...args);
    expect(error).toMatchObject({ code: "INPUT_INVALID" });
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
  });

  it.each([
    ["--registry-pasword=hunter2"],
    ["--registry-pasword", "hunter2"],
    ["--registry-password", "my", "hunter2"],
    ["--registry-password=my", "hunter2"],
  ])("does not show the secret in a mistaken %j %j %j", (...args) => {
    const { message, hint } = reject("build", ...args);
    expect(`${message} ${hint}`).not.toContain("hunter2");
  });

  it("suggests the flag of a secret that was misspelt together with its value", () => {
    expect(reject("build", "--registry-pasword=hunter2").hint).toMatch(/Did you mean --registry-password\?/);
  });

  it("throws only INPUT_INVALID, whatever the arguments are", () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom(...COMMAND_NAMES, "--help", "-h", "-V", "--", "-", "--no-", "--debug=1", "help"),
      fc.constantFrom(...INPUTS.map(({ name }) => `--${name}`)),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 5 }), (args) => {
        try {
          call(args);
        } catch (error) {
          expect(error).toMatchObject({ code: "INPUT_INVALID" });
        }
      }),
    );
  });
});

describe("help", () => {
  const helpFor = (...args: Parameters<typeof call>) => {
    const { result, stdout } = call(...args);
    expect(result).toEqual({ exitCode: 0 });
    return stdout;
  };
  const helpOf = (command: CommandName, columns = 80) => helpFor([command, "--help"], { columns });
  /** The names of the inputs whose flags a help lists. */
  const listed = (help: string) =>
    [...help.matchAll(/^ {2}--(?:\[no-\])?([a-z0-9-]+)/gm)]
      .map(([, name]) => name)
      .filter((name) => name !== "debug");
  const words = (text: string) => text.replace(/\s+/g, " ");

  it.each<[CommandName, readonly InputSpec[]]>([
    ["build", INPUTS],
    ["gate", GATE_INPUTS],
    ["doctor", DOCTOR_INPUTS],
  ])("of %s has the flags that it takes, with their descriptions, and no others", (command, inputs) => {
    const expected = inputs.filter(({ name }) => name !== "summarize");
    expect(listed(helpOf(command)).toSorted()).toEqual(expected.map(({ name }) => name).toSorted());
    for (const { description } of expected) expect(words(helpOf(command))).toContain(words(description));
  });

  it("groups the flags as docs/inputs.md does", () => {
    const titles = helpOf("build").match(/^[A-Z][A-Za-z ]+:$/gm);
    const groups = ["Build:", "Remote builders:", "Binary cache:", "Image:", "Gate:", "Report:"];
    expect(titles).toEqual([...groups, "Options:", "Global Options:", "Examples:"]);
  });

  it.each(COMMAND_NAMES)("of %s has an example that can be parsed", (command) => {
    const [, examples = ""] = /^Examples:\n((?: {2}.*\n)+)/m.exec(helpOf(command)) ?? [];
    const lines = examples.trim().split("\n");
    for (const line of lines) {
      const [program, ...args] = line.trim().split(/ +/);
      expect(program).toBe("cross-build");
      expect(parse(...args).command).toBe(command);
    }
  });

  it("names the file and the variable of a secret", () => {
    expect(words(helpOf("gate"))).toMatch(
      /--registry-password <file> The password .* \(or the variable CROSS_BUILD_REGISTRY_PASSWORD\)/,
    );
  });

  it.each([46, 60, 80, 110])("fits into a terminal of %i columns", (columns) => {
    for (const command of COMMAND_NAMES) {
      const [text = ""] = helpOf(command, columns).split("Examples:");
      const long = text.split("\n").filter((line) => line.length > columns);
      // A word that is longer than the line stays whole.
      expect(long.filter((line) => line.trim().includes(" "))).toEqual([]);
    }
  });

  it("uses the width of a wide terminal, and stays readable in a very wide one", () => {
    const widest = (columns: number) =>
      Math.max(
        ...helpOf("build", columns)
          .split("\n")
          .map((line) => line.length),
      );
    expect(widest(100)).toBeGreaterThan(90);
    expect(widest(300)).toBeLessThanOrEqual(120);
  });

  it("is coloured only if the terminal is", () => {
    const plain = helpFor(["build", "-h"]);
    const coloured = helpFor(["build", "-h"], { isColored: true });
    expect(plain).toBe(stripVTControlCharacters(plain));
    expect(coloured).toContain("\u001b[1mUsage:\u001b[22m");
    expect(stripVTControlCharacters(coloured)).toBe(plain);
  });

  it.each([[["--help"]], [["-h"]], [["help"]]])("of the CLI lists the commands, for %j", (args) => {
    const help = helpFor(args);
    for (const command of COMMAND_NAMES) expect(help).toMatch(new RegExp(`^ {2}${command} {2,}\\w`, "m"));
  });

  it("is the same for `help build` and `build -h`", () => {
    expect(helpFor(["help", "build"])).toBe(helpOf("build"));
  });

  it("goes to stderr, as an error, if there is no command", () => {
    const { result, stdout, stderr } = call([]);
    expect([result, stdout]).toEqual([{ exitCode: 2 }, ""]);
    expect(stderr).toMatch(/^Usage: cross-build/);
  });

  it.each([[["--version"]], [["-V"]], [["build", "--version"]]])("is not needed for %j", (args) => {
    expect(helpFor(args)).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
