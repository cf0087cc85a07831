import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/**
 * How the service misbehaves: `down` answers 500, `silent` does not answer, `denied` refuses writes,
 * `throttled` answers 429 to writes.
 */
type ServiceFault = "down" | "silent" | "denied" | "throttled";

const MAIN = "refs/heads/main";

/**
 * A stand-in for GitHub's cache service, version 2 (Twirp over JSON), and for the blob store behind it.
 * Entries are immutable, and found by their exact key or else as the newest one with a prefix. A token has
 * the refs whose entries it reads, in their order. The first one is that of the run, and where it writes.
 * When the repository has more than its share, the least recently used entries are removed.
 * @see actions/toolkit, packages/cache/src/generated/results/api/v1/cache.ts
 */
export interface FakeGithubCache {
  /** The environment variables that the runner gives to an action on the default branch. */
  readonly environment: Readonly<Record<string, string>>;
  /** The same for another ref, such as `refs/pull/1/merge`, which reads the default branch's entries too. */
  readonly environmentOf: (ref: string) => Readonly<Record<string, string>>;
  readonly token: string;
  /** The keys of the entries of a ref, oldest first. Default: of all refs. */
  readonly keys: (ref?: string) => readonly string[];
  /** The size of all entries. */
  readonly bytes: () => number;
  /** Every call, as `METHOD path`. */
  readonly calls: readonly string[];
  /** A copy of the entries, for another fake to start with. */
  readonly entries: () => readonly CacheEntry[];
  readonly setFault: (fault: ServiceFault | undefined) => void;
  /** Changes the stored blob of an entry, which GitHub never does. */
  readonly tamper: (key: string, change: (blob: Buffer) => Buffer) => void;
  readonly remove: (key: string) => void;
  /** The bytes that the repository may have. Default: 10 GB. */
  readonly setQuota: (bytes: number) => void;
  readonly stop: () => void;
}

export interface CacheEntry {
  readonly ref: string;
  readonly usedAt: number;
  readonly key: string;
  readonly version: string;
  readonly blob: Buffer;
  readonly isFinal: boolean;
}

type Entry = { -readonly [Field in keyof CacheEntry]: CacheEntry[Field] };

interface Call {
  readonly key: string;
  readonly version: string;
  readonly restore_keys?: readonly string[];
  readonly size_bytes?: string;
}

export async function startFakeGithubCache(kept: readonly CacheEntry[] = []): Promise<FakeGithubCache> {
  const token = `runtime-${randomBytes(16).toString("hex")}`;
  const entries: Entry[] = kept.map((entry) => ({ ...entry }));
  const blocks = new Map<string, Buffer>();
  const calls: string[] = [];
  const refs = new Map<string, readonly [string, ...string[]]>([[token, [MAIN]]]);
  let fault: ServiceFault | undefined;
  let quota = 10 * 2 ** 30;
  let uses = 0;

  const findIn = (ref: string, { key, version, restore_keys = [] }: Call): Entry | undefined => {
    const usable = entries.filter((entry) => entry.isFinal && entry.version === version && entry.ref === ref);
    const exact = usable.find((entry) => entry.key === key);
    const prefixed = [key, ...restore_keys].map((prefix) =>
      usable.findLast((entry) => entry.key.startsWith(prefix)),
    );
    return exact ?? prefixed.find((entry) => entry !== undefined);
  };

  const keepQuota = () => {
    for (const entry of entries.toSorted((a, b) => a.usedAt - b.usedAt)) {
      const total = entries.reduce((sum, { isFinal, blob }) => sum + (isFinal ? blob.length : 0), 0);
      if (total > quota) entry.isFinal = false;
    }
  };

  const answerCall = (
    method: string,
    call: Call,
    origin: string,
    readable: readonly [string, ...string[]],
  ): [status: number, answer: object] => {
    const urlOf = (entry: Entry) =>
      `${origin}/devstoreaccount/cache/${entries.indexOf(entry)}?sig=secret-signature`;
    if (method === "GetCacheEntryDownloadURL") {
      const entry = readable.map((ref) => findIn(ref, call)).find((found) => found !== undefined);
      if (entry === undefined) return [200, { ok: false }];
      entry.usedAt = ++uses;
      return [200, { ok: true, signed_download_url: urlOf(entry), matched_key: entry.key }];
    }
    const [ref] = readable;
    const same = entries.find(
      (entry) => entry.key === call.key && entry.version === call.version && entry.ref === ref,
    );
    if (method === "CreateCacheEntry") {
      if (fault === "throttled") return [429, { code: "resource_exhausted", msg: "rate limit exceeded" }];
      if (fault === "denied")
        return [200, { ok: false, message: "cache write denied: token has no writable scopes" }];
      if (same !== undefined) return [409, { code: "already_exists", msg: "cache entry already exists" }];
      const { key, version } = call;
      const entry = { ref, key, version, blob: Buffer.alloc(0), isFinal: false, usedAt: ++uses };
      entries.push(entry);
      return [200, { ok: true, signed_upload_url: urlOf(entry) }];
    }
    if (same?.isFinal !== false || same.blob.length !== Number(call.size_bytes)) return [200, { ok: false }];
    same.isFinal = true;
    keepQuota();
    return [200, { ok: true, entry_id: "1" }];
  };

  const answerBlob = (
    entry: Entry,
    url: URL,
    request: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
  ) => {
    if (request.method === "PUT") {
      if (entry.isFinal) return response.writeHead(409).end();
      const part = url.searchParams.get("comp");
      if (part === "block") blocks.set(url.searchParams.get("blockid") ?? "", body);
      else if (part === "blocklist") {
        const ids = [...body.toString().matchAll(/<(?:Latest|Uncommitted)>(.*?)</g)].map(([, id = ""]) => id);
        entry.blob = Buffer.concat(ids.map((id) => blocks.get(id) ?? Buffer.alloc(0)));
      } else entry.blob = body;
      return response.writeHead(201).end();
    }
    const headers = { "content-length": entry.blob.length, "x-ms-blob-type": "BlockBlob", etag: '"1"' };
    return response.writeHead(200, headers).end(request.method === "HEAD" ? undefined : entry.blob);
  };

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", `http://${request.headers.host ?? ""}`);
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      calls.push(`${request.method ?? ""} ${url.pathname}`);
      const body = Buffer.concat(chunks);
      if (fault === "silent") return;
      if (fault === "down") {
        response.writeHead(500, { "content-type": "application/json" }).end("{}");
        return;
      }
      const [, account, , index = ""] = url.pathname.split("/");
      if (account !== "twirp") {
        const entry = entries[Number(index)];
        const isSigned = url.searchParams.get("sig") === "secret-signature";
        if (entry === undefined || !isSigned) response.writeHead(403).end();
        else answerBlob(entry, url, request, body, response);
        return;
      }
      const readable = refs.get(request.headers.authorization?.replace("Bearer ", "") ?? "");
      const [status, answer] = readable
        ? answerCall(index, JSON.parse(body.toString()) as Call, url.origin, readable)
        : [401, { code: "unauthenticated", msg: "bad token" }];
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;

  const entryOf = (key: string): Entry => {
    const entry = entries.find((candidate) => candidate.key === key);
    if (entry === undefined) throw new Error(`there is no entry ${key}`);
    return entry;
  };
  const environment = {
    ACTIONS_CACHE_SERVICE_V2: "true",
    ACTIONS_RESULTS_URL: `http://127.0.0.1:${port}/`,
    ACTIONS_RUNTIME_TOKEN: token,
  };
  return {
    environment,
    environmentOf: (ref) => {
      const own = `${token}-${refs.size}`;
      refs.set(own, ref === MAIN ? [MAIN] : [ref, MAIN]);
      return { ...environment, ACTIONS_RUNTIME_TOKEN: own };
    },
    token,
    keys: (ref) =>
      entries.filter((entry) => entry.isFinal && (ref ?? entry.ref) === entry.ref).map(({ key }) => key),
    bytes: () => entries.reduce((sum, { isFinal, blob }) => sum + (isFinal ? blob.length : 0), 0),
    calls,
    entries: () => entries.map((entry) => ({ ...entry })),
    setFault: (next) => {
      fault = next;
    },
    tamper: (key, change) => {
      const entry = entryOf(key);
      entry.blob = change(entry.blob);
    },
    remove: (key) => {
      entryOf(key).isFinal = false;
    },
    setQuota: (bytes) => {
      quota = bytes;
    },
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
