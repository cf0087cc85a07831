import { ActionError } from "../errors/action-error.js";
import { type Digest, isDigest } from "./digest.js";

/** Where an image is pushed: a repository in a registry, or an OCI layout folder on disk. */
export type ImageReference =
  | { readonly kind: "registry"; readonly registry: string; readonly repository: string }
  | { readonly kind: "oci-layout"; readonly folder: string };

const LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
const DOMAIN = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[0-9a-fA-F:]+\\])(?::[0-9]{1,5})?$`);
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/**
 * Parses `ghcr.io/owner/name` or `oci:DIR`. As in Docker, a name without a registry refers to Docker Hub, and
 * a registry has a dot, a port, or the name localhost. Capitals in a repository become lower case: no
 * registry accepts them, and `${{ github.repository }}` may have some. Refuses tags, which have their own
 * input, and digests. Throws `INPUT_INVALID`.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
 */
export function parseImageReference(text: string): ImageReference {
  if (text.startsWith("oci:")) {
    const folder = text.slice("oci:".length);
    if (folder === "") throw invalid(text, "Give the folder of the OCI layout: oci:DIR.");
    return { kind: "oci-layout", folder };
  }
  if (text.includes("@")) throw invalid(text, "Leave out the digest: the build determines it.");
  const slash = text.indexOf("/");
  const first = slash === -1 ? "" : text.slice(0, slash);
  const isDomain = /[.:]/.test(first) || first === "localhost";
  const registry = isDomain ? first : "docker.io";
  const path = (isDomain ? text.slice(slash + 1) : text).toLowerCase();
  if (/:[^/]*$/.test(path)) throw invalid(text, "Leave out the tag and give it in the input tags.");
  const repository = registry === "docker.io" && !path.includes("/") ? `library/${path}` : path;
  if (!DOMAIN.test(registry)) throw invalid(text, `${JSON.stringify(registry)} is not a host name.`);
  if (!REPOSITORY.test(repository) || repository.length > 255) {
    throw invalid(
      text,
      "Use only letters, digits, '.', '_' and '-' between the slashes of a repository name.",
    );
  }
  return { kind: "registry", registry, repository };
}

/**
 * Parses the name of an image of the user's own. Refuses a name of one word: on Docker Hub it is one of
 * Docker's own images, to which no one else can push. Throws `INPUT_INVALID`.
 */
export function parseOwnImage(text: string): ImageReference {
  const reference = parseImageReference(text);
  if (reference.kind === "oci-layout" || !/^(?:docker\.io\/)?[^/]+$/.test(text)) return reference;
  const name = reference.repository.replace(/^library\//, "");
  throw invalid(text, `Write the registry and the owner too, such as ghcr.io/OWNER/${name}.`);
}

/** What became of an image name if it is not the name as given; undefined if it is. */
export function explainImageName(text: string, reference: ImageReference): string | undefined {
  const rendered = renderImageReference(reference);
  if (rendered === text) return undefined;
  const isLowered = text !== text.toLowerCase();
  const why = [
    ...(isLowered ? ["registries accept only lower case"] : []),
    ...(rendered.length > text.length ? ["a name without a registry is on Docker Hub"] : []),
  ];
  return `the image ${JSON.stringify(text)} is ${rendered}: ${why.join(", and ")}`;
}

/** Parses `NAME@DIGEST`, the format of the output `image`. Throws `INPUT_INVALID`. */
export function parsePinnedImage(text: string): { readonly image: ImageReference; readonly digest: Digest } {
  const at = text.lastIndexOf("@");
  const digest = text.slice(at + 1);
  if (at === -1 || !isDigest(digest)) {
    throw invalid(
      text,
      "Give the image with its digest, NAME@sha256:…, like the output image: a tag may move.",
    );
  }
  return { image: parseOwnImage(text.slice(0, at)), digest };
}

/** Renders an image reference in full: `docker.io/library/alpine`, `oci:DIR`. */
export function renderImageReference(reference: ImageReference): string {
  return reference.kind === "oci-layout"
    ? `oci:${reference.folder}`
    : `${reference.registry}/${reference.repository}`;
}

/** Parses one tag. Throws `INPUT_INVALID`. */
export function parseTag(text: string): string {
  if (TAG.test(text)) return text;
  throw new ActionError("INPUT_INVALID", `${JSON.stringify(text.slice(0, 200))} is not an image tag`, {
    hint: "Use at most 128 letters, digits, '_', '.' and '-'. A tag does not start with '.' or '-'.",
  });
}

function invalid(text: string, hint: string): ActionError {
  return new ActionError("INPUT_INVALID", `${JSON.stringify(text.slice(0, 300))} is not an image name`, {
    hint,
  });
}
