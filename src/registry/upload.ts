import { ActionError } from "../errors/action-error.js";
import type { Digest } from "../model/digest.js";
import { type Blob as ImageBlob, type PushedLayer, readySource, type ReadySource } from "../model/image.js";
import { readFileBody } from "../platform/http.js";
import type { HttpBody } from "../platform/http-request.js";
import { parseUrl } from "./address.js";
import type { RegistryAnswer, SendRequest, UseRegistry } from "./client.js";

export type BlobState = PushedLayer["state"];

/** The slowest transfer rate that the time limits allow, in bytes per millisecond. */
const SLOWEST_UPLOAD = 100;
/**
 * Answers to a whole blob from servers that take it in parts only, such as a proxy with a limit for bodies.
 */
const NOT_WHOLE = [405, 411, 413, 501];
/** ghcr.io takes no larger parts than the first size. The last passes nginx, which takes 1 MiB by default. */
const PART_BYTES = [4 << 20, 512 << 10] as const;

/**
 * Uploads a blob, or mounts it if it is in `mountFrom`, the repository of the base image. The whole upload is
 * one piece of work: after a transient error it starts over with a new upload session.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md (Mounting a blob from another
 * repository)
 */
export async function pushBlob(
  use: UseRegistry,
  blob: ImageBlob,
  { mountFrom, signal, limits = { wholeBytes: Infinity } }: UploadOptions = {},
): Promise<BlobState> {
  let isBegun = false;
  return use(async (send) => {
    const found = await send({ method: "HEAD", url: `blobs/${blob.digest}`, expected: [200, 404] });
    // A previous attempt may have uploaded the blob although its answer was lost.
    if (found.status === 200) return isBegun ? "sent" : "reused";
    isBegun = true;
    // A registry that finds the blob in `mountFrom`, or in any other repository, answers 201. Otherwise it
    // opens an upload session.
    const from = mountFrom === undefined ? "" : `&from=${encodeURIComponent(mountFrom)}`;
    const url = `blobs/uploads/?mount=${blob.digest}${from}`;
    const upload = await send({ method: "POST", url, expected: [201, 202] });
    if (upload.status === 201) return "mounted";
    const source = await readySource(blob);
    if (blob.sizeBytes < limits.wholeBytes) {
      const { status } = await send({
        ...SENT_PART,
        method: "PUT",
        url: uploadUrl(upload, blob.digest),
        body: readPart(source, 0, blob.sizeBytes),
        expected: [...SENT_PART.expected, ...NOT_WHOLE],
        timeoutMs: limitTime(blob.sizeBytes),
      });
      if (!NOT_WHOLE.includes(status)) return "sent";
      limits.wholeBytes = Math.min(limits.wholeBytes, blob.sizeBytes);
    }
    await sendInParts(send, { ...blob, source });
    return "sent";
  }, signal);
}

/** Whether the repository has a blob of that digest and size. */
export function hasBlob(
  use: UseRegistry,
  { digest, sizeBytes }: Pick<ImageBlob, "digest" | "sizeBytes">,
  signal?: AbortSignal,
): Promise<boolean> {
  return use(async (send) => {
    const { status, headers } = await send({ method: "HEAD", url: `blobs/${digest}`, expected: [200, 404] });
    return status === 200 && (headers.get("content-length") ?? String(sizeBytes)) === String(sizeBytes);
  }, signal);
}

interface UploadOptions {
  readonly mountFrom?: string | undefined;
  readonly signal?: AbortSignal;
  readonly limits?: { wholeBytes: number };
}

const SENT_PART = {
  headers: { "content-type": "application/octet-stream" },
  expected: [201, 202, 204],
  transient: [404, 416],
};

type ReadyBlob = Pick<ImageBlob, "digest" | "sizeBytes"> & { readonly source: ReadySource };

/**
 * Uploads a blob in parts, each in a request of its own, in a new session.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-a-blob-in-chunks
 */
async function sendInParts(send: SendRequest, blob: ReadyBlob): Promise<void> {
  for (const partBytes of PART_BYTES) {
    const session = await send({ method: "POST", url: "blobs/uploads/", expected: [202] });
    const location = await sendParts(send, blob, session, partBytes);
    if (location === "too large") continue;
    location.searchParams.set("digest", blob.digest);
    await send({ ...SENT_PART, method: "PUT", url: location });
    return;
  }
}

/** Resolves to the location at which the upload ends. Only the smallest part is never `too large`. */
async function sendParts(
  send: SendRequest,
  blob: ReadyBlob,
  session: RegistryAnswer,
  partBytes: number,
): Promise<URL | "too large"> {
  const least = Number(/^[0-9]{1,9}$/.exec(session.headers.get("oci-chunk-min-length") ?? "")?.[0] ?? 0);
  const size = Math.max(partBytes, least);
  const isLast = partBytes === PART_BYTES.at(-1);
  let location = readLocation(session);
  for (let start = 0; start < blob.sizeBytes; start += size) {
    const end = Math.min(start + size, blob.sizeBytes);
    const answer = await send({
      method: "PATCH",
      url: location,
      headers: { ...SENT_PART.headers, "content-range": `${start}-${end - 1}` },
      body: readPart(blob.source, start, end),
      expected: [...SENT_PART.expected, ...(isLast ? [] : [413])],
      transient: SENT_PART.transient,
      timeoutMs: limitTime(end - start),
    });
    if (answer.status === 413) return "too large";
    location = readLocation(answer);
  }
  return location;
}

function readPart(source: ReadySource, start: number, end: number): HttpBody {
  return "bytes" in source
    ? source.bytes.subarray(start, end)
    : readFileBody(source.file, end - start, start);
}

/** The time limit for sending or receiving so many bytes. */
export function limitTime(sizeBytes: number): number {
  return 60_000 + Math.ceil(sizeBytes / SLOWEST_UPLOAD);
}

/** Starts an upload without content. Resolves to the URL of its session. */
export function startUpload(use: UseRegistry): Promise<URL> {
  return use(async (send) =>
    readLocation(await send({ method: "POST", url: "blobs/uploads/", expected: [202] })),
  );
}

/** Answers to a cancellation that are not worth another attempt: the session expires anyway. */
const CANCELLED_OR_NOT = [200, 202, 204, 400, 404, 405, 429, 500, 501, 502, 503, 504];

/**
 * Cancels an upload, where the registry supports that.
 * @see https://distribution.github.io/distribution/spec/api/#canceling-an-upload
 */
export async function cancelUpload(use: UseRegistry, upload: URL): Promise<void> {
  await use((send) => send({ method: "DELETE", url: upload, expected: CANCELLED_OR_NOT }));
}

function uploadUrl(answer: RegistryAnswer, digest: Digest): URL {
  const upload = readLocation(answer);
  upload.searchParams.set("digest", digest);
  return upload;
}

/** The `Location` may be relative, or absolute on another host, and may have its own query parameters. */
function readLocation({ headers, url }: RegistryAnswer): URL {
  const location = headers.get("location");
  if (location === null) {
    throw new ActionError("REGISTRY_FAILED", `${url.host} opened an upload without a Location header`, {
      hint: "Check the host in the input image: this server is not a container registry, or is broken.",
    });
  }
  return parseUrl(location, url, url.host);
}
