import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";

import { chooseCaches } from "../binary-cache/binary-cache.js";
import type { KeyedHopChain } from "../builders/configuration.js";
import { readMachines } from "../builders/machine-line.js";
import { ActionError } from "../errors/action-error.js";
import type { Builder } from "../model/builder.js";
import type { KubeConfig } from "../kubernetes/kube-config.js";
import type { PoolReference } from "../model/kubernetes-pool.js";
import type { RunContext } from "../pipeline/context.js";
import type { RunResult } from "../pipeline/fold-stages.js";
import type { GateJob, Job, KubernetesPoolJob } from "../pipeline/job.js";
import { listTokenForms } from "../nix/access-token.js";
import type { CompareOptions, CompareResult } from "../pipeline/run-compare.js";
import type { Diagnosis, DoctorOptions } from "../pipeline/run-doctor.js";
import { runSetup, type Setup } from "../pipeline/run-setup.js";
import { runStep, toRunError } from "../pipeline/run-step.js";
import { type CheckoutUse, verifyCheckout } from "../pipeline/trusted-checkout.js";
import { decidePush, mayBeForkCode } from "../plan/push-policy.js";
import { readSshHosts, type SshHost } from "../ssh/config-input.js";
import { listNamedHosts } from "../ssh/git-config.js";
import { missingPrivateKey, parsePrivateKey, type SshKey } from "../ssh/key.js";
import { planHopChain } from "../ssh/proxy-jump.js";
import type { ParsedGateInputs } from "./gate-settings.js";
import type { ParsedInputs } from "./settings.js";

/**
 * Reads the files that the inputs name (builders, keys, certificates, smoke test), so that a job holds only
 * values. They may be in the checkout, so that is verified before. Rejects with `INPUT_INVALID` and
 * `SSH_KEY_INVALID`.
 */
async function readJob(inputs: ParsedInputs, context: RunContext): Promise<Job> {
  const { builders: machineLines, sshPrivateKey, sshConfig, cache, smokeTest, notices, ...others } = inputs;
  const { kubeconfig, poolReference, ...values } = others;
  for (const notice of notices) context.log.info(notice);
  const { workingDirectory, trustedPublicKeys } = values;
  const readText = (file: string) => readFile(file, "utf8");
  const hosts = await readSshHosts(sshConfig, workingDirectory, readText, context.clock.nowMs());
  const run = { nonce: context.nonce, systemDefault: context.system, hosts };
  const builders = await readMachines(machineLines, run, workingDirectory, readText);
  const sshKey = sshPrivateKey === undefined ? undefined : await parsePrivateKey(sshPrivateKey);
  // The input is masked already, but a repaired key consists of other lines.
  if (sshKey !== undefined) context.log.mask(sshKey.privateKey);
  return {
    ...values,
    hopChains: await planHopChains(builders, hosts, { sshKey, workingDirectory }, context),
    ...readInputAccess({ ...values, sshKey }, context),
    kubernetesPool: poolReference && (await readPool(poolReference, { kubeconfig, sshKey }, context)),
    caches: chooseCaches(cache, workingDirectory, context.runnerCache !== undefined),
    // Without the input cache, trusted-public-keys are for the user's own substituters.
    isCacheSigned: cache !== undefined && trustedPublicKeys.length > 0,
    smokeTest: await readOptionalSmokeTest(smokeTest, workingDirectory),
  };
}

/** Runs a build. Never rejects: if an input cannot be read, the report says so, as for every other error. */
export async function runBuildFromInputs(inputs: ParsedInputs, opened: RunContext): Promise<RunResult> {
  const { failRun } = await import("../pipeline/fold-stages.js");
  const { runBuild } = await import("../pipeline/run-build.js");
  try {
    const context = await openCheckout(inputs, opened);
    return await runBuild(await runStep(context, () => readJob(inputs, context)), context);
  } catch (thrown) {
    return failRun(inputs, opened, toRunError(thrown, opened));
  }
}

/** Runs the gate. Never rejects, for the same reason. */
export async function runGateFromInputs(inputs: ParsedGateInputs, opened: RunContext): Promise<RunResult> {
  const { failRun } = await import("../pipeline/fold-stages.js");
  const { runGate } = await import("../pipeline/run-gate.js");
  try {
    const context = await openCheckout({ workingDirectory: inputs.workingDirectory }, opened);
    return await runGate(await runStep(context, () => readGateJob(inputs, context)), context);
  } catch (thrown) {
    return failRun(inputs, opened, toRunError(thrown, opened));
  }
}

/** Runs the setup. Rejects with the codes of `verifyCheckout`, `readJob` and `runSetup`. */
export async function runSetupFromInputs(inputs: ParsedInputs, opened: RunContext): Promise<Setup> {
  const context = await openCheckout(inputs, opened);
  return runSetup(await runStep(context, () => readJob(inputs, context)), context);
}

/** Runs the doctor. Rejects with the codes of `verifyCheckout` and `readJob`. */
export async function runDoctorFromInputs(
  inputs: ParsedInputs,
  options: DoctorOptions,
  opened: RunContext,
): Promise<readonly Diagnosis[]> {
  const { runDoctor } = await import("../pipeline/run-doctor.js");
  const { workingDirectory, installables } = inputs;
  const use = { workingDirectory, ...(options.isFlakeExamined && { installables }) };
  const context = await openCheckout(use, opened);
  return runDoctor(await runStep(context, () => readJob(inputs, context)), options, context);
}

/** Runs a comparison. Rejects with the codes of `verifyCheckout`, `readJob` and `runCompare`. */
export async function runCompareFromInputs(
  inputs: ParsedInputs,
  options: CompareOptions,
  opened: RunContext,
): Promise<CompareResult> {
  const { runCompare } = await import("../pipeline/run-compare.js");
  const context = await openCheckout(inputs, opened);
  return runCompare(await runStep(context, () => readJob(inputs, context)), options, context);
}

/** Verifies the checkout before any file in it is read. Rejects with `INPUT_INVALID` if there is none. */
function openCheckout(use: CheckoutUse, opened: RunContext): Promise<RunContext> {
  return runStep(opened, async () => {
    await requireFolder(use.workingDirectory);
    return verifyCheckout(use, opened);
  });
}

/** Rejects with `INPUT_INVALID`; otherwise the first program that is run there would seem to be missing. */
async function requireFolder(workingDirectory: string): Promise<void> {
  const found = await stat(workingDirectory).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  throw new ActionError("INPUT_INVALID", `input working-directory: there is no folder ${workingDirectory}`, {
    hint: "Check its spelling, and that actions/checkout comes before this step.",
  });
}

async function readGateJob(
  { smokeTest, notices, ...values }: ParsedGateInputs,
  { log }: RunContext,
): Promise<GateJob> {
  for (const notice of notices) log.info(notice);
  return { ...values, smokeTest: await readOptionalSmokeTest(smokeTest, values.workingDirectory) };
}

/**
 * What gives access to private flake inputs. A fork's code gets none of it, not even where the event provides
 * secrets, since an input that it names may be any repository that the token or the key can read.
 */
function readInputAccess(
  {
    accessTokens,
    knownHosts,
    sshKey,
  }: Pick<ParsedInputs, "accessTokens" | "knownHosts"> & { readonly sshKey: SshKey | undefined },
  { event, log }: RunContext,
): Pick<Job, "accessTokens" | "gitKey"> {
  for (const form of listTokenForms(accessTokens)) log.mask(form);
  const gitKey = listNamedHosts(knownHosts).length === 0 ? undefined : sshKey;
  if (!mayBeForkCode(event)) return { accessTokens, gitKey };
  if (accessTokens.length > 0) {
    log.info("access-tokens is not used: what this run builds may be the code of a fork");
  }
  return { accessTokens: [], gitKey: undefined };
}

async function readOptionalSmokeTest(text: string | undefined, workingDirectory: string) {
  if (text === undefined) return undefined;
  const { readSmokeSpec } = await import("../smoke/spec.js");
  return readSmokeSpec(text, workingDirectory);
}

/**
 * Plans how to reach each builder, and with which key: the one that its machine line names, or else
 * `ssh-private-key`. Builders without a key are left out if the event gives the run no secrets, as for a
 * fork's pull request; otherwise a missing key rejects with `SSH_KEY_INVALID`.
 */
async function planHopChains(
  builders: readonly Builder[],
  hosts: readonly SshHost[],
  {
    sshKey: common,
    workingDirectory,
  }: Pick<ParsedInputs, "workingDirectory"> & { readonly sshKey: SshKey | undefined },
  { event, log }: RunContext,
): Promise<readonly KeyedHopChain[]> {
  const keyed = await Promise.all(
    builders.map(async (builder) => {
      const sshKey = builder.keyFile === undefined ? common : await readKey(builder, workingDirectory);
      return sshKey === undefined ? [] : [{ ...planHopChain(builder, hosts), sshKey }];
    }),
  );
  for (const { sshKey } of keyed.flat()) log.mask(sshKey.privateKey);
  if (keyed.every((chains) => chains.length === 1)) return keyed.flat();
  const { isAllowed, reason } = decidePush("cache", "auto", event);
  if (isAllowed) throw missingPrivateKey();
  log.info(
    `builders without a key are left out: this run is read-only and has no ssh-private-key (${reason})`,
  );
  return keyed.flat();
}

/**
 * Reads who uses a pool of builders in a cluster. Undefined if the event gives the run no secrets, as for a
 * fork's pull request; otherwise a missing one rejects with `INPUT_INVALID` or `SSH_KEY_INVALID`.
 */
async function readPool(
  pool: PoolReference,
  { kubeconfig, sshKey }: Pick<ParsedInputs, "kubeconfig"> & { readonly sshKey: SshKey | undefined },
  { event, environment, log }: RunContext,
): Promise<KubernetesPoolJob | undefined> {
  if (kubeconfig === undefined || sshKey === undefined) {
    const { isAllowed, reason } = decidePush("cache", "auto", event);
    if (isAllowed) throw kubeconfig === undefined ? missingKubeconfig() : missingPrivateKey();
    log.info(`kubernetes-pool is left out: this run is read-only and has no secrets (${reason})`);
    return undefined;
  }
  const { readKubeConfig } = await import("../kubernetes/kube-config.js");
  const readText = (file: string) => readFile(file, "utf8");
  const kubeConfig = await readKubeConfig(kubeconfig, { environment, readText });
  maskUser(kubeConfig, log);
  return { pool, kubeConfig, sshKey };
}

/** The input is masked already as a whole, but its secrets may appear alone. */
function maskUser({ user }: KubeConfig, log: RunContext["log"]): void {
  const secrets =
    user.kind === "oidc"
      ? [user.idToken, user.refreshToken, user.clientSecret]
      : user.kind === "exec"
        ? Object.values(user.env)
        : user.kind === "token"
          ? [user.token]
          : [];
  for (const secret of secrets) if (secret !== undefined && secret !== "") log.mask(secret);
}

function missingKubeconfig(): ActionError {
  return new ActionError("INPUT_INVALID", "input kubeconfig is empty, but kubernetes-pool is set", {
    hint:
      "Set it to a secret with the content of a kubeconfig, or to in-cluster. " +
      "Reusable workflows, pull requests from forks and Dependabot do not get your secrets automatically.",
  });
}

/** Reads the key file that a builder's machine line names. */
async function readKey({ host, keyFile = "" }: Builder, folder: string): Promise<SshKey> {
  const about = `input builders, ${host}: the key ${JSON.stringify(keyFile)}`;
  let text: string;
  try {
    text = await readFile(resolve(folder, keyFile), "utf8");
  } catch (cause) {
    throw new ActionError("SSH_KEY_INVALID", `${about} cannot be read`, {
      cause,
      hint:
        "Set field 3 of the machine line to a key file on this machine, absolute or relative to " +
        "working-directory, or to - for ssh-private-key.",
    });
  }
  try {
    return await parsePrivateKey(text);
  } catch (error) {
    if (!(error instanceof ActionError)) throw error;
    const message = error.message.replace(/^input ssh-private-key/, about);
    throw error.with({ message });
  }
}
