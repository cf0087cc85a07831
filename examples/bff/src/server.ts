// Answers /healthz with the help of two native modules: bufferutil, which node-gyp compiles, and crc32, which
// has a prebuilt package for each CPU.
import { createServer } from "node:http";

import { crc32 } from "@node-rs/crc32";
import { mask } from "bufferutil";

const bytes = Buffer.from("cross-build");
const masked = Buffer.alloc(bytes.length);
mask(bytes, Buffer.from([1, 2, 3, 4]), masked, 0, bytes.length);
const answer: string = JSON.stringify({
  status: "ok",
  cpu: process.arch,
  user: `${String(process.getuid?.())}:${String(process.getgid?.())}`,
  masked: masked.toString("hex"),
  crc: crc32(bytes),
});

createServer((request, response) => {
  response.writeHead(request.url === "/healthz" ? 200 : 404, { "content-type": "application/json" });
  response.end(answer);
}).listen(3000);
process.on("SIGTERM", () => process.exit(0));
