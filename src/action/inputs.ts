/**
 * Every input, once. `action.yml`, the flags of the CLI and `docs/inputs.md` say the same; a contract test holds them
 * to this table.
 */
export interface InputSpec {
  readonly name: string;
  readonly group: "build" | "builders" | "cache" | "image" | "gate" | "report";
  readonly description: string;
  readonly default: string;
  /** Never printed; the CLI takes it from a file or from the environment instead of argv. */
  readonly isSecret?: true;
}

export const DEFAULT_NIX_VERSION = "2.34.8";

export const INPUTS = [
  {
    name: "installables",
    group: "build",
    description:
      "What to build, one per line, as FLAKE#NAME: packages of the flake by name, without a system. The first one is the image.",
    default: ".",
  },
  {
    name: "systems",
    group: "build",
    description:
      "The Nix systems that the image is for, such as x86_64-linux, separated by commas or lines. Several make an image index.",
    default: "x86_64-linux",
  },
  {
    name: "strategy",
    group: "build",
    description:
      "auto, or the allowed ones of native, cross-compile, remote and emulate, in order and separated by commas.",
    default: "auto",
  },
  {
    name: "max-silent-time",
    group: "build",
    description: "Seconds after which a build of which nothing is heard is ended.",
    default: "1800",
  },
  {
    name: "working-directory",
    group: "build",
    description: "Where every relative path and flake starts. Default: the workspace.",
    default: "",
  },
  {
    name: "extra-conf",
    group: "build",
    description: "Lines of nix.conf for this run alone.",
    default: "",
  },
  {
    name: "nix-source",
    group: "build",
    description:
      "Where Nix comes from when none is there: release (nix-version, from upstream or nix-url), or distribution (the system's own package).",
    default: "release",
  },
  {
    name: "nix-version",
    group: "build",
    description: "The Nix release to install where none is there yet, or only an old one.",
    default: DEFAULT_NIX_VERSION,
  },
  {
    name: "nix-url",
    group: "build",
    description:
      "A mirror of Nix's releases: the URL of a tarball, or of the folder that holds nix-VERSION-SYSTEM.tar.xz.",
    default: "",
  },
  {
    name: "nix-sha256",
    group: "build",
    description:
      "The SHA-256 of the tarball, hexadecimal or sha256-BASE64. Without it, the action's own table of releases or the .sha256 published beside it over HTTPS is used.",
    default: "",
  },
  {
    name: "github-token",
    group: "build",
    description: "A token with which Nix fetches flakes from github.com.",
    default: "",
    isSecret: true,
  },
  {
    name: "builders",
    group: "builders",
    description:
      "Remote builders, one Nix machine line each: ssh-ng://USER@HOST:PORT SYSTEMS - MAXJOBS SPEED FEATURES; or @FILE with such lines.",
    default: "",
  },
  {
    name: "ssh-private-key",
    group: "builders",
    description: "The private key, without a passphrase, that the builders accept.",
    default: "",
    isSecret: true,
  },
  {
    name: "ssh-known-hosts",
    group: "builders",
    description:
      "The builders' host keys, as lines of known_hosts or bare public keys. An unknown host is refused.",
    default: "",
  },
  {
    name: "ssh-config",
    group: "builders",
    description:
      "How ssh gets to the builders, as Host blocks of ssh_config: HostName, ProxyJump, ProxyCommand, CertificateFile and others.",
    default: "",
  },
  {
    name: "builder-timeout",
    group: "builders",
    description: "Seconds that probing all builders, in parallel, may take.",
    default: "10",
  },
  {
    name: "cache",
    group: "cache",
    description:
      "The binary cache to read and fill: github, file://DIR, https://USER:PASSWORD@HOST/PATH, or none. Default: github, where the runner offers it.",
    default: "",
  },
  {
    name: "cache-signing-key",
    group: "cache",
    description: "The secret key, NAME:BASE64, that signs what is pushed to the cache.",
    default: "",
    isSecret: true,
  },
  {
    name: "trusted-public-keys",
    group: "cache",
    description: "Public keys, NAME:BASE64, whose signatures are trusted.",
    default: "",
  },
  {
    name: "cache-push",
    group: "cache",
    description: "auto, true or false. auto pushes except for pull requests and forks.",
    default: "auto",
  },
  {
    name: "on-cache-failure",
    group: "cache",
    description: "warn or fail: what a binary cache that cannot be read or filled does to the run.",
    default: "warn",
  },
  {
    name: "image",
    group: "image",
    description:
      "Where the image goes: REGISTRY/REPOSITORY without a tag, or oci:DIR for an OCI layout on disk.",
    default: "",
  },
  {
    name: "tags",
    group: "image",
    description: "Tags to move to the image once its smoke test has passed, separated by commas or lines.",
    default: "",
  },
  {
    name: "push",
    group: "image",
    description: "auto, true or false. auto pushes except for pull requests and forks, which never push.",
    default: "auto",
  },
  {
    name: "registry-username",
    group: "image",
    description: "The user name for the registry. Without it, what docker login keeps is used.",
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
      "A tag for the image before its smoke test, where the registry removes images without one. Never one of tags.",
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
    description: "true lets QEMU run the smoke test where the container engine's CPU is not the image's.",
    default: "false",
  },
  {
    name: "promote",
    group: "gate",
    description:
      "true moves the tags when the smoke test has passed. false leaves that, and the smoke test of systems that this machine is not, to the gate action.",
    default: "true",
  },
  {
    name: "summarize",
    group: "report",
    description: "true writes the job summary.",
    default: "true",
  },
  {
    name: "report",
    group: "report",
    description:
      "The file for the report. Default: cross-build-report.json in the runner's temporary folder.",
    default: "",
  },
  {
    name: "smoke-junit",
    group: "report",
    description: "The file for the results of the smoke test as JUnit XML.",
    default: "",
  },
] as const satisfies readonly InputSpec[];

/** What the gate action takes, and what some of it says otherwise there than for a build. */
const OF_THE_GATE: Readonly<Record<string, Partial<Pick<InputSpec, "description" | "default">>>> = {
  image: {
    description:
      "The image to judge by its digest, NAME@DIGEST, as the build's output image has it; of an image index, those of systems.",
  },
  systems: {
    description:
      "The Nix systems whose images are judged, separated by commas or lines. Default: that of the container engine.",
    default: "",
  },
  "smoke-test": {
    description:
      "The smoke test: a YAML file, or the YAML itself. Without one, the tags move at once: for a job that needs the gates of all systems.",
  },
  promote: { description: "true moves the tags when the smoke test has passed; false only judges." },
  "working-directory": {},
  tags: {},
  "registry-username": {},
  "registry-password": {},
  "allow-emulated-gate": {},
  summarize: {},
  report: {},
  "smoke-junit": {},
};

/** The inputs of the gate action. */
export const GATE_INPUTS: readonly InputSpec[] = INPUTS.flatMap((input: InputSpec) => {
  const difference = OF_THE_GATE[input.name];
  return difference === undefined ? [] : [{ ...input, ...difference }];
});

export type InputName = (typeof INPUTS)[number]["name"];

/** The text of an input, trimmed; the default where the user gave none. */
export type ReadInput = (name: InputName) => string;
