import { INPUTS, type InputSpec } from "./inputs.js";

/** The input that only the gate action has. */
const GATE_RESULTS = {
  name: "gate-results",
  group: "gate",
  description:
    "The outputs gate-result of the gates that this job needs, one per line, or as " +
    "toJSON(needs.gate.outputs). The tags move only if they and this job's smoke test cover every image.",
  default: "",
} as const satisfies InputSpec;

/** The inputs that the gate action shares with a build, with the fields that differ from those of a build. */
const OF_THE_GATE: Readonly<Record<string, Partial<Pick<InputSpec, "description" | "default">>>> = {
  image: {
    description:
      "The image to test, by digest: NAME@DIGEST, as in the build's output image. Of an image index, the " +
      "images of systems are tested.",
  },
  systems: {
    description:
      "The Nix systems whose images are tested, separated by commas or newlines. Default: the system of " +
      "the container engine.",
    default: "",
  },
  "smoke-test": {
    description:
      "The smoke test: a YAML file, or the YAML itself. Without it, the job only moves the tags, and needs " +
      "gate-results.",
  },
  promote: {
    description: "true moves the tags once every image has passed its smoke test; false only tests.",
  },
  "working-directory": {},
  tags: {},
  "registry-username": {},
  "registry-password": {},
  "allow-emulated-gate": {},
  summarize: {},
  report: {},
  "smoke-junit": {},
  "events-file": {},
  "metrics-file": {},
  "otlp-endpoint": {},
};

/** The inputs of the gate action. */
export const GATE_INPUTS: readonly InputSpec[] = INPUTS.flatMap((input: InputSpec) => {
  const difference = OF_THE_GATE[input.name];
  const shared = difference === undefined ? [] : [{ ...input, ...difference }];
  return input.name === "smoke-test" ? [...shared, GATE_RESULTS] : shared;
});
