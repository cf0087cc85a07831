/**
 * Keys of manifests, indexes and configs that decide which files an engine unpacks.
 * @see OCI image-spec, manifest.md, image-index.md, descriptor.md, config.md
 */
const KEYS = [
  ...[
    "schemaVersion",
    "mediaType",
    "artifactType",
    "config",
    "layers",
    "manifests",
    "subject",
    "annotations",
  ],
  ...["digest", "size", "urls", "data", "platform"],
  ...["os", "architecture", "variant", "rootfs", "diff_ids"],
];
const BY_LOWER_CASE = new Map(KEYS.map((key) => [key.toLowerCase(), key]));

/** Parses a JSON document in UTF-8. */
export function parseJson(bytes: Uint8Array): unknown {
  return JSON.parse(decode(bytes));
}

function decode(bytes: Uint8Array): string {
  // Go rejects a byte order mark.
  return new TextDecoder("utf8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

/**
 * Parses a document that engines will read as well. Throws a plain Error if Go, in which engines are written,
 * would read something else: Go takes `Layers` for `layers`, and mixes the values of a key that occurs twice.
 * @see https://pkg.go.dev/encoding/json#Unmarshal
 */
export function parseGoJson(bytes: Uint8Array): unknown {
  const document = parseUniqueJson(bytes);
  requireExactKeys(document);
  return document;
}

/** Parses a JSON document in UTF-8. Throws a plain Error if a key occurs twice in one object. */
export function parseUniqueJson(bytes: Uint8Array): unknown {
  const text = decode(bytes);
  const document: unknown = JSON.parse(text);
  if (countKeys(document) !== countKeysIn(text)) throw new Error("it has a key twice in one object");
  return document;
}

function countKeys(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const values: unknown[] = Object.values(value);
  const own = Array.isArray(value) ? 0 : values.length;
  return values.reduce<number>((sum, item) => sum + countKeys(item), own);
}

/** The number of strings before a colon in a text that is valid JSON. */
function countKeysIn(text: string): number {
  let count = 0;
  for (const [, colon] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)) {
    if (colon !== undefined) count++;
  }
  return count;
}

function requireExactKeys(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    const known = Array.isArray(value) ? key : BY_LOWER_CASE.get(key.toLowerCase());
    if (known === undefined) continue;
    if (known !== key)
      throw new Error(`it has the key ${JSON.stringify(key)} instead of ${JSON.stringify(known)}`);
    if (key !== "annotations") requireExactKeys(item);
  }
}
