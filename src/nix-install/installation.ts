import { renderSingleUserConf } from "./conf.js";

/** Which process opens the store. Its privileges and its ssh configuration apply to builds. */
export type StoreAccess =
  /** A daemon that runs as root. */
  | "daemon"
  /** This process, with the settings of /etc/nix/nix.conf. */
  | "direct"
  /** This process, run by a user who owns /nix, but is not root and cannot write to /etc/nix. */
  | "single-user";

/** A Nix that this run can build with. */
export type NixInstallation = InstallationKind & {
  readonly version: string;
  /** Folder of the Nix programs, which has to be on PATH. */
  readonly binFolder: string;
  readonly access: StoreAccess;
};

type InstallationKind =
  /** Reused: a Nix that this action neither installed nor configured. */
  | { readonly kind: "preinstalled" }
  /** Reused: an earlier run of this action installed it. */
  | { readonly kind: "earlier-run" }
  /** A release that this run unpacked into /nix. */
  | { readonly kind: "release"; readonly archive: ArchiveSource }
  /** The distribution's package. */
  | { readonly kind: "distribution" }
  /** Upstream's installer for macOS, run with a release. */
  | { readonly kind: "upstream-installer"; readonly archive: ArchiveSource };

/** Where the archive of a release came from. */
export type ArchiveSource = "tool-cache" | "download";

/** True if a root daemon runs the builds, so that root's ssh connects to the builders. */
export function isThroughDaemon({ access }: Pick<NixInstallation, "access">): boolean {
  return access === "daemon";
}

/** Settings that this Nix needs and that none of its own configuration files has. */
export function renderRequiredConf({ access }: Pick<NixInstallation, "access">): string {
  return access === "single-user" ? renderSingleUserConf() : "";
}

/** Where a Nix came from, in the words of the report. */
export function originOf(installation: InstallationKind): {
  readonly origin: "reused" | "installed";
  readonly source: "present" | "distribution" | ArchiveSource;
} {
  switch (installation.kind) {
    case "preinstalled":
    case "earlier-run":
      return { origin: "reused", source: "present" };
    case "release":
    case "upstream-installer":
      return { origin: "installed", source: installation.archive };
    case "distribution":
      return { origin: "installed", source: "distribution" };
  }
}
