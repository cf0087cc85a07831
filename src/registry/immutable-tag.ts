import { ActionError } from "../errors/action-error.js";

/** The registry does not move a tag that has another image. */
export class ImmutableTagError extends ActionError {}

/**
 * Whether a registry refused to write a tag because its tags are immutable. There is no common status or
 * code: Amazon ECR answers 400, Harbor 412.
 */
export function isImmutable(error: unknown): error is ActionError {
  return error instanceof ActionError && /immutable|TagAlreadyExists/i.test(error.message);
}

/** Explains an error for which `isImmutable` is true. */
export function explainImmutable(tag: string, { code, message }: ActionError): ImmutableTagError {
  return new ImmutableTagError(code, `the tag ${tag} has another image: ${message}`, {
    hint:
      "The registry does not move tags of this repository. Use tags that are new for each image, such as a " +
      "version or the commit's hash, or exempt this tag from the registry's rule.",
  });
}
