import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { mergeLayers } from "../../src/image/merge-layers.js";
import type { Blob, OciImage } from "../../src/model/image.js";
import { createRunCommand } from "../../src/platform/command.js";
import { openContainerEngine } from "../../src/smoke/container-engine.js";
import type { MergeLayers } from "../../src/smoke/load-image.js";
import { createEngineEffects } from "../engine-effects.js";
import { preparePodman } from "../podman.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { makeImageOf, makeServerLayer, OPTIONS, packFolder, waitForAnswer } from "../server-image.js";

const ledger = { started: () => undefined, ended: () => undefined };
const run = createRunCommand(new AbortController().signal, ledger);
const folder = makeTemporaryFolder("merged-load");
const ENGINES = [
  ["docker", {}],
  ["podman", preparePodman(makeTemporaryFolder("podman"))],
] as const;

let layer: Blob;
beforeAll(() => {
  layer = makeServerLayer(folder);
}, 60_000);
afterAll(removeTemporaryFolders);

function makeImage(about: string, command: readonly string[], layers: readonly Blob[]): OciImage {
  return makeImageOf(layers, { about, command, diffIds: layers.map(({ digest }) => digest) });
}

describe.each(ENGINES)("an image that %s loads with its layers merged", (engine, env) => {
  const open = (nonce: string) =>
    openContainerEngine(
      createEngineEffects({
        run: (tool, args, options) => run(tool, args, { ...options, env: { ...env, ...options.env } }),
        nonce,
        runFolder: folder,
      }),
    );
  const merge: MergeLayers = async (image) => {
    const { signal } = new AbortController();
    return { image: await mergeLayers(image, join(folder, "merged.tar"), signal) };
  };
  /** The fixture's layer, and one above it that takes away a file and adds another. */
  const makeLayers = (): readonly Blob[] => {
    const root = makeTemporaryFolder("upper");
    mkdirSync(join(root, "bin"));
    writeFileSync(join(root, "bin/.wh.bash"), "");
    writeFileSync(join(root, "data"), "of the upper layer");
    return [layer, packFolder(root, join(folder, "upper.tar"))];
  };

  it("runs the image's own config on what its layers show, and leaves nothing", async () => {
    const image = makeImage(`merged in ${engine}`, ["/bin/server"], makeLayers());
    const runtime = await open("787878787878");
    const { id, load, remove } = await runtime.load(image, merge);
    expect(load).toEqual({ way: "merged", reason: "its 2 layers were loaded as one" });
    const start = await runtime.start(id, { ...OPTIONS, ports: [8080], isReadOnly: true });
    if (start.state === "failed") throw new Error(start.reason);
    const { container } = start;
    const address = await container.readAddress(8080);
    const port = "port" in address ? address.port : undefined;
    await expect(waitForAnswer(`http://127.0.0.1:${port}/version`)).resolves.toContain('"version":"1"');
    const removed = await container.exec(["/bin/bash", "-c", ":"], 20_000);
    expect(removed.exitCode).not.toBe(0);
    await container.remove();
    const missing = await runtime.start(id, { ...OPTIONS, args: ["/bin/none"] });
    expect(missing).toMatchObject({
      state: "failed",
      reason: expect.stringContaining('["/bin/none"] does not start') as unknown,
    });
    await remove();
    const { stdout } = await run(engine, ["images", "--all", "--quiet", "--no-trunc"], {
      timeoutMs: 60_000,
      env,
    });
    expect(stdout).not.toContain(id.slice(7));
  }, 120_000);

  it("does not load what the engine has, and leaves it there", async () => {
    const image = makeImage(`present in ${engine}`, ["/bin/server"], makeLayers());
    const owner = await (await open("898989898989")).load(image);
    expect(owner.load).toEqual({ way: "layers", reason: "its layers were loaded as they are" });
    const guest = await (
      await open("9a9a9a9a9a9a")
    ).load(image, () => {
      throw new Error("the layers were read");
    });
    expect(guest).toMatchObject({ id: owner.id, load: { way: "present" } });
    await guest.remove();
    const again = await (await open("abababababac")).load(image, merge);
    expect(again.load.way).toBe("present");
    await again.remove();
    await owner.remove();
  }, 120_000);

  it("loads the layers as they are if they cannot be merged, and says why", async () => {
    const image = makeImage(`apart in ${engine}`, ["/bin/server"], makeLayers());
    const runtime = await open("bcbcbcbcbcbc");
    const loaded = await runtime.load(image, () => Promise.resolve({ obstacle: "they are odd" }));
    expect(loaded).toMatchObject({
      id: image.config.digest,
      load: { way: "layers", reason: "its layers were loaded as they are: they are odd" },
    });
    await loaded.remove();
  }, 120_000);
});
