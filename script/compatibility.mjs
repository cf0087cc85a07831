// compatibility.mjs RESULT.json…: the tables of docs/compatibility.md, from the results of Jest. A cell is what its test showed: without
// a test that passed it is "untried".
import { readFileSync } from "node:fs";

const passed = new Set(
  process.argv
    .slice(2)
    .flatMap((file) => JSON.parse(readFileSync(file, "utf8")).testResults)
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === "passed")
    .map(({ fullName }) => fullName),
);

/** The cell of a test that passed; `untried` where it did not run or there is none. */
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
      ["Podman 4.3, on the host's network", tested("every kind of check in podman passes")],
      ["Docker with containerd's image store", untried],
      ["Docker Desktop", untried],
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

What \`script/test\` tried last, on Linux x86_64; this file is made from its results. *tested* is a test that passed, *refused* one that
ended with a clear error, *untried* what nobody has run.

${tables.join("\n\n")}
`);
