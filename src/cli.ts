#!/usr/bin/env node
/** The entry point of the CLI, which runs the action's pipeline outside of a workflow. */
import { failCli, runCli } from "./action/command-line.js";
import { supervise } from "./action/supervise.js";

const main = async () => {
  process.exitCode = await runCli(process.argv.slice(2));
};
await supervise(main, (error) => {
  process.exitCode = failCli(error);
});
