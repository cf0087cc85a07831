import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import type { Readable } from "node:stream";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { ActionError } from "../../../src/errors/action-error.js";
import { blobOf } from "../../../src/image/blob.js";
import type { TargetImage } from "../../../src/image/image.js";
import type { TargetSystem } from "../../../src/model/system.js";
import { CandidateLoad } from "../../../src/pipeline/candidate-load.js";
import type { RunCommand } from "../../../src/platform/command.js";
import { makeRawTar } from "../image/raw-tar.js";
import { createFakeRun } from "./fake-run.js";

let runFolder: string;
beforeEach(() => {
  runFolder = mkdtempSync(join(tmpdir(), "candidate-load-"));
});
afterEach(() => {
  rmSync(runFolder, { recursive: true });
});

const NONCE = "0123456789ab";
const JOB = { isEmulatedGateAllowed: false };

/** A Docker engine that remembers the archives that it has loaded. */
function createDocker(onLoad: () => void = () => undefined) {
  const calls: string[] = [];
  const archives: Buffer[] = [];
  const run: RunCommand = async (_, args, options) => {
    const text = args.join(" ");
    calls.push(text);
    const say = (stdout: string, exitCode = 0) => ({ stdout, stderr: "", exitCode });
    if (text.startsWith("version")) return say("20.10.24 amd64");
    if (text.startsWith("info")) return say("1000000000");
    if (text === "load") {
      onLoad();
      archives.push(await buffer(options.input as Readable));
    }
    const id = args.at(-1) ?? "";
    const isLoaded = archives.some((archive) => archive.includes(`${NONCE}-${id.slice(-12)}`));
    if (text.startsWith("image inspect") && !isLoaded) return say("", 1);
    return say(JSON.stringify([`localhost/cross-build:${NONCE}-${id.slice(-12)}`]));
  };
  return { run, calls, archives };
}

function imageFor(target: TargetSystem): TargetImage {
  const layers = ["lower", "upper"].map((content) => {
    return blobOf("application/vnd.oci.image.layer.v1.tar", makeRawTar({ name: "file", content }));
  });
  const config = blobOf("config", Buffer.from(JSON.stringify({ config: { User: "7" } })));
  const image = { manifest: blobOf("manifest", Buffer.from(target)), config, layers };
  return { target, read: { image, imageId: config.digest, baseName: undefined } };
}

describe("the images that are loaded while they are pushed", () => {
  it("have one layer with what is visible, and no file is left of it", async () => {
    const docker = createDocker();
    const { context } = createFakeRun({ run: docker.run, runFolder, nonce: NONCE });
    const loads = new CandidateLoad(JOB, context);
    const image = imageFor("x86_64-linux");
    loads.start([image]);
    await expect(loads.take(image)).resolves.toMatchObject({ load: { way: "merged" } });
    expect(docker.archives).toHaveLength(1);
    expect(docker.archives[0]?.includes("upper")).toBe(true);
    expect(docker.archives[0]?.includes("lower")).toBe(false);
    expect(readdirSync(runFolder)).toEqual([]);
    await loads.close();
    expect(docker.calls.join("\n")).not.toContain("image rm");
  });

  it("are removed if no gate takes them, as after a failed push", async () => {
    const docker = createDocker();
    const { context } = createFakeRun({ run: docker.run, runFolder, nonce: NONCE });
    const loads = new CandidateLoad(JOB, context);
    loads.start([imageFor("x86_64-linux")]);
    await loads.close();
    expect(docker.calls.at(-1)).toMatch(new RegExp(`^image rm localhost/cross-build:${NONCE}-`));
  });

  it("leave nothing when the run is cancelled during the load", async () => {
    const cancellation = new AbortController();
    const cancelled = new ActionError("CANCELLED", "the run was cancelled", { hint: "None." });
    const docker = createDocker(() => {
      expect(existsSync(join(runFolder, "merged-x86_64-linux.tar"))).toBe(true);
      cancellation.abort(cancelled);
      throw cancelled;
    });
    const { signal } = cancellation;
    const { context } = createFakeRun({ run: docker.run, runFolder, nonce: NONCE, signal });
    const loads = new CandidateLoad(JOB, context);
    const images = [imageFor("x86_64-linux"), imageFor("x86_64-linux")] as const;
    loads.start(images);
    await expect(loads.take(images[0])).rejects.toBe(cancelled);
    await loads.close();
    expect(docker.calls.filter((call) => call === "load")).toHaveLength(1);
    expect(readdirSync(runFolder)).toEqual([]);
  });

  it("are not loaded for another CPU", async () => {
    const docker = createDocker();
    const { context } = createFakeRun({ run: docker.run, runFolder, nonce: NONCE });
    const loads = new CandidateLoad(JOB, context);
    const image = imageFor("aarch64-linux");
    loads.start([image]);
    await expect(loads.take(image)).rejects.toMatchObject({ code: "GATE_EMULATED" });
    await loads.close();
    expect(docker.calls).not.toContain("load");
  });
});
