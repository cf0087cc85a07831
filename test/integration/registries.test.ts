import { readFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import type { Credentials } from "../../src/registry/authorization.js";
import type { ImageRepository } from "../../src/registry/image-repository.js";
import { openImageRepository } from "../../src/registry/open-image-repository.js";
import { promoteTags } from "../../src/registry/promotion.js";
import { makeCertificate } from "../certificates.js";
import { createHttpEffects } from "../http.js";
import { describeBlob, makeBlob, makeImage } from "../memory-registry.js";
import { DISTRIBUTION, startOpenRegistry, startTokenRegistry, startTokenService } from "../registries.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { type Service, startRegistry } from "../testbed.js";

type Registry = Service & { readonly host: string; readonly username?: string; readonly password?: string };

const EFFECTS = {
  run: () => Promise.reject(new Error("unexpected command")),
  environment: {},
  ...createHttpEffects(),
};

function open(
  host: string,
  repository: string,
  credentials: Credentials | undefined,
  baseName?: string,
): Promise<ImageRepository> {
  const reference = { kind: "registry", registry: host, repository } as const;
  return openImageRepository(reference, { credentials, workingDirectory: "/", baseName }, EFFECTS);
}

const [FIRST, SECOND] = [makeImage("first"), makeImage("second")];
const INDEX = makeBlob(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [
      { ...describeBlob(FIRST.manifest), platform: { os: "linux", architecture: "amd64" } },
      { ...describeBlob(SECOND.manifest), platform: { os: "linux", architecture: "arm64" } },
    ],
  }),
  "application/vnd.oci.image.index.v1+json",
);

afterAll(removeTemporaryFolders);

describe.each<readonly [string, "tags" | "no tags", (folder: string) => Promise<Registry>]>([
  ["Debian's docker-registry", "no tags", (folder) => startRegistry(folder)],
  ["Distribution 3", "tags", (folder) => startRegistry(folder, { program: DISTRIBUTION })],
  [
    "Distribution 3 without DELETE",
    "no tags",
    (folder) => startRegistry(folder, { program: DISTRIBUTION, isDeleting: false }),
  ],
  ["go-containerregistry", "tags", () => startOpenRegistry()],
])("%s", (name, deletes, start) => {
  const folder = makeTemporaryFolder("registries");
  let registry: Registry;
  let repository: ImageRepository;
  const connect = (to: string, baseName?: string) => {
    const { host, username, password } = registry;
    const credentials =
      username === undefined || password === undefined
        ? undefined
        : ({ kind: "password", username, password } as const);
    return open(host, to, credentials, baseName);
  };
  const promote = (of: ImageRepository, digest: typeof INDEX.digest, tags: readonly string[]) =>
    promoteTags(of, { digest, tags, run: undefined });
  beforeAll(async () => {
    registry = await start(folder);
    repository = await connect("team/app");
  }, 60_000);
  afterAll(() => registry.stop());

  it("gets an image, and is not sent what it has", async () => {
    expect((await repository.push(FIRST)).map(({ state }) => state)).toEqual(["sent", "sent"]);
    expect((await repository.push(FIRST)).map(({ state }) => state)).toEqual(["reused", "reused"]);
    const back = await repository.readManifest(FIRST.manifest.digest);
    expect(Buffer.from(back.bytes)).toEqual("bytes" in FIRST.manifest.source && FIRST.manifest.source.bytes);
    for (const blob of [FIRST.config, ...FIRST.layers]) {
      await repository.fetchBlob(blob, join(folder, "back"));
      expect(readFileSync(join(folder, "back"))).toEqual("bytes" in blob.source && blob.source.bytes);
    }
    expect(await repository.hasBlob(FIRST.config)).toBe(true);
    expect(await repository.hasBlob({ ...FIRST.config, sizeBytes: 5 })).toBe(false);
    expect(await repository.hasBlob(SECOND.config)).toBe(false);
  });

  it("gets an index, and has moved tags", async () => {
    await repository.push(SECOND);
    await repository.pushIndex(INDEX);
    expect(await repository.readTag("latest")).toBeUndefined();
    await promote(repository, FIRST.manifest.digest, ["latest", "v1"]);
    await promote(repository, INDEX.digest, ["latest"]);
    expect(await repository.readTag("latest")).toBe(INDEX.digest);
    expect(await repository.readTag("v1")).toBe(FIRST.manifest.digest);
  });

  it("mounts layers from the repository of the base image", async () => {
    const other = await connect("team/other", `${registry.host}/team/app:v1`);
    // go-containerregistry keeps the blobs of all repositories in one place.
    const state = name === "go-containerregistry" ? "reused" : "mounted";
    expect((await other.push(FIRST)).map((layer) => layer.state)).toEqual([state, state]);
  });

  it("keeps the promotion record", async () => {
    const run = { id: 8, attempt: 1, number: 2 };
    const { digest } = FIRST.manifest;
    await promoteTags(repository, { digest, tags: ["ordered"], run });
    expect(await repository.readPromotionEntries("ordered")).toEqual([{ run, digest }]);
    const older = { digest: SECOND.manifest.digest, tags: ["ordered"], run: { ...run, id: 7, number: 1 } };
    await expect(promoteTags(repository, older)).rejects.toMatchObject({ code: "PROMOTION_SUPERSEDED" });
    expect(await repository.readTag("ordered")).toBe(digest);
  });

  it(`deletes ${deletes} when a promotion fails: the error names what remains`, async () => {
    const failing: ImageRepository = {
      ...repository,
      moveTag: (tag, digest) =>
        tag === "broken" ? Promise.reject(new Error("refused")) : repository.moveTag(tag, digest),
    };
    const promotion = promote(failing, SECOND.manifest.digest, ["v1", "fresh", "broken"]);
    await expect(promotion).rejects.toMatchObject({
      code: "PROMOTION_FAILED",
      message: expect.stringMatching(
        deletes === "tags" ? /^(?!.*could not be restored)/ : /fresh points to .* could not be restored/,
      ) as unknown,
    });
    expect(await repository.readTag("v1")).toBe(FIRST.manifest.digest);
    expect(await repository.readTag("fresh")).toBe(deletes === "tags" ? undefined : SECOND.manifest.digest);
  });
});

describe.each([
  ["Debian's docker-registry", "docker-registry"],
  ["Distribution 3", DISTRIBUTION],
])("%s with token authentication", (_, program) => {
  it("is asked again where a token does not suffice", async () => {
    const folder = makeTemporaryFolder("token-registry");
    const certificate = makeCertificate(folder, ["tokens.test"]);
    const service = await startTokenService(certificate);
    const place = { realm: service.realm, authorityFile: certificate.authorityFile };
    const registry = await startTokenRegistry(join(folder, "registry"), place, { program });
    try {
      const credentials = { kind: "password", username: "deployer", password: "secret" } as const;
      const repository = await open(registry.host, "team/app", credentials);
      expect((await repository.push(FIRST)).map(({ state }) => state)).toEqual(["sent", "sent"]);
      expect(await repository.hasManifest(FIRST.manifest.digest)).toBe(true);
      expect(new Set(service.asked)).toEqual(new Set(["repository:team/app:pull,push"]));
      expect(service.asked.length).toBeGreaterThan(1);
    } finally {
      await registry.stop();
      await service.stop();
    }
  }, 60_000);
});
