import { createServer } from "node:http";

createServer((request, response) => {
  response.writeHead(request.url === "/healthz" ? 200 : 404).end(`${process.arch}\n`);
}).listen(8080);
process.on("SIGTERM", () => process.exit(0));
