import { Argument, Command, CommanderError, Help, Option } from "commander";

import packageJson from "../../package.json" with { type: "json" };
import { ActionError } from "../errors/action-error.js";
import { COMPARE_INPUTS, type CompareInput } from "./compare-inputs.js";
import { DOCTOR_INPUTS } from "./doctor-inputs.js";
import { GATE_INPUTS } from "./gate-inputs.js";
import { INPUTS, type InputSpec } from "./inputs.js";
import { PROVISION_INPUTS, type ProvisionGroup, type ProvisionInput } from "./provision-inputs.js";
import { paint, type Style, type Terminal, wrapText } from "./terminal.js";

export const COMMAND_NAMES = ["build", "gate", "doctor", "compare", "provision"] as const;
export type CommandName = (typeof COMMAND_NAMES)[number];

/** A flag of a command. */
export type FlagSpec = InputSpec | CompareInput | ProvisionInput;

/** A command line that asks for a run. */
export interface Invocation {
  readonly command: CommandName;
  /** The values of the flags that were given. A secret's is the name of a file. */
  readonly values: ReadonlyMap<string, string>;
  readonly isDebug: boolean;
}

interface CommandSpec {
  readonly summary: string;
  readonly description: string;
  /** What is provisioned, for example: a word after the name of the command. */
  readonly subjects?: readonly string[];
  /** An input that is a word after the name of the command, and may be left out. */
  readonly positional?: { readonly input: string; readonly name: string; readonly description: string };
  readonly inputs: readonly FlagSpec[];
  /** The inputs whose flags are accepted, but not listed in the help. */
  readonly isHidden: (name: string) => boolean;
  readonly examples: readonly string[];
}

/** A job summary exists on GitHub only. */
const isOfWorkflows = (name: string) => name === "summarize";

const COMMANDS: Readonly<Record<CommandName, CommandSpec>> = {
  build: {
    summary: "build, audit, push and test an image, then move its tags",
    description:
      "Builds an image from a flake, audits it for the target's CPU, pushes it by digest, runs its smoke " +
      "test, and then moves the tags.",
    inputs: INPUTS,
    isHidden: isOfWorkflows,
    examples: [
      "cross-build build --installables .#image --systems aarch64-linux",
      "cross-build build --image oci:/tmp/web --tags latest --smoke-test smoke-test.yaml",
      "cross-build build --builders @machines --ssh-private-key ~/.ssh/builder --strategy remote",
    ],
  },
  gate: {
    summary: "test an image that was pushed, then move its tags",
    description: "Runs the smoke test on an image that was pushed before, and then moves the tags.",
    inputs: GATE_INPUTS,
    isHidden: isOfWorkflows,
    examples: [
      "cross-build gate --image ghcr.io/me/web@sha256:… --smoke-test smoke-test.yaml --no-promote",
      "cross-build gate --image ghcr.io/me/web@sha256:… --smoke-test smoke-test.yaml --tags latest",
    ],
  },
  doctor: {
    summary: "check what a build needs, and say what to fix",
    description:
      "Checks Nix, builders, flake, cache, registry and container engine as a build with the same flags " +
      "would use them, and says what to fix. Takes all flags of build; those that it ignores are not listed.",
    inputs: INPUTS,
    isHidden: (name) => DOCTOR_INPUTS.every((input) => input.name !== name),
    examples: [
      "cross-build doctor",
      "cross-build doctor --installables .#image --smoke-test smoke-test.yaml --image ghcr.io/me/web",
    ],
  },
  compare: {
    summary: "measure how long each strategy takes to build a package",
    description:
      "Builds a package natively, cross-compiled, on remote builders and emulated, as far as this machine " +
      "can, and compares the times: cold, and after a change to one file. Pushes nothing, changes no file " +
      "of the flake, and deletes nothing from a store.",
    positional: {
      input: "installables",
      name: "package",
      description: "A package of a flake as FLAKE#NAME, without a system. Default: .",
    },
    inputs: COMPARE_INPUTS,
    isHidden: () => false,
    examples: [
      "cross-build compare .#image --change src/main.c",
      "cross-build compare --systems aarch64-linux --strategy cross-compile,emulate --rounds 5 --json",
    ],
  },
  provision: {
    summary: "make a pool of builders in a Kubernetes cluster, or remove it",
    description:
      "Makes a pool of builders with its keys and a token for jobs, waits until a build has run on every " +
      "pod, and prints what a workflow needs. Run it again to change the pool, or to renew the token.",
    subjects: ["kubernetes"],
    inputs: PROVISION_INPUTS,
    isHidden: () => false,
    examples: [
      "cross-build provision kubernetes --dry-run",
      "cross-build provision kubernetes --replicas 3 --github me/web",
      "cross-build provision kubernetes --rotate-keys",
      "cross-build provision kubernetes --delete",
    ],
  },
};

/** The headings of the groups of inputs, as in docs/inputs.md. */
export const HEADINGS: Readonly<Record<InputSpec["group"], string>> = {
  build: "Build:",
  builders: "Remote builders:",
  cache: "Binary cache:",
  image: "Image:",
  gate: "Gate:",
  report: "Report:",
};

const PROVISION_HEADINGS: Readonly<Record<ProvisionGroup, string>> = {
  cluster: "Cluster:",
  pool: "Pool:",
  jobs: "Access of jobs:",
  mode: "Instead of making the pool:",
};
const headingOf = ({ group }: FlagSpec) =>
  ({ ...HEADINGS, ...PROVISION_HEADINGS, compare: "Comparison:" })[group];

/**
 * Parses the arguments of the CLI. If they ask for help or the version, prints it and returns the exit code:
 * 2 if no command is given. Throws `INPUT_INVALID`, without the value of any flag of a secret.
 */
export function parseCommandLine(
  args: readonly string[],
  terminals: Terminals,
): Invocation | { readonly exitCode: 0 | 2 } {
  const found: Invocation[] = [];
  const program = createProgram(terminals, (invocation) => found.push(invocation));
  try {
    program.parse(hideUnknownValues(args), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { exitCode: 0 };
    if (error.code === "commander.help") return { exitCode: 2 };
    throw toUsageError(error, args);
  }
  return found[0] ?? { exitCode: 2 };
}

export interface Terminals {
  readonly stdout: Terminal;
  readonly stderr: Terminal;
}

function createProgram({ stdout, stderr }: Terminals, run: (invocation: Invocation) => void): Command {
  const program = new Command("cross-build")
    .description(packageJson.description)
    .version(packageJson.version, "-V, --version", "Print the version.")
    .option("--debug", "Log every step in detail.")
    .helpOption("-h, --help", "Print help.")
    .helpCommand("help [command]", "print help for a command")
    .configureHelp(createHelpConfiguration(stdout))
    .configureOutput({
      writeOut: stdout.write,
      writeErr: stderr.write,
      // The error is thrown, and whoever catches it prints it.
      outputError: () => undefined,
      getOutHelpWidth: () => widthOf(stdout),
      getErrHelpWidth: () => widthOf(stderr),
      getOutHasColors: () => stdout.isColored,
      getErrHasColors: () => stderr.isColored,
    })
    .exitOverride();
  for (const name of COMMAND_NAMES) {
    const spec = COMMANDS[name];
    const command = program.command(name).summary(spec.summary).description(spec.description);
    if (spec.subjects !== undefined)
      command.addArgument(new Argument("<where>", spec.subjects.join(", ")).choices(spec.subjects));
    const { positional } = spec;
    if (positional !== undefined) command.argument(`[${positional.name}]`, positional.description);
    const options = spec.inputs.map((input) => addFlag(command, input, spec.isHidden(input.name)));
    command.addHelpText("after", () => renderFoot(spec, stdout));
    command.action(() => {
      const values = new Map<string, string>();
      const [word] = command.args;
      if (positional !== undefined && word !== undefined) values.set(positional.input, word);
      for (const option of options) {
        const value: unknown = command.getOptionValue(option.attributeName());
        if (typeof value === "string") values.set(option.name(), value);
      }
      run({ command: name, values, isDebug: program.getOptionValue("debug") === true });
    });
  }
  return program;
}

/** Adds the flag of an input; of a switch, also `--no-NAME`. A repeated flag becomes an input of lines. */
function addFlag(command: Command, input: FlagSpec, isHidden: boolean): Option {
  const isSwitch = input.type === "boolean" || input.isSwitch === true;
  const flags = `--${input.name} ${isSwitch ? "[value]" : `<${kindOf(input)}>`}`;
  const option = new Option(flags, describeInput(input))
    .helpGroup(headingOf(input))
    .hideHelp(isHidden)
    .argParser((given: string, before: string | undefined) => {
      // commander takes any word as the value, so `--image --tags latest` would be an image named --tags.
      if (command.options.some(({ short, long }) => given === short || given === long))
        throw missingValue(input.name, given);
      return before === undefined || isSwitch ? given : `${before}\n${given}`;
    });
  command.addOption(option);
  if (isSwitch) {
    option.preset("true");
    const no = new Option(`--no-${input.name}`).preset("false").hideHelp();
    command.addOption(no.helpGroup(headingOf(input)));
  }
  return option;
}

function kindOf(input: FlagSpec): string {
  const isFile = input.isSecret === true || "isFile" in input;
  return isFile ? "file" : input.type === "number" ? "number" : "value";
}

function describeInput(input: FlagSpec): string {
  const notes = [
    ...(input.default === "" ? [] : [`default: ${input.default}`]),
    ...(input.isSecret === true ? [`or the variable ${secretVariable(input.name)}`] : []),
  ];
  return notes.length === 0 ? input.description : `${input.description} (${notes.join("; ")})`;
}

/** The variable that the CLI reads a secret from, if its flag is not given. */
export function secretVariable(name: string): string {
  return `CROSS_BUILD_${name.toUpperCase().replaceAll("-", "_")}`;
}

/** Longer lines are hard to read, however wide the terminal is. */
const MOST_COLUMNS = 110;
const FEWEST_COLUMNS = 46;
const COLUMNS_OF_A_FILE = 80;

function widthOf({ columns = COLUMNS_OF_A_FILE }: Terminal): number {
  return Math.max(FEWEST_COLUMNS, Math.min(columns, MOST_COLUMNS));
}

const TITLE: Style = "bold";
const TERM: Style = "cyan";

function createHelpConfiguration(terminal: Terminal): Partial<Help> {
  const paintTerm = (text: string) => paint(terminal, TERM, text);
  return {
    showGlobalOptions: true,
    styleTitle: (text) => paint(terminal, TITLE, text),
    styleOptionTerm: paintTerm,
    styleSubcommandTerm: paintTerm,
    subcommandTerm: (command) => command.name(),
    optionDescription: ({ description }) => description,
    // Both flags of a switch, as git shows them.
    optionTerm: ({ flags, optional }) =>
      optional ? flags.replace("--", "--[no-]").replace(" [value]", "") : flags,
    formatItem: (term, termWidth, description, helper) => {
      const width = widthOf(terminal);
      return width - termWidth - 4 >= helper.minWidthToWrap
        ? Help.prototype.formatItem.call(helper, term, termWidth, description, helper)
        : // A narrow terminal has no room beside the flags.
          `  ${term}\n${indent(helper.boxWrap(description, width - 6), 6)}`;
    },
  };
}

function renderFoot({ examples }: CommandSpec, terminal: Terminal): string {
  const notes =
    "Repeat a flag to give a list. A secret is read from a file or from its variable, and is never an " +
    "argument. More: https://github.com/fluo/cross-build/blob/v1/docs/command-line.md";
  const title = paint(terminal, TITLE, "Examples:");
  return `\n${title}\n${indent(examples.join("\n"), 2)}\n\n${wrapText(notes, widthOf(terminal))}`;
}

function indent(text: string, columns: number): string {
  return text.replace(/^(?=.)/gm, " ".repeat(columns));
}

const nameOf = (arg: string) => /^--([a-z][a-z0-9-]*)/.exec(arg)?.[1] ?? "";

/** Cuts the values off flags that the command does not have: `--registry-pasword=SECRET` is a typo. */
function hideUnknownValues(args: readonly string[]): readonly string[] {
  const command = findCommand(args);
  const known = new Set(command === undefined ? [] : COMMANDS[command].inputs.map(({ name }) => name));
  return args.map((arg) =>
    /^--[a-z][a-z0-9-]*=/.test(arg) && !known.has(nameOf(arg)) ? `--${nameOf(arg)}` : arg,
  );
}

function findCommand(args: readonly string[]): CommandName | undefined {
  return COMMAND_NAMES.find((name) => args.find((arg) => !arg.startsWith("-")) === name);
}

function missingValue(name: string, next: string): ActionError {
  return new ActionError("INPUT_INVALID", `--${name} needs a value, but ${next} follows it`, {
    hint: `Write --${name}=VALUE if the value starts with a dash.`,
  });
}

/** The error for a command line that commander refuses. commander's suggestion is its second line. */
function toUsageError({ code, message }: CommanderError, args: readonly string[]): ActionError {
  const [said = "", suggestion = ""] = message.replace(/^error: /, "").split("\n");
  const command = findCommand(args);
  const isSecret = (arg: string) =>
    INPUTS.some((input: InputSpec) => input.isSecret === true && input.name === nameOf(arg));
  const text =
    // A secret with spaces and without quotes makes such arguments.
    code === "commander.excessArguments" && args.some(isSecret)
      ? "too many arguments: a command takes flags only, and a value with spaces needs quotes"
      : said;
  const help =
    command === undefined
      ? `The first argument is a command: ${COMMAND_NAMES.join(", ")}. See \`cross-build --help\`.`
      : `See \`cross-build ${command} --help\`.`;
  return new ActionError("INPUT_INVALID", text, {
    hint: [suggestion.replace(/^\((.*)\)$/, "$1"), help].filter((line) => line !== "").join(" "),
  });
}
