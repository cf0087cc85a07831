/**
 * Whether a list of host patterns (`*` and `?`, `!` for hosts to leave out) includes a host. @see ssh_config(5), "PATTERNS"
 */
export function matchesHostPatterns(patterns: readonly string[], host: string): boolean {
  return (
    patterns.some((pattern) => !pattern.startsWith("!") && matches(pattern, host)) &&
    !patterns.some((pattern) => pattern.startsWith("!") && matches(pattern.slice(1), host))
  );
}

function matches(pattern: string, host: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    // Several stars mean what one does, and would make the expression slow.
    .replace(/\*+/g, ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "i").test(host);
}
