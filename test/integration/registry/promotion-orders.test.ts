import { randomBytes } from "node:crypto";
import { join } from "node:path";

import { afterAll, beforeAll, expect, it } from "@jest/globals";

import { systemClock } from "../../../src/platform/clock.js";
import { openOciLayout } from "../../../src/registry/oci-layout.js";
import type { ImageRepository } from "../../../src/registry/image-repository.js";
import { openImageRepository } from "../../../src/registry/open-image-repository.js";
import { createHttpEffects } from "../../http.js";
import { makeImage } from "../../memory-registry.js";
import { DIGESTS, explorePromotions, gateCalls, shareMemory } from "../../promotion-orders.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../../runner.js";
import { startRegistry } from "../../testbed.js";

const folder = makeTemporaryFolder("promotion-orders");
let registry: Awaited<ReturnType<typeof startRegistry>>;
const images = ["before", "first", "second"].map(makeImage);
const digests = images.map(({ manifest }) => manifest.digest);

beforeAll(async () => {
  registry = await startRegistry(join(folder, "registry"));
}, 60_000);

afterAll(async () => {
  await registry.stop();
  removeTemporaryFolders();
});

const openRegistry = () =>
  openImageRepository(
    { kind: "registry", registry: registry.host, repository: "team/app" },
    {
      credentials: { kind: "password", username: registry.username, password: registry.password },
      workingDirectory: folder,
      baseName: undefined,
    },
    {
      run: () => Promise.reject(new Error("unexpected command")),
      environment: {},
      ...createHttpEffects(),
    },
  );
const openLayout = () => Promise.resolve(openOciLayout(join(folder, "layout"), systemClock));

it.each<[string, () => Promise<ImageRepository>, number]>([
  ["many orders of their calls, in docker-registry", openRegistry, 25],
  ["every order of their calls, in an OCI layout", openLayout, Infinity],
])(
  "leaves the tag at the image of the newer of two runs, in %s",
  async (_, open, maxPlays) => {
    const idle = await open();
    for (const image of images) await idle.push(image);
    // Each order begins with a tag that no run has promoted yet.
    const share = () => ({
      tag: `t${randomBytes(6).toString("hex")}`,
      idle,
      open: (gate: Parameters<typeof gateCalls>[1]) => gateCalls(idle, gate),
    });
    expect(await explorePromotions(digests, { faults: 0, share, maxPlays })).toBeGreaterThan(1);
  },
  240_000,
);

it("leaves the tag at the image of the newest of three runs, in every order of their calls", async () => {
  expect(await explorePromotions(DIGESTS, { faults: 0, share: shareMemory })).toBeGreaterThan(10);
}, 240_000);
