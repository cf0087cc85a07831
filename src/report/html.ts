import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

import { composePage } from "./page-sections.js";
import type { Report } from "./report.js";

/** The path of the HTML report beside the JSON report. */
export function htmlFileOf(reportFile: string): string {
  return `${reportFile.replace(/\.json$/, "")}.html`;
}

/**
 * Renders the report as one HTML file that loads nothing. Text from outside is data for the page's script,
 * which only makes text nodes of it; the policy allows that script, D3 and the style sheet, each by its hash.
 * @see https://www.w3.org/TR/CSP3/#grammardef-hash-source
 */
export function renderHtml(report: Report): string {
  // Each file is named in full, so that the bundler ships it.
  const style = readFileSync(new URL("./page/page.css", import.meta.url), "utf8");
  const script = [
    readFileSync(new URL("./page/elements.js", import.meta.url), "utf8"),
    readFileSync(new URL("./page/table.js", import.meta.url), "utf8"),
    readFileSync(new URL("./page/treemap.js", import.meta.url), "utf8"),
    readFileSync(new URL("./page/timeline.js", import.meta.url), "utf8"),
    readFileSync(new URL("./page/page.js", import.meta.url), "utf8"),
  ].join("\n");
  const library = readFileSync(new URL("../../node_modules/d3/dist/d3.min.js", import.meta.url), "utf8");
  const license = readFileSync(new URL("./page/d3-license.txt", import.meta.url), "utf8");
  const policy = [
    "default-src 'none'",
    `script-src ${hash(library)} ${hash(script)}`,
    `style-src ${hash(style)}`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
  ].join("; ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>cross-build report</title>
<style>${style}</style>
</head>
<body>
<noscript>This report needs JavaScript. The JSON report has the same content.</noscript>
<script type="application/json" id="content">${renderData(composePage(report))}</script>
<!-- D3, which draws the charts:
${license}-->
<script>${library}</script>
<script type="module">${script}</script>
</body>
</html>
`;
}

/** JSON that HTML reads as text up to the end of the script element, whatever it contains. */
function renderData(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function hash(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
