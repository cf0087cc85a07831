// For node --import: lets Node run the TypeScript sources. Node strips the types itself; only the `.js` of an
// import has to become `.ts`.
import { registerHooks } from "node:module";

registerHooks({
  resolve: (specifier, context, nextResolve) =>
    specifier.startsWith(".") && context.parentURL?.endsWith(".ts") === true
      ? nextResolve(specifier.replace(/\.js$/, ".ts"), context)
      : nextResolve(specifier, context),
});
