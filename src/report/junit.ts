import type { Report } from "./report.js";

/**
 * The smoke tests of a report as JUnit XML: one suite per system, one case per check.
 * @see https://github.com/testmoapp/junitxml
 */
export function renderJunit({ smokeTests }: Pick<Report, "smokeTests">): string {
  const suites = smokeTests.map(({ target, runtime, isEmulated, checks, containerLog }) => {
    const cases = checks.map(({ name, kind, outcome, durationMs, detail }) => {
      const attributes = renderAttributes({
        name,
        classname: `${target}.${kind}`,
        time: seconds(durationMs),
      });
      if (outcome === "passed") return `    <testcase${attributes}/>`;
      const failure = `<failure${renderAttributes({ message: detail })}/>`;
      return `    <testcase${attributes}>\n      ${failure}\n    </testcase>`;
    });
    const failures = checks.filter(({ outcome }) => outcome === "failed").length;
    const attributes = renderAttributes({
      name: `smoke test of ${target}${isEmulated ? " (emulated)" : ""} in ${runtime}`,
      tests: String(checks.length),
      failures: String(failures),
      time: seconds(checks.reduce((sum, { durationMs }) => sum + durationMs, 0)),
    });
    const log = containerLog === "" ? "" : `\n    <system-out>${escapeXml(containerLog)}</system-out>`;
    return `  <testsuite${attributes}>\n${cases.join("\n")}${log}\n  </testsuite>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join("")}</testsuites>\n`;
}

function renderAttributes(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${escapeXml(value)}"`)
    .join("");
}

function seconds(durationMs: number): string {
  return (durationMs / 1000).toFixed(3);
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\n": "&#10;",
  "\r": "&#13;",
  "\t": "&#9;",
};

/**
 * Replaces characters that XML 1.0 does not allow with a question mark.
 * @see https://www.w3.org/TR/xml/#charsets
 */
function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "?")
    .replace(/[&<>"\n\r\t]/g, (character) => ESCAPES[character] ?? character);
}
