/** The value of an environment variable, as in `env NAME=VALUE` or `--env=NAME=VALUE`. */
const VARIABLE = /^((?:--env=)?[A-Z_][A-Z0-9_]*=).*$/s;
const SECRET_NAME = "[\\w.-]*(?:password|passwd|secret|token|credential|api-?key)[\\w.-]*";
/** A word after which a secret follows, such as `--password`, but not `--password-stdin`. */
const BEFORE_SECRET = new RegExp(`^(?!.*-(?:stdin|file)$)(?:--?)?${SECRET_NAME}$`, "i");
const ASSIGNED_SECRET = new RegExp(`^((?:--?)?${SECRET_NAME}=).+`, "is");
const SECRET_IN_QUERY = new RegExp(`([?&](?!secret-key=)${SECRET_NAME}=)[^&\\s]+`, "gi");
const PASSWORD_IN_URL = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s/@:]*):[^\s/@]+@/gi;

/**
 * A command as text that can be pasted into a shell, without secrets and at most `maxCharacters` long: for
 * messages and logs. Our own commands get no secrets as arguments, but those of users may.
 */
export function renderCommand(tool: string, args: readonly string[], maxCharacters = 500): string {
  const text = [tool, ...args].map((word, at, words) => quote(mask(word, words[at - 1] ?? ""))).join(" ");
  return text.length > maxCharacters ? `${text.slice(0, maxCharacters)} …` : text;
}

function mask(word: string, previous: string): string {
  if (BEFORE_SECRET.test(previous) && !word.startsWith("-")) return "***";
  return word
    .replace(VARIABLE, "$1***")
    .replace(ASSIGNED_SECRET, "$1***")
    .replace(SECRET_IN_QUERY, "$1***")
    .replace(PASSWORD_IN_URL, "$1:***@");
}

function quote(word: string): string {
  return /^[\w@%+=:,./#*?~-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
