// compatibility.mjs RESULT.json…: prints docs/compatibility.md from the results of Jest. Each cell names a
// test, and is "untried" unless that test passed.
import { readFileSync } from "node:fs";

const passed = new Set(
  process.argv
    .slice(2)
    .flatMap((file) => JSON.parse(readFileSync(file, "utf8")).testResults)
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === "passed")
    .map(({ fullName }) => fullName),
);

/** The cell of a test: `tested` if it passed, otherwise `untried`. */
const tested = (name) => (passed.has(name) ? "tested" : "untried");
const refused = (name) => (passed.has(name) ? "refused" : "untried");
const untried = "untried";

const nix = (suite, name) => tested(`the Nix of Debian's ${suite}${name}`);
const foundOfDebian = (suite) => [
  nix(
    suite,
    ", not installed by this action, is used by root unchanged, and builds, promotes and fills a cache",
  ),
  nix(suite, ", not installed by this action, is used by the user who owns its store, without a daemon"),
  nix(suite, ", not installed by this action, is used through its own daemon, which is left running"),
  nix("trixie", ` with a builder of ${suite} builds there`),
];
const ofDebian = (suite) => [
  nix(suite, " is installed, builds and promotes (user with a daemon: false)"),
  nix(suite, " is installed, builds and promotes (user with a daemon: true)"),
  ...foundOfDebian(suite),
];

const TABLES = [
  {
    head: [
      "Nix",
      "installed, as root",
      "installed, with sudo",
      "found, by root",
      "found, single-user",
      "found, multi-user",
      "on a builder",
    ],
    rows: [
      ["Debian 13's (2.26)", ...ofDebian("trixie")],
      ["newest of Debian unstable", ...ofDebian("sid")],
      [
        "Debian 12's (2.8)",
        tested("the distribution's package is installed by root, builds and promotes, and is reused"),
        tested(
          "the distribution's package is installed with sudo, and has a daemon that builds in the sandbox",
        ),
        ...foundOfDebian("bookworm"),
      ],
      ["upstream's own tarball", untried, untried, untried, untried, untried, untried],
      ["Determinate, Lix, NixOS", "—", "—", untried, untried, untried, untried],
      ["macOS", "—", untried, untried, untried, untried, "—"],
    ],
  },
  {
    head: ["container engine", "runs the smoke test"],
    rows: [
      ["Docker 20.10", tested("every kind of check in docker passes")],
      ["Podman 4.3, as root with slirp4netns", tested("every kind of check in podman passes")],
      ["Docker with containerd's image store", untried],
      ["Docker Desktop", untried],
      ["crun 1.8, as root without an engine", tested("every kind of check in crun passes")],
      ["runc 1.1, as root without an engine", tested("every kind of check in runc passes")],
      ["none", refused("reports what is missing if there is no container engine")],
    ],
  },
  {
    head: ["registry", "push by digest", "promotion", "order of runs"],
    rows: [
      [
        "OCI layout on disk",
        tested(
          "a native build into an OCI layout installs Nix, builds here, and promotes the digest that it tested",
        ),
        tested("promotion in an OCI layout moves tags, and reports where they pointed before"),
        tested(
          "two runs in an OCI layout leave the tag at the newer run's image even if the older run comes last",
        ),
      ],
      [
        "docker-registry 2.8, basic authentication",
        tested("docker-registry with basic authentication returns the bytes that were pushed"),
        tested(
          "docker-registry with basic authentication has no tag before promotion, and the requested tags after it",
        ),
        tested("docker-registry with basic authentication stores the promotion record"),
      ],
      [
        "a registry with tokens (a fake)",
        tested("pushing to a registry requests a token if the registry requires one"),
        untried,
        untried,
      ],
      ["ghcr.io, Docker Hub, ECR, ACR, Artifact Registry, Quay", untried, untried, untried],
    ],
  },
];

const render = (cells) => `| ${cells.join(" | ")} |`;
const tables = TABLES.map(({ head, rows }) => [head, head.map(() => "---"), ...rows].map(render).join("\n"));
process.stdout.write(`# Compatibility

What the last full run of \`script/test\` covered, on Linux x86_64. \`script/compatibility.mjs\` writes this
file from its results. *tested*: a test passed. *refused*: a test shows that it ends with a clear error.
*untried*: no test has run it.

${tables.join("\n\n")}

## Real package sets

Not part of that run: \`NIXPKGS=folder script/test nixpkgs\` evaluates the Nix library, the templates and the
examples on a real package set, from x86_64-linux, aarch64-linux and aarch64-darwin, for x86_64-linux and
aarch64-linux. Last done, without building anything, on \`ekala-project/corepkgs\` 9c8533eb with its
\`nix-lib\` a52fa865, a fork of nixpkgs of August 2026; the flake-parts module on flake-parts 427bf4bd with
\`nixpkgs.lib\` de42d442. NixOS/nixpkgs itself: *untried*.

| evaluated | from x86_64-linux | from aarch64-linux | from aarch64-darwin |
| --- | --- | --- | --- |
| package sets, \`mkImage\`, flake-parts module | all targets | all targets | fails [1] |
| \`examples/bff\`, \`templates/node\`, \`templates/go\` | all targets | all targets | fails [1] |
| \`examples/backend\`, \`templates/java\` | all targets, with an overlay [2] | all targets, with an overlay [2] | fails [1] |
| \`templates/rust\` | native only [3] | native only [3] | fails [1] |
| \`templates/tools\` | fails [4] | fails [4] | fails [1] |

What failed is missing in that package set, and not in nixpkgs:

1. It has no standard environment for Darwin. The flake-parts module lists its packages there.
2. Its JDK has no \`jdk_headless\`, and the evaluation of \`llvmPackages_git\` for a cross set does not end. The
   overlay gives the one its name and leaves out the others.
3. \`llvmPackages_git\`, as in 2. Rust needs LLVM, so no overlay helps.
4. It has no \`kubectl\`, and no \`hello\`, which the end-to-end workflow's flake uses.

Its \`nix-lib\` inherits \`isPath\` from a set that does not have it, so a line was changed there to evaluate
the errors of \`mkImage\`.
`);
