import { type BuildNeeds, type Derivation } from "../model/derivation.js";
import { isStorePath, type StorePath } from "../model/store-path.js";
import type { BuildPreview } from "../nix/build.js";
import { measureDepths, needsOf } from "../nix/derivation.js";

/** What is to be built: all derivations that are missing, with all that they need, and what of them was asked for. */
export interface BuildGraphWork extends BuildPreview {
  readonly closure: ReadonlyMap<StorePath, Derivation>;
}

/** One derivation to build, and how far it has come. */
export interface Step {
  readonly drvPath: StorePath;
  readonly derivation: Derivation;
  readonly needs: BuildNeeds;
  /** The length of the longest chain that waits for it. */
  height: number;
  readonly inputs: readonly StorePath[];
  /** Those of its inputs that are steps' outputs. */
  readonly builtInputs: readonly StorePath[];
  readonly dependencies: readonly Step[];
  readonly dependents: Step[];
  state: "waiting" | "running" | "done";
  /** Whether it was more than waiting for its inputs. */
  hasStarted: boolean;
  failures: number;
  lastOutputAtMs: number;
}

/** The steps of a build, each after those that it needs. */
export function planSteps({ missing, closure }: BuildGraphWork): readonly Step[] {
  const depths = measureDepths(missing, closure);
  const steps = new Map<StorePath, Step>();
  for (const drvPath of missing.toSorted((a, b) => (depths.get(a) ?? 0) - (depths.get(b) ?? 0))) {
    const derivation = closure.get(drvPath);
    if (derivation === undefined) continue;
    const needed = [...derivation.inputs].map(([input, names]) => ({
      step: steps.get(input),
      paths: (closure.get(input)?.outputs ?? []).flatMap(({ name, path }) =>
        path !== undefined && names.includes(name) ? [path] : [],
      ),
    }));
    const builtInputs = needed.flatMap(({ step, paths }) => (step === undefined ? [] : paths));
    const step: Step = {
      drvPath,
      derivation,
      needs: needsOf(derivation),
      height: 0,
      inputs: [...derivation.sources, ...needed.flatMap(({ paths }) => paths)].filter(isStorePath),
      builtInputs,
      dependencies: needed.flatMap(({ step: other }) => (other === undefined ? [] : [other])),
      dependents: [],
      state: "waiting",
      hasStarted: false,
      failures: 0,
      lastOutputAtMs: 0,
    };
    for (const other of step.dependencies) other.dependents.push(step);
    steps.set(drvPath, step);
  }
  const planned = [...steps.values()];
  for (const step of planned.toReversed())
    step.height = 1 + Math.max(0, ...step.dependents.map(({ height }) => height));
  return planned;
}
