/** Renders a URL for the log: without user, password, query and fragment, any of which may be a secret. */
export function renderUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}
