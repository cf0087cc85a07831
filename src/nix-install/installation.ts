import { renderSingleUserConf } from "./conf.js";

/** Who opens the store, and so whose rights and whose ssh a build has. */
export type StoreAccess =
  /** A daemon of root's. */
  | "daemon"
  /** This process; /etc/nix/nix.conf has the settings. */
  | "direct"
  /** This process, for a user without root who owns /nix and cannot write to /etc/nix. */
  | "single-user";

/** A Nix that this run can build with. */
export type NixInstallation = InstallationKind & {
  readonly version: string;
  /** The folder that has to be on PATH. */
  readonly binFolder: string;
  readonly access: StoreAccess;
};

type InstallationKind =
  /** Reused: a Nix that was on this machine before, and that this action did not configure. */
  | { readonly kind: "preinstalled" }
  /** Reused: an earlier run of this action installed it. */
  | { readonly kind: "earlier-run" }
  /** A release that this run unpacked into /nix. */
  | { readonly kind: "release"; readonly archive: ArchiveSource }
  /** The distribution's package. */
  | { readonly kind: "distribution" }
  /** Upstream's installer for macOS, run with a release. */
  | { readonly kind: "upstream-installer"; readonly archive: ArchiveSource };

/** Where the bytes of a release came from. */
export type ArchiveSource = "tool-cache" | "download";

/** Whether builds are a root daemon's: it is root's ssh then that connects to the builders. */
export function isThroughDaemon({ access }: Pick<NixInstallation, "access">): boolean {
  return access === "daemon";
}

/** Lines of nix.conf that this Nix needs and that no file of its own has. */
export function renderRequiredConf({ access }: Pick<NixInstallation, "access">): string {
  return access === "single-user" ? renderSingleUserConf() : "";
}

/** How the report names where a Nix came from. */
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
