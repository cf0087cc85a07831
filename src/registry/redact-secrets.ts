/** Shorter ones would hide ordinary words, and protect nothing. */
const MIN_LENGTH = 4;

/**
 * Replaces secrets in a text of a server by `***`, also where it repeats them as JSON or as a form does. The
 * text must be whole: a secret that was cut in two is not recognized.
 */
export function redactSecrets(text: string, secrets: Iterable<string>): string {
  return [...secrets]
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), renderForm(secret)])
    .filter(({ length }) => length >= MIN_LENGTH)
    .toSorted((a, b) => b.length - a.length)
    .reduce((shown, secret) => shown.replaceAll(secret, "***"), text);
}

function renderForm(value: string): string {
  return new URLSearchParams({ "": value }).toString().slice(1);
}
