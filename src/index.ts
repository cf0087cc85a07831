/** The entry of the action, main and post. The only module of the bundle with side effects on import. */
import { isPost, runPost } from "./action/post.js";
import { runMain } from "./action/main.js";
import { runCacheClient } from "./binary-cache/github/client-process.js";
import { CLIENT_ARGUMENT } from "./binary-cache/github/client-protocol.js";

// The runner gives no arguments.
if (process.argv[2] === CLIENT_ARGUMENT) await runCacheClient();
else await (isPost() ? runPost() : runMain());
