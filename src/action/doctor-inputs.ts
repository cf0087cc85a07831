import { INPUTS, type InputSpec } from "./inputs.js";

const OF_THE_DOCTOR: readonly string[] = [
  "installables",
  "strategy",
  "systems",
  "working-directory",
  "extra-conf",
  "nix-source",
  "nix-version",
  "nix-url",
  "nix-sha256",
  "github-token",
  "access-tokens",
  "builders",
  "ssh-private-key",
  "ssh-known-hosts",
  "ssh-config",
  "kubeconfig",
  "kubernetes-pool",
  "builder-timeout",
  "cache",
  "trusted-public-keys",
  "image",
  "tags",
  "push",
  "registry-username",
  "registry-password",
  "smoke-test",
  "allow-emulated-gate",
  "promote",
];

/** The inputs that the doctor looks at. It accepts the other inputs of a build too, and ignores them. */
export const DOCTOR_INPUTS: readonly InputSpec[] = INPUTS.filter(({ name }) => OF_THE_DOCTOR.includes(name));
