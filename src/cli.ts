#!/usr/bin/env node
/** The entry point of the CLI, which runs the action's pipeline outside of a workflow. */
import { LAYER_ARGUMENT, PROXY_ARGUMENT } from "./model/own-processes.js";

// ssh passes one of these arguments when the CLI runs as its proxy command, and waits for it at each
// connection. A run passes the other one to its threads.
if (process.argv[2] === PROXY_ARGUMENT) {
  const { runProxyCommand } = await import("./kubernetes/proxy-command.js");
  await runProxyCommand(process.argv.slice(3));
} else if (process.argv[2] === LAYER_ARGUMENT) {
  const { serveLayers } = await import("./image/layer-threads.js");
  await serveLayers();
} else {
  const { startCli } = await import("./action/command-line.js");
  await startCli(process.argv.slice(2));
}
