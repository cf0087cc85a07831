import * as z from "zod";

/** The `platform` of an entry of an image index. @see OCI image-spec, image-index.md */
export const NAMED_PLATFORM = z.looseObject({
  os: z.string(),
  architecture: z.string(),
  variant: z.string().optional(),
});
