/** The entry of the action, main and post. The only module of the bundle with side effects on import. */
import { isPost, runPost } from "./action/post.js";
import { runMain } from "./action/main.js";

await (isPost() ? runPost() : runMain());
