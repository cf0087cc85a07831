#!/usr/bin/env node
/** The entry of the CLI: `cross-build build`, the pipeline of the action on a laptop. */
import { runCli } from "./action/command-line.js";

process.exitCode = await runCli(process.argv.slice(2));
