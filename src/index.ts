/**
 * The entry point of the action's main and post steps, and of the client process of GitHub's cache. The only
 * module of the bundle with side effects on import.
 */
import { failStep } from "./action/fail-step.js";
import { runMain } from "./action/main.js";
import { isPost, runPost, warnOfPost } from "./action/post.js";
import { supervise } from "./action/supervise.js";
import { CLIENT_ARGUMENT } from "./binary-cache/github/client.js";

// The runner passes no arguments. The run passes this one when it starts its cache client, and itself reports
// a client that ends without an answer.
if (process.argv[2] === CLIENT_ARGUMENT) {
  const { runCacheClient } = await import("./binary-cache/github/client-process.js");
  await runCacheClient();
} else if (isPost()) await supervise(runPost, warnOfPost);
else await supervise(runMain, failStep);
