/** Bytes, or a function that opens a new stream of them: a redirect or a retry sends the body again. */
export type HttpBody =
  Uint8Array | { readonly sizeBytes: number; readonly open: () => AsyncIterable<Uint8Array> };

export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: URL;
  /** By names in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: HttpBody | undefined;
  /**
   * Refuse redirects to another origin. Required for a secret in the body, and for a request that is useless
   * without its credentials.
   */
  readonly staysOnOrigin?: boolean | undefined;
  /** Parses the `Location` of a redirect; throws if it must not be followed. */
  readonly parseLocation?: ((location: string, from: URL) => URL) | undefined;
  /** Fail if the server sends, or takes, nothing for so long. */
  readonly idleLimitMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}
