import { DOCTOR_INPUTS } from "../../src/action/doctor-inputs.js";
import { GATE_INPUTS } from "../../src/action/gate-inputs.js";
import { type InputName, INPUTS, type InputSpec } from "../../src/action/inputs.js";
import { TOTAL_INPUTS } from "../../src/action/total-inputs.js";
import { type OutputName, OUTPUTS } from "../../src/action/outputs.js";

/** An input, or a secret of a reusable workflow. */
export type Offer = Pick<InputSpec, "name" | "description" | "default" | "type">;

/** What an action offers. */
export interface Action {
  readonly file: string;
  /** The value of `_internal-action`. */
  readonly name: string;
  readonly inputs: readonly Offer[];
  readonly outputs: Readonly<Record<string, string>>;
}

/** What a reusable workflow offers. */
export interface Workflow {
  readonly file: string;
  readonly inputs: readonly Offer[];
  readonly secrets: readonly Pick<Offer, "name" | "description">[];
  /** The job that sets each output. */
  readonly outputs: Readonly<Partial<Record<OutputName, string>>>;
}

type Descriptions = Readonly<Partial<Record<InputName, string>>>;

/** The inputs of the table with these names. */
function only(...names: readonly InputName[]): readonly InputSpec[] {
  return INPUTS.filter(({ name }) => names.includes(name));
}

/** All inputs of the table but those with these names and the secrets. */
function allExcept(...names: readonly InputName[]): readonly InputSpec[] {
  return INPUTS.filter((input: InputSpec & { readonly name: InputName }) => {
    return input.isSecret !== true && !names.includes(input.name);
  });
}

/** Replaces the descriptions of inputs that differ in one workflow. */
function describe(inputs: readonly InputSpec[], descriptions: Descriptions): readonly Offer[] {
  return inputs.map((input) => ({
    ...input,
    description: descriptions[input.name as InputName] ?? input.description,
  }));
}

function pickOutputs(...names: readonly OutputName[]): Action["outputs"] {
  return Object.fromEntries(names.map((name) => [name, OUTPUTS[name]]));
}

const BUILDERS: readonly InputName[] = [
  "builders",
  "ssh-private-key",
  "ssh-known-hosts",
  "ssh-config",
  "kubeconfig",
  "kubernetes-pool",
  "builder-timeout",
];

export const ACTIONS: readonly Action[] = [
  { file: "action.yml", name: "cross-build", inputs: INPUTS, outputs: OUTPUTS },
  {
    file: "gate/action.yml",
    name: "gate",
    inputs: GATE_INPUTS,
    outputs: pickOutputs(
      "digest",
      "image",
      "tags",
      "smoke-test",
      "gate-result",
      "result",
      "promoted",
      "report",
      "report-html",
      "error-code",
    ),
  },
  {
    file: "setup/action.yml",
    name: "setup",
    inputs: only(
      "working-directory",
      "extra-conf",
      "nix-source",
      "nix-version",
      "nix-url",
      "nix-sha256",
      "github-token",
      "access-tokens",
      "cache",
      "trusted-public-keys",
      ...BUILDERS,
    ),
    outputs: pickOutputs("builders", "error-code"),
  },
  {
    file: "doctor/action.yml",
    name: "doctor",
    inputs: [
      ...DOCTOR_INPUTS.map((input) =>
        input.name === "installables"
          ? { ...input, default: "", description: `${input.description} Default: no flake is looked at.` }
          : input,
      ),
      ...only("summarize"),
    ],
    outputs: {
      healthy: "true if a job would not fail, otherwise false.",
      diagnosis: "The results, as a Markdown table.",
      "error-code": "The error code of the first failure. Empty if there is none.",
    },
  },
  { file: "total/action.yml", name: "total", inputs: TOTAL_INPUTS, outputs: pickOutputs("error-code") },
];

/** The workflows decide these themselves. */
const REPORT: readonly InputName[] = [
  "summarize",
  "report",
  "smoke-junit",
  "events-file",
  "metrics-file",
  "history",
  "otlp-endpoint",
];

const RUNNERS: Offer = {
  name: "runners",
  description: 'The runner of each system, as JSON such as {"aarch64-linux":"my-arm-runner"}.',
  default: "{}",
};

const CACHE: Pick<Offer, "name" | "description"> = {
  name: "cache",
  description: "The caches, if a URL has a password. Overrides the input cache.",
};

const PASSWORD_IN_SECRET: Descriptions = {
  cache:
    "The binary caches to read from and push to, one a line: github, file://DIR, https://HOST/PATH, or " +
    "none. Add ?push=false to one that is only read. URLs with a password go into the secret cache. " +
    "Default: github, if the runner offers it.",
};

const JOB_PER_SYSTEM: Descriptions = {
  systems:
    "The Nix systems to build for, such as x86_64-linux, separated by commas or newlines. Each gets a job " +
    "of its own.",
};

export const WORKFLOWS: readonly Workflow[] = [
  {
    file: ".github/workflows/cross-build.yml",
    inputs: [
      ...describe(allExcept("push", "promote", ...REPORT), {
        ...PASSWORD_IN_SECRET,
        "registry-username":
          "The user name for the registry. Default: the user who started the run, for ghcr.io only.",
        "smoke-test": "The smoke test: a YAML file, or the YAML itself. Required if there are tags.",
      }),
      {
        name: "runners",
        description:
          "The runner of each role (build, promote, default) and system, as JSON such as " +
          '{"build":"ubuntu-24.04-arm","aarch64-linux":"my-arm-runner"}.',
        default: "{}",
      },
      {
        name: "attest",
        description: "true signs the image's provenance with this workflow's identity.",
        default: "true",
        type: "boolean",
      },
    ],
    secrets: [
      ...only("access-tokens", "ssh-private-key", "kubeconfig", "cache-signing-key"),
      ...describe(only("registry-password"), {
        "registry-password":
          "The password or token for the registry. Default: the job's own token, for ghcr.io only.",
      }),
      CACHE,
    ],
    outputs: { digest: "build", image: "build", tags: "promote", plan: "build" },
  },
  {
    file: ".github/workflows/pr-check.yml",
    inputs: [
      ...describe(
        allExcept(
          "image",
          "tags",
          "push",
          "registry-username",
          "candidate-tag",
          "compression",
          "compression-level",
          "cache-push",
          "cache-timeout",
          "promote",
          ...REPORT,
        ),
        JOB_PER_SYSTEM,
      ),
      RUNNERS,
    ],
    secrets: describe(only("access-tokens", "ssh-private-key", "kubeconfig"), {
      "access-tokens":
        "Tokens for private flake inputs, as HOST=TOKEN, one per line. A token of GitLab is PAT:TOKEN. " +
        "Forks and Dependabot do not get them.",
      "ssh-private-key":
        "The private key for builders that pull requests may use, and for git servers that ssh-known-hosts " +
        "names. Forks and Dependabot do not get it, and build without these builders.",
    }),
    outputs: {},
  },
  {
    file: ".github/workflows/cache-warmup.yml",
    inputs: [
      ...describe(
        allExcept(
          "cache-push",
          "on-cache-failure",
          "image",
          "tags",
          "push",
          "registry-username",
          "candidate-tag",
          "compression",
          "compression-level",
          "audit-allow",
          "smoke-test",
          "allow-emulated-gate",
          "promote",
          ...REPORT,
        ),
        { ...JOB_PER_SYSTEM, ...PASSWORD_IN_SECRET },
      ),
      RUNNERS,
    ],
    secrets: [...only("access-tokens", "ssh-private-key", "kubeconfig", "cache-signing-key"), CACHE],
    outputs: {},
  },
  {
    file: ".github/workflows/builder-health.yml",
    inputs: [
      ...describe(
        only(
          "systems",
          "working-directory",
          "builders",
          "ssh-known-hosts",
          "ssh-config",
          "kubernetes-pool",
          "builder-timeout",
          "cache",
          "trusted-public-keys",
        ),
        PASSWORD_IN_SECRET,
      ),
      { name: "runner", description: "The runner for all jobs.", default: "ubuntu-24.04" },
      {
        name: "open-issue",
        description: "true keeps an issue instead of failing. Needs the permission issues: write.",
        default: "false",
        type: "boolean",
      },
    ],
    secrets: [...only("ssh-private-key", "kubeconfig"), CACHE],
    outputs: {},
  },
];
