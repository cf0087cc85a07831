import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { isListening } from "../src/platform/socket.js";
import { findFreePort, type Service } from "./testbed.js";

export interface Nginx extends Service {
  readonly url: string;
  /** The folder that it serves, and stores uploads in. */
  readonly root: string;
}

/** Starts an nginx that serves a folder and takes files by PUT, as docs/caches.md configures it. */
export async function startNginx(folder: string): Promise<Nginx> {
  const port = await findFreePort();
  const root = join(folder, "root");
  for (const made of [root, join(folder, "tmp")]) {
    mkdirSync(made, { recursive: true });
    chmodSync(made, 0o777);
  }
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const configuration = `daemon off;
user root;
pid ${folder}/pid;
error_log ${folder}/error.log;
events {}
http {
  access_log ${folder}/access.log;
  ${temporary.map((name) => `${name}_temp_path ${folder}/tmp/${name};`).join("\n  ")}
  server {
    listen 127.0.0.1:${port};
    root ${root};
    client_max_body_size 0;
    dav_methods PUT;
    create_full_put_path on;
  }
}
`;
  writeFileSync(join(folder, "nginx.conf"), configuration);
  const args = ["-p", folder, "-c", join(folder, "nginx.conf"), "-e", join(folder, "error.log")];
  const child = spawn("/usr/sbin/nginx", args, { stdio: "inherit" });
  const exited = once(child, "exit");
  while (!(await isListening({ port, host: "127.0.0.1" }))) {
    if (child.exitCode !== null) throw new Error("nginx did not start");
    await sleep(20);
  }
  return {
    url: `http://127.0.0.1:${port}`,
    root,
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
    },
  };
}
