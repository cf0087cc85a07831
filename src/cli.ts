#!/usr/bin/env node
/** The entry point of the CLI, which runs the action's pipeline outside of a workflow. */
import { failCli, runCli } from "./action/command-line.js";
import { supervise } from "./action/supervise.js";
import { PROXY_ARGUMENT } from "./model/own-processes.js";

const main = async () => {
  process.exitCode = await runCli(process.argv.slice(2));
};
// ssh passes this argument when the CLI runs as its proxy command.
if (process.argv[2] === PROXY_ARGUMENT) {
  const { runProxyCommand } = await import("./kubernetes/proxy-command.js");
  await runProxyCommand(process.argv.slice(3));
} else {
  await supervise(main, (error) => {
    process.exitCode = failCli(error);
  });
}
