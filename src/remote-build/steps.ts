import { type BuildNeeds, type Derivation } from "../model/derivation.js";
import { isStorePath, type StorePath } from "../model/store-path.js";
import type { BuildPreview } from "../nix/build.js";
import { measureDepths, needsOf } from "../nix/derivation.js";

/** The wanted and the missing derivations of a build, and all derivations that the missing ones depend on. */
export interface BuildGraphWork extends BuildPreview {
  readonly closure: ReadonlyMap<StorePath, Derivation>;
}

/** One derivation to build. */
export interface Step {
  /** Its position in the list of steps. */
  readonly index: number;
  readonly drvPath: StorePath;
  readonly derivation: Derivation;
  /** Steps with the same needs share one object, so that it can be a key. */
  readonly needs: BuildNeeds;
  /** The number of steps in the longest chain of dependents, including this step. */
  readonly height: number;
  readonly inputs: readonly StorePath[];
  /** Those of its inputs that other steps build. */
  readonly builtInputs: readonly StorePath[];
  readonly dependencies: readonly Step[];
  readonly dependents: readonly Step[];
}

interface MutableStep extends Step {
  height: number;
  readonly dependents: MutableStep[];
}

/** The steps of a build, each one after its dependencies. */
export function planSteps({ missing, closure }: BuildGraphWork): readonly Step[] {
  const depths = measureDepths(missing, closure);
  const steps = new Map<StorePath, MutableStep>();
  const shareNeeds = createNeedsTable();
  for (const drvPath of missing.toSorted((a, b) => (depths.get(a) ?? 0) - (depths.get(b) ?? 0))) {
    const derivation = closure.get(drvPath);
    if (derivation === undefined || steps.has(drvPath)) continue;
    const needed = [...derivation.inputs].map(([input, names]) => ({
      step: steps.get(input),
      paths: (closure.get(input)?.outputs ?? []).flatMap(({ name, path }) =>
        path !== undefined && names.includes(name) ? [path] : [],
      ),
    }));
    const dependencies = needed.flatMap(({ step }) => step ?? []);
    const step: MutableStep = {
      index: steps.size,
      drvPath,
      derivation,
      needs: shareNeeds(needsOf(derivation)),
      height: 1,
      inputs: [...derivation.sources, ...needed.flatMap(({ paths }) => paths)].filter(isStorePath),
      builtInputs: needed.flatMap(({ step: other, paths }) => (other === undefined ? [] : paths)),
      dependencies,
      dependents: [],
    };
    for (const other of dependencies) other.dependents.push(step);
    steps.set(drvPath, step);
  }
  const planned = [...steps.values()];
  for (const step of planned.toReversed())
    for (const { height } of step.dependents) step.height = Math.max(step.height, 1 + height);
  return planned;
}

function createNeedsTable(): (needs: BuildNeeds) => BuildNeeds {
  const known = new Map<string, BuildNeeds>();
  return (needs) => {
    const key = [needs.platform, ...needs.features].join("\n");
    const same = known.get(key) ?? needs;
    known.set(key, same);
    return same;
  };
}
