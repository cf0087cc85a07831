import { globSync } from "node:fs";

import MarkdownIt, { type Token } from "markdown-it";

/** Every Markdown page that people read on GitHub. */
export const PAGES = globSync([
  "*.md",
  "docs/*.md",
  "bench/*.md",
  "test/*.md",
  "test/golden/*.md",
]).toSorted();

/** Like GitHub, with tables and HTML. */
const PARSER = new MarkdownIt({ html: true });

/**
 * The blocks of a page as a renderer sees them, in order: the lines and the kind of each, and the size of
 * tables. The blocks inside a list item or a quote follow it.
 */
export function readRenderedOutline(text: string): readonly string[] {
  const tokens = PARSER.parse(text, {});
  return tokens.flatMap((token, index) => {
    const [start = 0, end = 0] = token.map ?? [];
    const lines = `${start + 1}-${end}`;
    switch (token.type) {
      case "heading_open":
        return [`${lines} heading ${token.tag.slice(1)}: ${tokens[index + 1]?.content ?? ""}`];
      case "paragraph_open":
        return [`${lines} paragraph`];
      case "fence":
        return [`${lines} code: ${token.info}`];
      case "code_block":
        return [`${lines} indented code`];
      case "table_open":
        return [`${lines} table: ${renderSize(tokens.slice(index))}`];
      case "list_item_open":
        return [`${start + 1} item`];
      case "blockquote_open":
        return [`${start + 1} quote`];
      case "hr":
        return [`${lines} rule`];
      case "html_block":
        return [`${lines} HTML`];
      default:
        return [];
    }
  });
}

/** Renders the size of the table that begins with the first of these tokens. */
function renderSize(tokens: readonly Token[]): string {
  const end = tokens.findIndex(({ type }) => type === "table_close");
  const count = (wanted: string) => tokens.slice(0, end).filter(({ type }) => type === wanted).length;
  return `${count("th_open")} columns, ${count("tr_open") - 1} rows`;
}

interface Line {
  readonly number: number;
  readonly text: string;
}

/** The first block of some lines, and the number of lines it takes. */
interface SourceBlock {
  readonly lines: number;
  readonly outline: readonly string[];
}

const FENCE = /^(`{3,}|~{3,})\s*(.*)$/;
const HEADING = /^(#{1,6})\s+(.*)$/;
const RULE = /^(?:-{3,}|\*{3,}|_{3,})\s*$/;
const DELIMITERS = /^\|(?:\s*:?-+:?\s*\|)+$/;
const ITEM = /^((?:[-*+]|\d{1,9}[.)])\s+)(?=\S)/;
const HTML = /^<(?:!--|\/?[A-Za-z][A-Za-z0-9-]*(?:[\s/>]|$))/;
const LINK_DEFINITION = /^\[[^\]]+\]:\s/;
/** What ends a paragraph without a blank line in between. */
const INTERRUPTION = [FENCE, HEADING, RULE, /^\|/, /^(?:[-*+]|1[.)])\s+\S/, /^>/, HTML];

/**
 * The same outline, read from the source line by line: a line belongs to a table only if it has as many cells
 * as the head of the table, and to a list item only if it is indented. If a table or a list swallows a
 * paragraph, the two outlines differ.
 */
export function readSourceOutline(text: string): readonly string[] {
  return readBlocks(text.split("\n").map((line, index) => ({ number: index + 1, text: line })));
}

function readBlocks(lines: readonly Line[]): readonly string[] {
  const outline: string[] = [];
  for (let index = 0; index < lines.length;) {
    const block = readBlock(lines.slice(index));
    outline.push(...block.outline);
    index += block.lines;
  }
  return outline;
}

function readBlock(lines: readonly Line[]): SourceBlock {
  const [first = { number: 0, text: "" }] = lines;
  if (isBlank(first) || LINK_DEFINITION.test(first.text)) return { lines: 1, outline: [] };
  const take = (count: number, what: string): SourceBlock => ({
    lines: count,
    outline: [`${first.number}-${first.number + count - 1} ${what}`],
  });

  const [, fence, info = ""] = FENCE.exec(first.text) ?? [];
  if (fence !== undefined)
    return take(findEnd(lines, ({ text }) => text.trim() === fence) + 1, `code: ${info}`);
  const [, marks, title = ""] = HEADING.exec(first.text) ?? [];
  if (marks !== undefined) return take(1, `heading ${marks.length}: ${title.trim()}`);
  if (RULE.test(first.text)) return take(1, "rule");
  if (DELIMITERS.test(lines[1]?.text ?? "") && first.text.startsWith("|")) {
    const columns = countCells(first);
    const end = findEnd(lines, (line) => !line.text.startsWith("|") || countCells(line) !== columns, 2);
    return take(end, `table: ${columns} columns, ${end - 2} rows`);
  }
  const [marker] = ITEM.exec(first.text) ?? [];
  if (marker !== undefined) return readItem(first, lines, marker.length);
  if (first.text.startsWith(">")) {
    const count = findEnd(lines, ({ text }) => !text.startsWith(">"), 0);
    const inner = lines.slice(0, count).map((line) => ({ ...line, text: line.text.replace(/^> ?/, "") }));
    return { lines: count, outline: [`${first.number} quote`, ...readBlocks(inner)] };
  }
  if (first.text.startsWith("<!--"))
    return take(findEnd(lines, ({ text }) => text.includes("-->"), 0) + 1, "HTML");
  if (HTML.test(first.text)) return take(findEnd(lines, isBlank), "HTML");
  const isEnd = (line: Line) => isBlank(line) || INTERRUPTION.some((start) => start.test(line.text));
  return take(findEnd(lines, isEnd), "paragraph");
}

function readItem(first: Line, lines: readonly Line[], indent: number): SourceBlock {
  const isOutside = (line: Line) => !isBlank(line) && !/^\s*$/.test(line.text.slice(0, indent));
  const all = lines.slice(0, findEnd(lines, isOutside));
  const count = all.findLastIndex((line) => !isBlank(line)) + 1;
  const inner = all.slice(0, count).map((line) => ({ ...line, text: line.text.slice(indent) }));
  return { lines: count, outline: [`${first.number} item`, ...readBlocks(inner)] };
}

/** The index of the first line from `from` on that fits, or the number of lines if none does. */
function findEnd(lines: readonly Line[], fits: (line: Line) => boolean, from = 1): number {
  const index = lines.findIndex((line, position) => position >= from && fits(line));
  return index === -1 ? lines.length : index;
}

function isBlank({ text }: Line): boolean {
  return text.trim() === "";
}

function countCells({ text }: Line): number {
  return text.trim().split(/(?<!\\)\|/).length - 2;
}

/** Lists the targets of all links and images of a page. */
export function readLinks(text: string): readonly string[] {
  return flatten(PARSER.parse(text, {})).flatMap(({ type, content, attrs }) => {
    if (type.startsWith("html_"))
      return [...content.matchAll(/\b(?:href|src)="([^"]+)"/g)].map(([, url = ""]) => url);
    return (attrs ?? []).filter(([name]) => name === "href" || name === "src").map(([, url]) => String(url));
  });
}

/** The anchors that GitHub gives to the headings of a page. */
export function readAnchors(text: string): ReadonlySet<string> {
  const tokens = PARSER.parse(text, {});
  const anchors = new Set<string>();
  for (const [index, { type }] of tokens.entries()) {
    if (type !== "heading_open") continue;
    const title = flatten(tokens.slice(index + 1, index + 2))
      .filter((token) => token.type === "text" || token.type === "code_inline")
      .map(({ content }) => content)
      .join("");
    const slug = title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, "")
      .replaceAll(" ", "-");
    let anchor = slug;
    for (let number = 1; anchors.has(anchor); number++) anchor = `${slug}-${number}`;
    anchors.add(anchor);
  }
  return anchors;
}

function flatten(tokens: readonly Token[]): readonly Token[] {
  return tokens.flatMap((token) => [token, ...flatten(token.children ?? [])]);
}
