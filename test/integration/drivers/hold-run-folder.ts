// Creates a run folder that this process owns, says so, and waits until its stdin ends.
// Usage: node --import ./typescript.ts hold-run-folder.ts FOLDER
import { makeRunFolder } from "../../../src/action/run-folder.js";
import { identifyProcess } from "../../../src/platform/process-identity.js";

makeRunFolder(process.argv[2] ?? "", identifyProcess(process.pid));
console.log("ready");
process.stdin.resume();
