import { execFileSync } from "node:child_process";

import { makeTemporaryFolder, pathWithout } from "../test/runner.js";
import type { Service } from "../test/testbed.js";
import { type Engine, startEngine } from "./engine.js";
import type { Measurement, Scenario } from "./measure.js";
import type { Image } from "./push-image.js";
import {
  addUse,
  forgetLayers,
  measureScript,
  PHASES,
  type PushBed,
  readDockerVersion,
  renderInputs,
  withEngine,
} from "./push-subjects.js";
import { measureAction } from "./subjects.js";

const SMOKE_TEST = "checks: [{ http: { path: /healthz, port: 8080, status: 200 } }]";

const RUNTIME = "runc";
/** The machine has an OCI runtime, but neither Docker nor Podman. */
const withoutEngine = () => ({ PATH: `${pathWithout("docker", "podman")}:/usr/sbin:/sbin` });

interface ActionSetting {
  readonly env: Readonly<Record<string, string>>;
  readonly phases: readonly string[] | undefined;
}

/** Runs the action. Rejects unless its smoke test, if it has one, passes. */
async function runAction(
  { env, phases }: ActionSetting,
  bed: PushBed,
  inputs: Readonly<Record<string, string>>,
) {
  const measured = await measureAction(bed.machine, phases, inputs, env);
  const expected = "smoke-test" in inputs ? "passed" : "skipped";
  const { "smoke-test": smokeTest = "" } = measured.outputs;
  if (smokeTest !== expected) throw new Error(`the smoke test is ${smokeTest}, not ${expected}`);
  return measured;
}

/** What a smoke test adds to a push to an empty registry; and `docker load`, which runs no container. */
export function openGate(bed: PushBed, image: Image): Omit<Scenario, "name"> {
  const { registry } = bed;
  type Env = ActionSetting["env"];
  const push = async (env: Env, inputs: Readonly<Record<string, string>>) => {
    registry.restore(undefined);
    forgetLayers(bed.machine);
    const all = { ...renderInputs(bed, image, registry.direct), ...inputs };
    const measured = await runAction({ env, phases: PHASES }, bed, all);
    await registry.verify(measured.outputs["digest"] ?? "", image.diffIds);
    return measured;
  };
  const addTest = async (env: Env, measure: Measure): Promise<Measurement> => {
    const alone = await push(env, {});
    const { report, ...tested } = await measure(() => push(env, { "smoke-test": SMOKE_TEST }));
    const [load] = report.smokeTests.map((smokeTest) => smokeTest.load);
    return {
      ...tested,
      wallMs: tested.wallMs - alone.wallMs,
      cpuMs: tested.cpuMs - alone.cpuMs,
      diskBytes: tested.diskBytes - alone.diskBytes,
      note: `${load?.way ?? "not loaded"}; ${Math.round(tested.wallMs)} ms with the push`,
    };
  };
  const load = async (engine: Engine): Promise<Measurement> => {
    const script = `${image.script} | docker --host ${engine.address} load --quiet`;
    const measured = await addUse(engine, () => measureScript(bed, script, registry.direct));
    requireLoaded(engine, image);
    return measured;
  };
  return {
    goal: 0.3,
    isWarm: true,
    subjects: [
      {
        name: "cross-build",
        run: () => withEngine((engine) => addTest(useEngine(engine), (work) => addUse(engine, work))),
      },
      { name: `stream to docker load (${readDockerVersion()})`, run: () => withEngine(load) },
      { name: `cross-build, ${RUNTIME}`, run: () => addTest(withoutEngine(), addNothing) },
    ],
  };
}

const useEngine = ({ address }: Engine) => ({ DOCKER_HOST: address });

/** The cost of some work with that of an engine. */
type Measure = <T extends Omit<Measurement, "bytes"> & { readonly diskBytes?: number }>(
  work: () => Promise<T>,
) => Promise<T & { readonly bytes: number }>;

/** An OCI runtime is a child of the action, whose cost has it already. */
const addNothing: Measure = async (work) => ({ bytes: 0, ...(await work()) });

function requireLoaded({ address }: Engine, { tag, diffIds }: Image): void {
  const args = ["--host", address, "image", "inspect", "--format={{json .RootFS.Layers}}", tag];
  const layers = JSON.parse(execFileSync("docker", args, { encoding: "utf8" })) as readonly string[];
  if (layers.join() !== diffIds.join()) throw new Error(`docker load: ${tag} has other layers`);
}

/** The whole action after a run with the same inputs; and what no run can do without. */
export async function openSecondRun(
  bed: PushBed,
  image: Image,
  services: Service[],
): Promise<Omit<Scenario, "name">> {
  const { registry, machine } = bed;
  const engine = await startEngine(makeTemporaryFolder("engine"));
  services.push(engine);
  const inputs = {
    ...renderInputs(bed, image, registry.direct),
    ...{ "smoke-test": SMOKE_TEST, tags: "latest" },
  };
  const run = async (env: ActionSetting["env"], measure: Measure): Promise<Measurement> => {
    const { report, outputs, ...measured } = await measure(() =>
      runAction({ env, phases: undefined }, bed, inputs),
    );
    if (outputs["promoted"] !== "true") throw new Error("the tag did not move");
    await registry.verify("latest", image.diffIds);
    const times = report.phases.map(({ name, durationMs }) => `${name} ${durationMs}`);
    return { ...measured, note: times.join(", ") };
  };
  registry.restore(undefined);
  forgetLayers(machine);
  const runInDocker = () => run(useEngine(engine), (work) => addUse(engine, work));
  await runInDocker();
  const load = `${image.script} | docker --host ${engine.address} load --quiet`;
  await measureScript(bed, load, registry.direct);
  const docker = `docker --host ${engine.address}`;
  const byHand =
    `nix build --no-link ${image.installable}; ` +
    `container=$(${docker} run --detach --publish 127.0.0.1:8080:8080 ${image.tag}); ` +
    "until curl --fail --silent --output answer http://127.0.0.1:8080/healthz; do sleep 0.02; done; " +
    `${docker} rm --force $container`;
  return {
    goalExtraMs: 1000,
    isWarm: true,
    subjects: [
      { name: "cross-build", run: runInDocker },
      {
        name: "nix build, smoke test by hand",
        run: () => addUse(engine, () => measureScript(bed, byHand, registry.direct)),
      },
      { name: `cross-build, ${RUNTIME}`, run: () => run(withoutEngine(), addNothing) },
    ],
  };
}
