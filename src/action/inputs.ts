/**
 * The one table of inputs. The flags of the CLI come from it, and `npm run all` generates from it the inputs
 * of the actions, of the reusable workflows and of `docs/inputs.md`.
 */
export interface InputSpec {
  readonly name: string;
  readonly group: "build" | "builders" | "cache" | "image" | "gate" | "report";
  readonly description: string;
  readonly default: string;
  /** The type in the reusable workflows. Default: string. */
  readonly type?: "boolean" | "number";
  /** Takes `true` and `false` beside other words, so the CLI has `--NAME` and `--no-NAME` for it. */
  readonly isSwitch?: true;
  /** Never logged. The CLI reads it from a file or an environment variable instead of argv. */
  readonly isSecret?: true;
}

export const DEFAULT_NIX_VERSION = "2.34.8";

export const INPUTS = [
  {
    name: "installables",
    group: "build",
    description:
      "What to build: packages of a flake as FLAKE#NAME, without a system, one per line. The first one is " +
      "the image.",
    default: ".",
  },
  {
    name: "systems",
    group: "build",
    description:
      "The Nix systems to build the image for, such as x86_64-linux, separated by commas or newlines. " +
      "Several systems make an image index.",
    default: "x86_64-linux",
  },
  {
    name: "strategy",
    group: "build",
    description:
      "auto, or the allowed strategies in order of preference, separated by commas: native, " +
      "cross-compile, remote, emulate.",
    default: "auto",
  },
  {
    name: "register-emulation",
    group: "build",
    description:
      "auto, true or false. true registers QEMU on this machine while a build is emulated, if it is not " +
      "registered; auto does so on GitHub-hosted runners only.",
    default: "auto",
    isSwitch: true,
  },
  {
    name: "max-silent-time",
    group: "build",
    description: "Stop a build that has produced no output for this many seconds.",
    default: "1800",
    type: "number",
  },
  {
    name: "working-directory",
    group: "build",
    description: "The folder that flakes and relative paths start from. Default: the workspace.",
    default: "",
  },
  {
    name: "extra-conf",
    group: "build",
    description: "Additional lines of nix.conf, for this run only.",
    default: "",
  },
  {
    name: "nix-source",
    group: "build",
    description:
      "Where to get Nix if it is not installed: release (nix-version, from upstream or nix-url), or " +
      "distribution (the system's own package).",
    default: "release",
  },
  {
    name: "nix-version",
    group: "build",
    description: "The Nix release to install if Nix is missing or too old.",
    default: DEFAULT_NIX_VERSION,
  },
  {
    name: "nix-url",
    group: "build",
    description: "A mirror of Nix: the URL of a tarball, or of a folder that has nix-VERSION-SYSTEM.tar.xz.",
    default: "",
  },
  {
    name: "nix-sha256",
    group: "build",
    description:
      "The SHA-256 of the tarball, hexadecimal or sha256-BASE64. Default: the one in the action's own " +
      "table of releases, or in the .sha256 file published beside the tarball over HTTPS.",
    default: "",
  },
  {
    name: "github-token",
    group: "build",
    description: "A token for flakes on github.com, and to push to ghcr.io without other credentials.",
    default: "",
    isSecret: true,
  },
  {
    name: "access-tokens",
    group: "build",
    description:
      "Tokens for private flake inputs, as HOST=TOKEN, one per line. A token of GitLab is PAT:TOKEN. What " +
      "may be the code of a fork does not get them.",
    default: "",
    isSecret: true,
  },
  {
    name: "builders",
    group: "builders",
    description:
      "Remote builders, one Nix machine line each: ssh-ng://USER@HOST:PORT SYSTEMS - MAXJOBS SPEED " +
      "FEATURES; or @FILE, a file of such lines.",
    default: "",
  },
  {
    name: "ssh-private-key",
    group: "builders",
    description:
      "The private key, without a passphrase, for builders, and for git servers in ssh-known-hosts.",
    default: "",
    isSecret: true,
  },
  {
    name: "ssh-known-hosts",
    group: "builders",
    description:
      "The host keys of builders and git servers, as lines of known_hosts, or bare public keys of " +
      "builders. A host with an unknown key is refused.",
    default: "",
  },
  {
    name: "ssh-config",
    group: "builders",
    description:
      "How ssh reaches the builders, as Host blocks of ssh_config: HostName, ProxyJump, ProxyCommand, " +
      "CertificateFile and others.",
    default: "",
  },
  {
    name: "kubeconfig",
    group: "builders",
    description:
      "For kubernetes-pool: the content of a kubeconfig, or in-cluster (the account of the job's pod).",
    default: "",
    isSecret: true,
  },
  {
    name: "kubernetes-pool",
    group: "builders",
    description: "A pool of builders in a Kubernetes cluster, as NAMESPACE/NAME. Needs kubeconfig.",
    default: "",
  },
  {
    name: "builder-timeout",
    group: "builders",
    description: "Seconds allowed for probing all builders in parallel.",
    default: "10",
    type: "number",
  },
  {
    name: "cache",
    group: "cache",
    description:
      "The binary caches to read from and push to, one a line: github, file://DIR, " +
      "https://USER:PASSWORD@HOST/PATH, or none. Add ?push=false to one that is only read, and ?pull=false to " +
      "one that is only filled. Default: github, if the runner offers it.",
    default: "",
  },
  {
    name: "cache-signing-key",
    group: "cache",
    description: "The secret key, NAME:BASE64, that signs the paths pushed to the cache.",
    default: "",
    isSecret: true,
  },
  {
    name: "trusted-public-keys",
    group: "cache",
    description: "Public keys, NAME:BASE64, whose signatures are trusted, separated by commas or newlines.",
    default: "",
  },
  {
    name: "cache-push",
    group: "cache",
    description:
      "auto, true or false. Forks never push. A pull request only fills its own part of GitHub's cache.",
    default: "auto",
    isSwitch: true,
  },
  {
    name: "cache-timeout",
    group: "cache",
    description: "Seconds that the end of the run waits for paths that are still being pushed to caches.",
    default: "600",
    type: "number",
  },
  {
    name: "on-cache-failure",
    group: "cache",
    description: "warn or fail: whether the run goes on if a binary cache cannot be read or pushed to.",
    default: "warn",
  },
  {
    name: "image",
    group: "image",
    description:
      "Where to push the image: REGISTRY/REPOSITORY without a tag, or oci:DIR for an OCI layout on disk.",
    default: "",
  },
  {
    name: "tags",
    group: "image",
    description:
      "The tags to move to the image once its smoke test has passed, separated by commas or newlines.",
    default: "",
  },
  {
    name: "push",
    group: "image",
    description:
      "auto, true or false. Pull requests and forks never push; with auto, neither does a merge queue.",
    default: "auto",
    isSwitch: true,
  },
  {
    name: "registry-username",
    group: "image",
    description: "The user name for the registry. Default: the credentials that docker login has stored.",
    default: "",
  },
  {
    name: "registry-password",
    group: "image",
    description: "The password or token for the registry.",
    default: "",
    isSecret: true,
  },
  {
    name: "candidate-tag",
    group: "image",
    description:
      "A tag, not one of tags, for the image before its smoke test: some registries delete untagged images.",
    default: "",
  },
  {
    name: "compression",
    group: "image",
    description: "How layers are compressed: gzip, or zstd, which Docker reads from version 23 on.",
    default: "gzip",
  },
  {
    name: "compression-level",
    group: "image",
    description: "1 to 9 for gzip, 1 to 19 for zstd. Default: 4 for gzip, 3 for zstd.",
    default: "",
  },
  {
    name: "audit-allow",
    group: "image",
    description: "Globs, one per line, of files in the image that may be for another CPU.",
    default: "",
  },
  {
    name: "smoke-test",
    group: "gate",
    description: "The smoke test: a YAML file, or the YAML itself.",
    default: "",
  },
  {
    name: "allow-emulated-gate",
    group: "gate",
    description: "true runs the smoke test in QEMU if the container engine's CPU is not the image's.",
    default: "false",
    type: "boolean",
  },
  {
    name: "promote",
    group: "gate",
    description:
      "true moves the tags once the smoke test has passed. false leaves that to the gate action, which " +
      "also tests the systems that are not this machine's.",
    default: "true",
    type: "boolean",
  },
  {
    name: "summarize",
    group: "report",
    description: "true writes the job summary.",
    default: "true",
    type: "boolean",
  },
  {
    name: "report",
    group: "report",
    description:
      "The report file. Default: cross-build-report.json, in the runner's temporary folder or, for the " +
      "CLI, in a folder of ~/.local/state/cross-build.",
    default: "",
  },
  {
    name: "smoke-junit",
    group: "report",
    description: "The file for the results of the smoke test as JUnit XML.",
    default: "",
  },
  {
    name: "events-file",
    group: "report",
    description: "The file for the events of the run as they happen, one line of JSON each.",
    default: "",
  },
  {
    name: "metrics-file",
    group: "report",
    description: "The file for the metrics of the run in Prometheus' text format, such as DIR/NAME.prom.",
    default: "",
  },
  {
    name: "history",
    group: "report",
    description:
      "Where the times of earlier runs are kept: a file, or github for GitHub's cache. Default: nowhere.",
    default: "",
  },
  {
    name: "otlp-endpoint",
    group: "report",
    description:
      "The address of an OpenTelemetry collector, such as http://localhost:4318, which gets the trace of " +
      "the run. Default: that of the variable OTEL_EXPORTER_OTLP_ENDPOINT.",
    default: "",
  },
] as const satisfies readonly InputSpec[];

/** The inputs, those that one other action has, and the flags that only `cross-build compare` has. */
export type InputName = (typeof INPUTS)[number]["name"] | OtherName;
type OtherName = "gate-results" | "needs" | "change" | "rounds" | "json";

/** Returns the text of an input, trimmed, or its default if the user gave none. */
export type ReadInput = (name: InputName) => string;
