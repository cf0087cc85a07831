import type { StorePath } from "../model/store-path.js";
import type { TargetSystem } from "../model/system.js";
import { type AuditedImage, auditImage, rejectInvalid, renderManifest } from "./image.js";
import { FormError } from "./image-form.js";
import type { ArchiveLayer } from "./layer.js";
import { renderGoConfig } from "./nix2container-config.js";
import type { Nix2containerImage, Nix2containerLayer } from "./nix2container-json.js";
import { openMaker, packAll, type PackImageOptions } from "./streamed-image.js";

/**
 * Makes and audits the image that nix2container describes, with the config and the tars that its own skopeo
 * would send, byte for byte. `path` is the JSON file, for messages. Writes the compressed layers into
 * `workFolder`. Rejects with `IMAGE_INVALID`, also if a layer is not the one that the JSON describes.
 */
export function packNix2containerImage(
  path: StorePath,
  image: Nix2containerImage,
  target: TargetSystem,
  options: PackImageOptions,
): Promise<AuditedImage> {
  return rejectInvalid(path, options, async () => {
    const maker = await openMaker(target, options);
    const layers = await packAll(
      image.layers.map(({ source }) => source),
      maker,
    );
    for (const [index, described] of image.layers.entries()) requireSame(described, layers[index], index + 1);
    const config = renderGoConfig(image);
    const parts = { config, layers, manifest: renderManifest(config, layers) };
    return auditImage(parts, { target, allow: options.auditAllow, budget: maker.budget });
  });
}

const NOT_REPRODUCIBLE =
  "A store path of this layer is not reproducible, and was built again after nix2container had read it, " +
  "perhaps on another builder. Set reproducible = false in the buildLayer that adds it, so that its tar is " +
  "kept. If nix2container is older than November 2024, update it.";

/** Characters of a list of store paths that a message shows. */
const MAX_SHOWN = 500;

/** Throws a `FormError` if a layer is not the one that the JSON describes. */
function requireSame(
  { source, digest, diffId }: Nix2containerLayer,
  layer: ArchiveLayer | undefined,
  number: number,
): void {
  const isKept = source.kind === "file" && source.compression !== undefined;
  const pairs = [
    [layer?.diffId, diffId],
    [isKept ? layer?.digest : layer?.diffId, digest],
  ];
  const [found, wanted] = pairs.find(([one, other]) => one !== other) ?? [];
  if (wanted === undefined) return;
  const message = `its layer ${number} is ${found ?? ""} instead of ${wanted}, as its JSON says:`;
  if (source.kind === "file") {
    const hint = `The file has changed. Compare it with its binary cache: nix store verify ${source.file}`;
    throw new FormError(`${message} ${source.file}`, hint);
  }
  const paths = source.paths.map(({ path }) => path).join(", ");
  throw new FormError(`${message} ${paths.slice(0, MAX_SHOWN)}`, NOT_REPRODUCIBLE);
}
