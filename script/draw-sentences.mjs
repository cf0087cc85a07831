// draw-sentences.mjs [SEED]: draws twenty comments and twenty messages of src/, for a reader who has not seen
// the code to restate. Where restatement and code differ, the sentence is not plain enough. The same seed draws
// the same sentences from the same code.
import { createHash, randomBytes } from "node:crypto";
import { globSync, readFileSync } from "node:fs";

import ts from "typescript";

const COUNT = 20;
const MIN_WORDS = 5;
/** Functions and methods whose texts a user reads. */
const SPEAKERS = /(?:ActionError|Error|invalid|info|notice|warning|error|setFailed)$/;

/** The comments of a file, without their marks; lines of `//` that follow each other are one. */
function listComments(source) {
  const text = source.getFullText();
  const ranges = new Map();
  const visit = (node) => {
    for (const range of ts.getLeadingCommentRanges(text, node.getFullStart()) ?? [])
      ranges.set(range.pos, range);
    ts.forEachChild(node, visit);
  };
  visit(source);
  const comments = [];
  for (const { pos, end } of [...ranges.values()].sort((a, b) => a.pos - b.pos)) {
    const words = text.slice(pos, end).replace(/^\/\*\*?|\*\/$|^\/\/|^\s*\*(?!\/)/gm, "");
    const last = comments.at(-1);
    const isNextLine =
      text.startsWith("//", pos) && last !== undefined && /^\s*$/.test(text.slice(last.end, pos));
    if (isNextLine) Object.assign(last, { text: `${last.text} ${words}`, end });
    else comments.push({ pos, end, text: words });
  }
  return comments;
}

/** The texts that are given to an error or to the log, with NAME for what is put into them. */
function listMessages(source) {
  const messages = [];
  const visit = (node, isSpoken) => {
    const isCall = ts.isCallExpression(node) || ts.isNewExpression(node);
    const speaks = isSpoken || (isCall && SPEAKERS.test(node.expression.getText(source)));
    const isSum = ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken;
    const isText = isSum || ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);
    if (isText && speaks) messages.push({ pos: node.getStart(source), text: renderText(node, source) });
    else ts.forEachChild(node, (child) => visit(child, speaks));
  };
  visit(source, false);
  return messages;
}

function renderText(node, source) {
  if (ts.isBinaryExpression(node)) return renderText(node.left, source) + renderText(node.right, source);
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return `<${node.getText(source)}>`;
  const spans = node.templateSpans.map(
    ({ expression, literal }) => `<${expression.getText(source)}>${literal.text}`,
  );
  return node.head.text + spans.join("");
}

function draw(sentences, seed) {
  const rank = ({ place, text }) => createHash("sha256").update(`${seed} ${place} ${text}`).digest("hex");
  return sentences
    .map((sentence) => ({ ...sentence, rank: rank(sentence) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, COUNT);
}

const seed = process.argv[2] ?? randomBytes(4).toString("hex");
const found = { comments: [], messages: [] };
for (const file of globSync("src/**/*.ts").sort()) {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest);
  for (const [kind, list] of [
    ["comments", listComments(source)],
    ["messages", listMessages(source)],
  ]) {
    for (const { pos, text: raw } of list) {
      const text = raw.replace(/\s+/g, " ").trim();
      if (text.split(" ").length < MIN_WORDS) continue;
      const { line } = source.getLineAndCharacterOfPosition(pos);
      found[kind].push({ place: `${file}:${line + 1}`, text });
    }
  }
}
console.log(`seed ${seed}`);
for (const [kind, sentences] of Object.entries(found)) {
  console.log(`\n${kind}: ${COUNT} of ${sentences.length}`);
  for (const [index, { place, text }] of draw(sentences, seed).entries())
    console.log(`${index + 1}. ${place}: ${text}`);
}
