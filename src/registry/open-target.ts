import { resolve } from "node:path";

import type { ImageReference } from "../model/image-reference.js";
import type { Credentials } from "./authorization.js";
import { openOciLayout } from "./oci-layout.js";
import type { PublishTarget } from "./publish-target.js";
import { createRegistryClient } from "./registry-client.js";
import { openRegistryTarget } from "./registry-target.js";

/** The place that an image reference names; a relative folder starts at `workingDirectory`. Touches nothing yet. */
export function openPublishTarget(
  reference: ImageReference,
  credentials: Credentials | undefined,
  workingDirectory: string,
): PublishTarget {
  return reference.kind === "oci-layout"
    ? openOciLayout(resolve(workingDirectory, reference.folder))
    : openRegistryTarget(createRegistryClient(reference.registry, reference.repository, credentials));
}
