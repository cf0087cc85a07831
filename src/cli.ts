#!/usr/bin/env node
/** The entry point of the CLI, which runs the action's pipeline outside of a workflow. */
import { runCli } from "./action/command-line.js";

process.exitCode = await runCli(process.argv.slice(2));
