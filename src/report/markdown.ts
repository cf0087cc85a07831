/** The end of a log that is shown; the report has all that is kept. */
const MAX_LOG_CHARACTERS = 20_000;

/** A section that can be folded. `title` is HTML, and `body` Markdown. */
export function renderDetails(title: string, body: string, isOpen = false): string {
  return `<details${isOpen ? " open" : ""}><summary>${title}</summary>\n\n${body}\n\n</details>`;
}

/** A code block, which GitHub shows with a button to copy it. The text cannot end it. */
export function renderFence(text: string, language = ""): string {
  const runs = text.match(/`+/g) ?? [];
  const fence = "`".repeat(Math.max(3, ...runs.map(({ length }) => length + 1)));
  return `${fence}${language}\n${text}\n${fence}`;
}

/** Renders the end of a text with its lines and its alignment. */
export function renderPre(lines: readonly string[]): string {
  const text = escapeMarkup(lines.join("\n").slice(-MAX_LOG_CHARACTERS));
  return `<pre>${text.replaceAll("\n", "&#10;")}</pre>`;
}

/** A table of text from outside. A column whose title begins with a `?` is left out if it is empty. */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const isShown = (title: string, index: number) =>
    !title.startsWith("?") || rows.some((row) => row[index] !== "");
  const shown = head.map(isShown);
  return renderMarkdownTable(
    head.filter((_, index) => shown[index]).map((title) => title.replace(/^\?/, "")),
    rows.map((row) => row.filter((_, index) => shown[index]).map(escapeMarkdown)),
  );
}

/** A table whose cells are Markdown on one line. */
export function renderMarkdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head.map(escapeMarkdown), head.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Escapes at most 1,000 characters for Markdown and HTML, on one line. */
export function escapeMarkdown(text: string): string {
  return escapeMarkup(text.slice(0, 1_000)).replace(/\s+/g, " ");
}

/** A name from outside as code. Markdown is also read between tags, so the text is escaped for it too. */
export function renderCode(text: string): string {
  return `<code>${escapeMarkdown(text)}</code>`;
}

function escapeMarkup(text: string): string {
  return escapeHtml(text).replace(/[\\`*_{}[\]()#|~@!:]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
