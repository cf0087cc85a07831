#!/usr/bin/env node
/** The entry point of the CLI, which runs the action's pipeline outside of a workflow. */
import { LAYER_ARGUMENT, PROXY_ARGUMENT, RELAY_ARGUMENT } from "./model/own-processes.js";

// ssh passes one of these arguments when the CLI runs as its proxy command, and waits for it at each
// connection. A run passes the others to its threads, and to the relay of a container's ports.
if (process.argv[2] === PROXY_ARGUMENT) {
  const { runProxyCommand } = await import("./kubernetes/proxy-command.js");
  await runProxyCommand(process.argv.slice(3));
} else if (process.argv[2] === LAYER_ARGUMENT) {
  const { serveLayers } = await import("./image/layer-threads.js");
  await serveLayers();
} else if (process.argv[2] === RELAY_ARGUMENT) {
  const { runPortRelay } = await import("./smoke/oci/port-relay.js");
  await runPortRelay(process.argv.slice(3));
} else {
  const { startCli } = await import("./action/command-line.js");
  await startCli(process.argv.slice(2));
}
