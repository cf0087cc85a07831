// What the other files of the page use. They become one script, in the order in which `../html.ts` names
// them. Text from outside only ever becomes text nodes and attributes.
/** @typedef {import("../page-content.js").PageContent} PageContent */
/** @typedef {import("../page-content.js").Section} Section */
/** @typedef {import("../page-content.js").Table} Table */
/** @typedef {import("../page-content.js").Cell} Cell */
/** @typedef {import("../page-content.js").Timeline} Timeline */
/** @typedef {import("../page-content.js").Treemap} Treemap */
/** @typedef {import("../page-content.js").Bar} Bar */
/** @typedef {d3.Selection<SVGSVGElement, undefined, null, undefined>} Drawing */

/** An upper bound for most letters of the charts' font, in pixels. */
const CHARACTER_WIDTH = 6.8;

/** @type {unknown} */
const parsed = JSON.parse(document.getElementById("content")?.textContent ?? "");
const content = /** @type {PageContent} */ (parsed);

let lastId = 0;

/** An identifier that no other element has. */
function makeId() {
  lastId++;
  return `id-${lastId}`;
}

/**
 * Creates an element. Strings among its children become text.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Readonly<Record<string, string>>} attributes
 * @param {readonly (Node | string)[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** @param {string} text @param {string} url */
function makeLink(text, url) {
  return make("a", { href: url, rel: "noreferrer" }, text);
}

/** @param {string} text @param {() => void} action */
function makeButton(text, action) {
  const button = make("button", { type: "button" }, text);
  button.addEventListener("click", action);
  return button;
}

/** An empty drawing, and its element. */
function makeDrawing() {
  const element = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  /** @type {Drawing} */
  const drawing = d3.select(element);
  return { element, drawing };
}

/**
 * Sets the size of a drawing in pixels; it gets smaller where it does not fit, as in print.
 * @param {Drawing} drawing
 * @param {number} width
 * @param {number} height
 */
function resize(drawing, width, height) {
  drawing.attr("viewBox", `0 0 ${width} ${height}`).attr("width", width).attr("height", height);
}

/** Names the colors of a chart. @param {readonly (readonly [look: string, text: string])[]} entries */
function makeLegend(entries) {
  const items = entries.map(([look, text]) => {
    const { element, drawing } = makeDrawing();
    drawing.attr("aria-hidden", "true").attr("viewBox", "0 0 10 8");
    drawing.append("rect").attr("class", look).attr("width", 10).attr("height", 8);
    return make("li", {}, element, text);
  });
  return make("ul", { class: "legend" }, ...items);
}

/**
 * Calls `draw` with the width of an element in pixels as soon as it has one, and whenever that changes.
 * @param {Element} element
 * @param {(width: number) => void} draw
 */
function onWidth(element, draw) {
  let last = 0;
  new ResizeObserver(() => {
    const width = element.clientWidth;
    if (width === 0 || width === last) return;
    last = width;
    draw(width);
  }).observe(element);
}

/**
 * The start of a text that fits, or nothing.
 * @param {string} text
 * @param {number} width in pixels
 */
function shorten(text, width) {
  const fits = Math.floor(width / CHARACTER_WIDTH);
  if (text.length <= fits) return text;
  return fits < 4 ? "" : `${text.slice(0, fits - 1)}…`;
}

/** @param {Cell | undefined} cell */
function textOf(cell = "") {
  return typeof cell === "string" ? cell : cell[0];
}

/** The number of a cell, if it is one. @param {Cell | undefined} cell */
function numberOf(cell = "") {
  return typeof cell === "string" ? undefined : cell[1];
}
