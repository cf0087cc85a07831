import { ActionError } from "../errors/action-error.js";
import { digestOfHex, type Digest } from "../model/digest.js";
import type { System } from "../model/system.js";
import { findReleaseDigest } from "./release-digests.js";

/** Which Nix to install on a machine without one. */
export interface NixRequest {
  /** An upstream release, or the package of this machine's distribution. */
  readonly source: "release" | "distribution";
  /** A version that `parseNixVersion` accepts, such as `2.34.8`. */
  readonly version: string;
  /** A mirror's folder or a release tarball: `https:`, `http:` or `file:`. Default: releases.nixos.org. */
  readonly url: string | undefined;
  /** The tarball's SHA-256: 64 hexadecimal digits, or `sha256-` and Base64. */
  readonly sha256: string | undefined;
  readonly system: System;
}

/** A release tarball, and the digest to verify it against. */
export interface NixRelease {
  readonly url: URL;
  readonly digest:
    | { readonly kind: "given"; readonly digest: Digest }
    /** From this action's table of upstream releases. */
    | { readonly kind: "table"; readonly digest: Digest }
    /** Published beside the tarball, and used over https only. */
    | { readonly kind: "published"; readonly url: URL };
}

/**
 * The tarball to fetch for a request. Rejects with `INPUT_INVALID` for a malformed URL or digest. Also
 * rejects a URL other than https if neither the request nor the table has a digest: the download could not be
 * verified.
 */
export function resolveRelease({ version, url, sha256, system }: NixRequest): NixRelease {
  const name = `nix-${version}-${system}.tar.xz`;
  const tarball = resolveUrl(url, version, name);
  if (sha256 !== undefined) return { url: tarball, digest: { kind: "given", digest: parseSha256(sha256) } };
  // A file with the name of an upstream release must be that release, whichever server it comes from.
  const known = tarball.pathname.endsWith(`/${name}`) ? findReleaseDigest(version, system) : undefined;
  if (known !== undefined) return { url: tarball, digest: { kind: "table", digest: known } };
  if (tarball.protocol !== "https:") {
    throw new ActionError(
      "INPUT_INVALID",
      `nix-url starts with ${tarball.protocol} and nix-sha256 is not set, so the download cannot be verified`,
      { hint: "Set nix-sha256 to the tarball's SHA-256, or use an https URL." },
    );
  }
  const published = new URL(tarball);
  published.pathname += ".sha256";
  return { url: tarball, digest: { kind: "published", url: published } };
}

/** Reads a Nix version such as `2.34.8`; rejects with `INPUT_INVALID`. */
export function parseNixVersion(text: string): string {
  if (/^[0-9]+\.[0-9]+(?:\.[0-9]+)?(?:pre[0-9]+_[0-9a-f]+)?$/.test(text)) return text;
  throw new ActionError("INPUT_INVALID", `${quote(text)} is not a Nix version`, {
    hint: "Give a full version as on https://releases.nixos.org, for example 2.34.8.",
  });
}

/**
 * Reads 64 hexadecimal digits, with or without `sha256:`, or `sha256-` and Base64. Rejects with
 * `INPUT_INVALID`.
 */
export function parseSha256(text: string): Digest {
  const trimmed = text.trim();
  const hex = /^(?:sha256:)?([0-9a-fA-F]{64})$/.exec(trimmed)?.[1];
  if (hex !== undefined) return digestOfHex(hex.toLowerCase());
  const base64 = /^sha256-([A-Za-z0-9+/]{43}=)$/.exec(trimmed)?.[1];
  if (base64 !== undefined) return digestOfHex(Buffer.from(base64, "base64").toString("hex"));
  throw new ActionError("INPUT_INVALID", `nix-sha256 ${quote(text)} is not a SHA-256`, {
    hint: "Give 64 hexadecimal digits (as sha256sum prints them), or sha256- followed by Base64.",
  });
}

/**
 * Reads the `.sha256` file of a release: the digest in hexadecimal, as sha256sum prints it. Rejects with
 * `DOWNLOAD_FAILED`.
 */
export function parsePublishedDigest(text: string): Digest {
  const hex = /^([0-9a-f]{64})(?:\s|$)/.exec(text)?.[1];
  if (hex !== undefined) return digestOfHex(hex);
  throw new ActionError("DOWNLOAD_FAILED", `the published digest ${quote(text)} is not a SHA-256`, {
    hint: "Check nix-url, or set nix-sha256.",
  });
}

function resolveUrl(given: string | undefined, version: string, name: string): URL {
  if (given === undefined) return new URL(`https://releases.nixos.org/nix/nix-${version}/${name}`);
  const url = URL.parse(given);
  if (url === null || !["https:", "http:", "file:"].includes(url.protocol)) {
    // The message does not show the URL, which may contain a password.
    throw new ActionError("INPUT_INVALID", "nix-url is not an https, http or file URL", {
      hint: "Give a release tarball or the folder that contains it: https://mirror.example/nix/nix-2.34.8",
    });
  }
  if (!/\.tar\.(?:xz|zst|gz)$/.test(url.pathname))
    url.pathname = `${url.pathname.replace(/\/*$/, "")}/${name}`;
  return url;
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
