import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";

/** A certificate for some hosts, and the file with the private authority that signed it. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
  readonly authorityFile: string;
}

/** Makes an authority in `folder`, and a certificate of it. */
export function makeCertificate(folder: string, hosts: readonly string[]): Certificate {
  const at = (name: string) => join(folder, name);
  const openssl = (...args: readonly string[]) => execFileSync("openssl", args, { stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  openssl(
    ...["req", "-x509", ...key, "-keyout", at("ca-key.pem"), "-out", at("ca.pem"), "-days", "2"],
    ...["-subj", "/CN=authority of a proxy"],
  );
  openssl(
    "req",
    ...key,
    "-keyout",
    at("key.pem"),
    "-out",
    at("request.pem"),
    "-subj",
    `/CN=${hosts[0] ?? ""}`,
  );
  const names = hosts.map((host) => `${isIP(host) === 0 ? "DNS" : "IP"}:${host}`);
  writeFileSync(at("names"), `subjectAltName=${names.join(",")}\n`);
  openssl(
    ...["x509", "-req", "-in", at("request.pem"), "-out", at("cert.pem"), "-days", "2"],
    ...["-CA", at("ca.pem"), "-CAkey", at("ca-key.pem"), "-CAcreateserial", "-extfile", at("names")],
  );
  return {
    key: readFileSync(at("key.pem"), "utf8"),
    cert: readFileSync(at("cert.pem"), "utf8"),
    authorityFile: at("ca.pem"),
  };
}
