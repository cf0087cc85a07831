import { readdir } from "node:fs/promises";

/** What was built is no image in a form that can be shipped; `hint` has the command that converts it. */
export class FormError extends Error {
  readonly hint: string;

  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}

const BUILD_ONE =
  "Build the image with dockerTools.streamLayeredImage or buildLayeredImage, or as an OCI layout.";

/**
 * Rejects with a `FormError` if a folder is no OCI layout, and says how to convert it if it is one that
 * `skopeo copy` writes to `dir:`.
 * @see containers-transports(5)
 */
export async function requireLayout(folder: string): Promise<void> {
  const names = await readdir(folder);
  if (names.includes("index.json")) return;
  if (names.includes("version") && names.includes("manifest.json")) {
    throw new FormError(
      "it is a folder in the form dir: of skopeo",
      `Let the derivation convert it: skopeo --insecure-policy copy dir:${folder} oci:$out`,
    );
  }
  throw new FormError(
    "it is a folder without the index.json of an OCI layout",
    `If an image lies in this folder, make that file or folder the package's output. ${BUILD_ONE}`,
  );
}

const COMPRESSIONS: readonly (readonly [magic: Buffer, name: string, command: string])[] = [
  [Buffer.from("fd377a585a00", "hex"), "xz", "xz -dc"],
  [Buffer.from("BZh"), "bzip2", "bzip2 -dc"],
  [Buffer.from("04224d18", "hex"), "lz4", "lz4 -dc"],
];

/**
 * Throws a `FormError` if the first bytes of a file show that it is not a tar, and not compressed with
 * gzip or zstd, and says how to convert it.
 */
export function requireArchive(file: string, head: Buffer): void {
  for (const [magic, name, command] of COMPRESSIONS) {
    if (!head.subarray(0, magic.length).equals(magic)) continue;
    throw new FormError(
      `it is compressed with ${name}`,
      `Let the derivation decompress it: ${command} ${file} > $out. Or compress it with gzip or zstd.`,
    );
  }
}

/** Why the members of an archive are no image. */
export function describeMissingManifest(): FormError {
  return new FormError(
    "it contains neither a manifest.json nor an index.json",
    "If it is the file system of an image, as dockerTools.exportImage writes it, ship the image itself. " +
      BUILD_ONE,
  );
}

/** Why a member of an image is no layer. */
export function describeUnknownLayer(name: string): FormError {
  return new FormError(
    `its layer ${JSON.stringify(name)} is not a tar, or is compressed with something else than gzip or zstd`,
    "Let the derivation compress the layers with gzip: skopeo --insecure-policy copy " +
      "--dest-compress-format gzip --dest-force-compress-format oci:IMAGE oci:$out",
  );
}
