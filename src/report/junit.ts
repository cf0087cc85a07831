import type { Report } from "./report.js";

/**
 * The smoke tests of a report as JUnit XML: a suite for each system, a case for each check.
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
      return outcome === "passed"
        ? `    <testcase${attributes}/>`
        : `    <testcase${attributes}>\n      <failure${renderAttributes({ message: detail })}/>\n    </testcase>`;
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

/** What XML 1.0 cannot hold at all becomes a question mark. @see https://www.w3.org/TR/xml/#charsets */
function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "?")
    .replace(/[&<>"\n\r\t]/g, (character) => ESCAPES[character] ?? character);
}
