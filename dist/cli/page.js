// Draws the report: see `../page-content.ts`.

/** @type {ReadonlyMap<string, Table>} */
const tables = new Map(
  content.sections.flatMap(({ blocks }) =>
    blocks.flatMap((block) => (block.kind === "table" ? [[block.title, block]] : [])),
  ),
);

/** @param {Section} section */
function drawSection({ title, note, isFolded, blocks }) {
  const heading = make("h2", {}, title);
  const draw = () => [
    ...(note === undefined ? [] : [make("p", { class: "note" }, note)]),
    ...blocks.flatMap(drawBlock),
  ];
  if (isFolded !== true) return make("section", {}, heading, ...draw());
  const details = make("details", { class: "section" }, make("summary", {}, heading));
  // The reader first sees what is not folded: a long table takes a while.
  setTimeout(() => {
    details.append(...draw());
  });
  return details;
}

/**
 * @param {Section["blocks"][number]} block
 * @returns {readonly HTMLElement[]}
 */
function drawBlock(block) {
  switch (block.kind) {
    case "answers":
      return [make("dl", {}, ...block.items.map(drawAnswer))];
    case "text": {
      const { title, text, url } = block;
      const heading = make("h3", {}, url === undefined ? title : makeLink(title, url));
      return [heading, make("pre", { tabindex: "0", role: "region", "aria-label": title }, text)];
    }
    case "table":
      return drawTable(block);
    case "timeline":
      return [drawTimeline(block)];
    case "treemap":
      return [drawTreemap(block)];
  }
}

/** @param {{ question: string, answer: string }} item */
function drawAnswer({ question, answer }) {
  return make("div", {}, make("dt", {}, question), make("dd", {}, answer));
}

document.title = content.title;
const facts = content.facts.map(({ text, url }) => (url === undefined ? text : makeLink(text, url)));
document.body.append(
  make(
    "header",
    { class: content.outcome },
    make("h1", {}, content.title),
    make("p", {}, ...facts.flatMap((fact, index) => (index === 0 ? [fact] : [" · ", fact]))),
  ),
  make("main", {}, ...content.sections.map(drawSection)),
);
