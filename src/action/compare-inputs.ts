import { INPUTS, type InputSpec } from "./inputs.js";

/** A flag of `cross-build compare`. */
export type CompareInput = Omit<InputSpec, "group"> & { readonly group: InputSpec["group"] | "compare" };

/** The flags that it shares with a build, with the fields that differ from those of a build. */
const OF_A_BUILD: Readonly<Record<string, Partial<Pick<InputSpec, "description" | "default">>>> = {
  systems: {
    description: "The Nix systems to build for, separated by commas or newlines.",
    default: "x86_64-linux,aarch64-linux",
  },
  strategy: {
    description:
      "The strategies to compare, separated by commas: native, cross-compile, remote, emulate. auto: all.",
  },
  "register-emulation": {},
  "max-silent-time": {},
  "working-directory": {},
  "extra-conf": {},
  "nix-source": {},
  "nix-version": {},
  "nix-url": {},
  "nix-sha256": {},
  "github-token": {},
  "access-tokens": {},
  builders: {},
  "ssh-private-key": {},
  "ssh-known-hosts": {},
  "ssh-config": {},
  kubeconfig: {},
  "kubernetes-pool": {},
  "builder-timeout": {},
};

/** The flags of `cross-build compare`. No action has those of the group `compare`. */
export const COMPARE_INPUTS: readonly CompareInput[] = [
  {
    name: "change",
    group: "compare",
    description:
      "A source file that you often edit, relative to the folder of flake.nix. A copy of it gets an empty " +
      "line, and what depends on it is built. Default: only cold builds are measured.",
    default: "",
  },
  {
    name: "rounds",
    group: "compare",
    description: "How often each build is measured, after a warm-up.",
    default: "1",
    type: "number",
  },
  {
    name: "json",
    group: "compare",
    description: "Print JSON instead of a table.",
    default: "false",
    type: "boolean",
  },
  ...INPUTS.flatMap((input: InputSpec) => {
    const difference = OF_A_BUILD[input.name];
    return difference === undefined ? [] : [{ ...input, ...difference }];
  }),
];
