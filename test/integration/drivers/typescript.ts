// node --import: lets Node run our sources as they are. It strips types itself; only the `.js` of an import has to become `.ts`.
import { registerHooks } from "node:module";

registerHooks({
  resolve: (specifier, context, nextResolve) =>
    specifier.startsWith(".") && context.parentURL?.endsWith(".ts") === true
      ? nextResolve(specifier.replace(/\.js$/, ".ts"), context)
      : nextResolve(specifier, context),
});
