import { ActionError } from "../errors/action-error.js";
import { type BuilderStatus, isUsable } from "../model/builder.js";
import { countOf } from "../model/count.js";
import type { FlakeOutputs, Installable } from "../model/flake.js";
import { findNearest, sortByLikeness } from "../model/nearest.js";
import type { StrategyVerdict, TargetPlan } from "../model/plan.js";
import { STRATEGIES, type Strategy } from "../model/strategy.js";
import type { System, TargetSystem } from "../model/system.js";

/** An installable, and the outputs of its flake. */
export interface InspectedInstallable {
  readonly installable: Installable;
  readonly outputs: FlakeOutputs;
}

/** The order of `auto`: the first possible strategy is chosen. */
const AUTO_ORDER: readonly Strategy[] = ["native", "cross-compile", "remote", "emulate"];

export interface PlanRequest {
  readonly buildSystem: System;
  readonly target: TargetSystem;
  readonly installables: readonly InspectedInstallable[];
  /** `auto`, or the user's order of preference; a strategy that is not listed is not allowed. */
  readonly strategy: "auto" | readonly Strategy[];
  readonly builders: readonly BuilderStatus[];
  /** Whether QEMU can run the target's programs on this machine, and the reason. */
  readonly emulation: Emulation;
}

export interface Emulation {
  readonly isPossible: boolean;
  readonly reason: string;
}

/**
 * Chooses how to build a target: the first possible strategy in the order of `auto` or of the user, and as
 * fallbacks the later ones that build the same derivation. Under `auto`, the flake and the build system alone
 * decide which derivation is built, so that one commit always gives the same one: if a builder is down, a
 * remote build becomes an emulated build, never a cross-compiled one. Throws `FLAKE_OUTPUT_MISSING` if the
 * flake lacks the package, and `PLAN_IMPOSSIBLE`, with the reason for every strategy, if no allowed strategy
 * can build it.
 */
export function planTarget(request: PlanRequest): TargetPlan {
  const { strategy, buildSystem, target, installables } = request;
  const order = strategy === "auto" ? AUTO_ORDER : strategy;
  const evaluated = order.map((candidate) => assessStrategy(candidate, request));
  const possible = evaluated.filter(({ verdict }) => verdict === "chosen").map((verdict) => verdict.strategy);
  const [chosen] = possible;
  if (chosen === undefined) throw noStrategy(request, evaluated);
  const verdicts = evaluated.map((verdict): StrategyVerdict => {
    if (verdict.strategy === chosen || verdict.verdict === "rejected") return verdict;
    if (order.indexOf(verdict.strategy) < order.indexOf(chosen)) return verdict;
    return isSameDerivation(verdict.strategy, chosen)
      ? { ...verdict, verdict: "fallback" }
      : {
          ...verdict,
          verdict: "rejected",
          reason: `${chosen} comes first, and this would build another derivation`,
        };
  });
  const left = STRATEGIES.filter((other) => !order.includes(other));
  return {
    target,
    buildSystem,
    strategy: chosen,
    attributes: installables.map(({ installable }) => renderAttribute(installable, chosen, request)),
    verdicts: [
      ...verdicts,
      ...left.map((other) => ({
        strategy: other,
        verdict: "rejected" as const,
        reason: "not in the strategy input",
      })),
    ],
  };
}

/** The strategies of a plan, in the order in which they are tried. */
export function listAttempts({ strategy, verdicts }: TargetPlan): readonly Strategy[] {
  const fallbacks = verdicts.filter(({ verdict }) => verdict === "fallback");
  return [strategy, ...fallbacks.map((fallback) => fallback.strategy)];
}

/** All strategies except `cross-compile` build the same derivation: the flake's package for the target. */
function isSameDerivation(a: Strategy, b: Strategy): boolean {
  return (a === "cross-compile") === (b === "cross-compile");
}

/** Whether one strategy could build a target, whatever comes before it, and why: `chosen` or `rejected`. */
export function assessStrategy(strategy: Strategy, request: PlanRequest): StrategyVerdict {
  const { buildSystem, target, builders, emulation } = request;
  const reject = (reason: string): StrategyVerdict => ({ strategy, verdict: "rejected", reason });
  const choose = (reason: string): StrategyVerdict => ({ strategy, verdict: "chosen", reason });

  if (strategy === "cross-compile") {
    if (buildSystem === target) return reject(`not needed, since this machine is ${target}`);
    const missing = missingPackages(request, strategy);
    return missing.length > 0
      ? reject(`the flake has no ${missing.join(", ")}`)
      : choose(`the flake cross-compiles from ${buildSystem} to ${target}`);
  }
  const missing = missingPackages(request, strategy);
  if (missing.length > 0) return reject(`the flake has no ${missing.join(", ")}`);
  switch (strategy) {
    case "native":
      return buildSystem === target
        ? choose(`this machine is ${target}`)
        : reject(`this machine is ${buildSystem}, not ${target}`);
    case "remote": {
      if (builders.length === 0) return reject("no builders are configured");
      const able = builders.filter(({ builder }) => builder.systems.includes(target));
      if (able.length === 0) return reject(`no builder supports ${target}`);
      const usable = able.filter(isUsable);
      return usable.length > 0
        ? choose(`${usable.length} of ${countOf(able.length, "builder")} for ${target} can be used`)
        : reject(able.map((status) => (status.state === "dropped" ? status.reason : "")).join("; "));
    }
    case "emulate":
      if (buildSystem === target) return reject(`not needed, since this machine is ${target}`);
      return emulation.isPossible ? choose(emulation.reason) : reject(emulation.reason);
  }
}

/** The attribute paths that the strategy needs and the flake lacks. */
function missingPackages(request: PlanRequest, strategy: Strategy): readonly string[] {
  return request.installables.flatMap(({ installable, outputs }) => {
    const { system, name } = locatePackage(installable, strategy, request);
    return (outputs[system] ?? []).includes(name) ? [] : [`packages.${system}.${quoteName(name)}`];
  });
}

function locatePackage(installable: Installable, strategy: Strategy, { buildSystem, target }: PlanRequest) {
  return strategy === "cross-compile"
    ? { system: buildSystem, name: `${installable.name}-${target}` }
    : { system: target, name: installable.name };
}

function renderAttribute(installable: Installable, strategy: Strategy, request: PlanRequest): string {
  const { system, name } = locatePackage(installable, strategy, request);
  return `${installable.flake}#packages.${system}.${quoteName(name)}`;
}

/**
 * Quotes a name, if necessary, for use in an attribute path.
 * @see Nix manual, `nix build`, "Flake output attribute"
 */
function quoteName(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_'-]*$/.test(name) ? name : JSON.stringify(name);
}

const SHOWN_NAMES = 20;

/** What a flake has instead of the package `wanted`: the names for the target, the most similar one first. */
function renderOffer(wanted: string, outputs: FlakeOutputs, target: TargetSystem): string {
  const names = outputs[target] ?? [];
  const nearest = findNearest(wanted, names);
  const question = nearest === undefined ? "" : `Did you mean ${JSON.stringify(nearest)}? `;
  if (names.length > 0) {
    const shown = sortByLikeness(wanted, names).slice(0, SHOWN_NAMES);
    const more = names.length - shown.length;
    const rest = more === 0 ? "" : `, and ${more} more`;
    return `${question}For ${target}, the flake has: ${shown.join(", ")}${rest}.`;
  }
  const others = Object.keys(outputs).filter((system) => outputs[system]?.length !== 0);
  return others.length === 0
    ? "The flake has no packages."
    : `The flake has packages only for ${others.join(", ")}.`;
}

function noStrategy(request: PlanRequest, verdicts: readonly StrategyVerdict[]): ActionError {
  const { target, buildSystem, installables } = request;
  const reasons = verdicts.map(({ strategy, reason }) => `${strategy}: ${reason}`).join("; ");
  const unknown = installables.find(
    ({ installable, outputs }) =>
      !(outputs[target] ?? []).includes(installable.name) &&
      !(outputs[buildSystem] ?? []).includes(`${installable.name}-${target}`),
  );
  if (unknown !== undefined) {
    const { installable, outputs } = unknown;
    return new ActionError(
      "FLAKE_OUTPUT_MISSING",
      `the flake ${installable.flake} has no package ${JSON.stringify(installable.name)} for ${target}`,
      {
        hint:
          `Add packages.${target}.${installable.name}` +
          (buildSystem === target
            ? ""
            : `, or packages.${buildSystem}.${installable.name}-${target} to cross-compile`) +
          `. ${renderOffer(installable.name, outputs, target)}`,
      },
    );
  }
  return new ActionError("PLAN_IMPOSSIBLE", `no strategy can build ${target} on ${buildSystem}: ${reasons}`, {
    hint: "Add a builder for the target, add a cross package to the flake, or allow another strategy.",
  });
}
