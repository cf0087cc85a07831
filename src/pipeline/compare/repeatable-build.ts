import { ActionError } from "../../errors/action-error.js";
import type { Derivation } from "../../model/derivation.js";
import type { TargetPlan } from "../../model/plan.js";
import { isStorePath, type StorePath } from "../../model/store-path.js";
import { readDerivationClosure } from "../../nix/derivation.js";
import { readDerivationPath } from "../../nix/flake.js";
import { describeGraph, type RenewableGraph } from "../../nix/renew-derivations.js";
import { listUnsubstitutable } from "../../nix/unsubstitutable.js";
import { chooseInstallables } from "../choose-installables.js";
import type { RunContext } from "../context.js";
import type { NixSession } from "../nix-session.js";

/** What a plan builds, evaluated. */
export interface Evaluated {
  /** The derivations of the installables. */
  readonly roots: readonly StorePath[];
  readonly closure: ReadonlyMap<StorePath, Derivation>;
  readonly evaluationMs: number;
}

/** A build that can be done any number of times, each time with new derivations. */
export interface RepeatableBuild {
  readonly roots: readonly StorePath[];
  readonly graph: RenewableGraph;
  /** The number of derivations that it builds. */
  readonly derivations: number;
}

interface EvaluateInput {
  readonly session: NixSession;
  readonly workingDirectory: string;
}

/** Evaluates a plan as a build does. Rejects with the codes of `readDerivationPath`. */
export async function evaluatePlan(
  plan: TargetPlan,
  { session, workingDirectory }: EvaluateInput,
  context: Pick<RunContext, "log" | "clock">,
): Promise<Evaluated> {
  const startedAtMs = context.clock.nowMs();
  const installables = await chooseInstallables({ plan, session, workingDirectory }, context);
  const roots: StorePath[] = [];
  for (const installable of installables) {
    const chosen = installable.replace(/\^out$/, "");
    const drvPath = isStorePath(chosen)
      ? chosen
      : await readDerivationPath(session.runNix, installable, workingDirectory);
    if (!isStorePath(drvPath)) throw new Error(`Nix evaluates ${installable} to ${drvPath}`);
    roots.push(drvPath);
  }
  const evaluationMs = context.clock.nowMs() - startedAtMs;
  return { roots, closure: await readDerivationClosure(roots), evaluationMs };
}

/**
 * The build of everything that no substituter has, with the derivations of the installables in any case.
 * `storeFolder` is the folder of an empty store. Rejects as `listUnsubstitutable` and `describeGraph` do.
 */
export async function planColdBuild(
  { roots, closure }: Evaluated,
  { session, workingDirectory, storeFolder }: EvaluateInput & { readonly storeFolder: string },
): Promise<RepeatableBuild> {
  const missing = await listUnsubstitutable(session.runNix, roots, {
    folder: storeFolder,
    cwd: workingDirectory,
  });
  const graph = describeGraph(new Set([...missing, ...roots]), closure);
  requireRoots(roots, graph);
  return { roots, graph, derivations: graph.drvPaths.length };
}

/**
 * The build after a change, in which the derivations of a cold build are there as far as the change left them
 * alone. Undefined if it changes no derivation.
 */
export function planChangedBuild(
  before: Evaluated,
  cold: RepeatableBuild,
  { roots, closure }: Evaluated,
): RepeatableBuild | undefined {
  const renewed = new Set(cold.graph.drvPaths);
  const isNew = (drvPath: StorePath) => !before.closure.has(drvPath);
  const graph = describeGraph(
    [...closure.keys()].filter((drvPath) => renewed.has(drvPath) || isNew(drvPath)),
    closure,
  );
  requireRoots(roots, graph);
  const derivations = graph.drvPaths.filter(isNew).length;
  return derivations === 0 ? undefined : { roots, graph, derivations };
}

function requireRoots(roots: readonly StorePath[], { drvPaths }: RenewableGraph): void {
  const fixed = roots.find((root) => !drvPaths.includes(root));
  if (fixed === undefined) return;
  throw new ActionError("PLAN_IMPOSSIBLE", `${fixed} has a fixed output, which is not built again`, {
    hint: "Compare a package that is built from source.",
  });
}
