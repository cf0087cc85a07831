import type { Emulation } from "../plan/strategy.js";
import type { TargetSystem } from "../model/system.js";
import { ActionError, isCancelled, renderError } from "../errors/action-error.js";
import type { Binfmt, Registration } from "../platform/binfmt.js";
import { canProvideQemu, provideQemu } from "../platform/qemu.js";
import type { RunContext } from "./context.js";
import type { Job } from "./job.js";

/**
 * Reads whether this machine can emulate a target, with a QEMU that is registered or that this run may
 * register, and why.
 */
export async function readEmulation(
  target: TargetSystem,
  { registersEmulation }: Pick<Job, "registersEmulation">,
  { system, canBecomeRoot, environment, binfmt }: RunContext,
): Promise<Emulation> {
  const impossible = (reason: string): Emulation => ({ isPossible: false, reason });
  const emulator = await binfmt.read(target);
  switch (emulator.state) {
    case "ready":
      return { isPossible: true, reason: `QEMU is registered for ${target} on this machine` };
    case "unfit":
      return impossible(`QEMU cannot be used: ${emulator.reason}`);
    case "missing": {
      const missing = `QEMU is not registered for ${target} on this machine`;
      if (!system.endsWith("-linux")) return impossible(`${missing}, which is not Linux`);
      if (!isAllowed(registersEmulation, environment))
        return impossible(`${missing} (register-emulation: true or docker/setup-qemu-action registers it)`);
      if (!canBecomeRoot) return impossible(`${missing}, and only root can register it`);
      if (!(await canProvideQemu(target, environment)))
        return impossible(`${missing}, and there is neither a static QEMU nor apt-get to download one`);
      return { isPossible: true, reason: `this run can register QEMU for ${target} while it builds` };
    }
  }
}

/** A registration holds for the whole machine, so it needs consent, unless GitHub discards the machine. */
function isAllowed(
  registersEmulation: Job["registersEmulation"],
  environment: RunContext["environment"],
): boolean {
  return registersEmulation === "auto"
    ? environment["RUNNER_ENVIRONMENT"] === "github-hosted"
    : registersEmulation;
}

/**
 * Runs `work` while QEMU is registered for a target. Uses a handler that somebody else registered as it is.
 * Otherwise registers one of this run and removes it afterwards; after a cancellation or a kill, `cleanUp`
 * removes it. Rejects with `QEMU_FAILED`, and as `work` does.
 */
export async function withEmulator<T>(
  target: TargetSystem,
  context: RunContext,
  work: () => Promise<T>,
): Promise<T> {
  const { nonce, binfmt, log } = context;
  const emulator = await binfmt.read(target);
  if (emulator.state !== "missing") return work();
  const interpreter = await provideQemu(target, context);
  await register({ target, nonce, interpreter }, binfmt);
  log.info(`registered QEMU for ${target} (${interpreter}) until the build has ended`);
  try {
    return await work();
  } finally {
    try {
      await binfmt.unregister({ nonce, target });
    } catch (error) {
      if (!isCancelled(error)) log.warning(`QEMU is still registered: ${renderError(error)}`);
    }
  }
}

async function register(registration: Registration, binfmt: Binfmt): Promise<void> {
  try {
    await binfmt.register(registration);
  } catch (error) {
    if (isCancelled(error)) throw error;
    throw new ActionError(
      "QEMU_FAILED",
      `cannot register QEMU for ${registration.target} with the kernel: ${renderError(error)}`,
      {
        cause: error,
        hint: "In a container, register QEMU on its host, for example with docker/setup-qemu-action.",
      },
    );
  }
}
