// Tables, which can be sorted, and filtered if they are long.

const FILTERED_ROWS = 20;
const MAX_COLUMN_WIDTH_REM = 18;

/** @typedef {{ readonly row: Table["rows"][number], readonly element: HTMLElement }} DrawnRow */

/**
 * @param {Table} table
 * @returns {readonly HTMLElement[]}
 */
function drawTable({ title, columns, rows }) {
  const most = columns.map((_, index) => d3.max(rows, (row) => numberOf(row[index])) ?? 0);
  const drawn = rows.map((row) => {
    const cells = columns.map(({ look }, index) =>
      drawCell(row[index], index === 0 ? "head" : look, most[index]),
    );
    return { row, element: make("tr", {}, ...cells) };
  });
  const body = make("tbody", {}, ...drawn.map(({ element }) => element));
  /** @type {readonly HTMLElement[]} */
  const heads = columns.map(({ title: name, look }, index) => {
    const button = makeButton(name, () => {
      sort(drawn, index, turn(heads, index, look === "text"));
      body.append(...drawn.map(({ element }) => element));
    });
    const head = make("th", { scope: "col", class: look === "text" ? "" : "number" }, button);
    // A column may break its words, but not after each letter.
    const longest = d3.max(rows, (row) => textOf(row[index]).length) ?? 0;
    head.style.minWidth = `min(${MAX_COLUMN_WIDTH_REM}rem, ${longest + 2}ch)`;
    return head;
  });

  const id = makeId();
  const table = make("table", { "aria-labelledby": id }, make("thead", {}, make("tr", {}, ...heads)), body);
  const scroll = make(
    "div",
    { class: "scroll", role: "region", tabindex: "0", "aria-labelledby": id },
    table,
  );
  const filter = rows.length < FILTERED_ROWS ? [] : [makeFilter(title, drawn)];
  return [make("h3", { id }, title), ...filter, scroll];
}

/**
 * @param {Cell | undefined} cell
 * @param {"head" | Table["columns"][number]["look"]} look
 * @param {number | undefined} most the largest number of the column
 */
function drawCell(cell, look, most = 0) {
  const text = textOf(cell);
  const value = numberOf(cell);
  switch (look) {
    case "head":
      return make("th", { scope: "row" }, text);
    case "text":
      return make("td", {}, text);
    case "number":
      return make("td", { class: "number" }, text);
    case "bar": {
      if (value === undefined || most === 0) return make("td", { class: "number shares" }, text);
      const share = make("span", { class: "share" });
      share.style.width = `${(100 * value) / most}%`;
      return make("td", { class: "number shares" }, share, text);
    }
  }
}

/**
 * Turns the order of a column over, and marks it. Numbers begin with the largest.
 * @param {readonly HTMLElement[]} heads @param {number} index @param {boolean} isText
 * @returns {number} 1 if it ascends now, otherwise -1
 */
function turn(heads, index, isText) {
  const before = heads[index]?.getAttribute("aria-sort") ?? (isText ? "descending" : "ascending");
  for (const head of heads) head.removeAttribute("aria-sort");
  heads[index]?.setAttribute("aria-sort", before === "ascending" ? "descending" : "ascending");
  return before === "ascending" ? -1 : 1;
}

/** @param {DrawnRow[]} drawn @param {number} index @param {number} sign */
function sort(drawn, index, sign) {
  drawn.sort(({ row: a }, { row: b }) => {
    const [left, right] = [numberOf(a[index]), numberOf(b[index])];
    if (left === undefined && right === undefined)
      return sign * d3.ascending(textOf(a[index]), textOf(b[index]));
    return sign * ((left ?? -1) - (right ?? -1));
  });
}

/** @param {string} title @param {readonly DrawnRow[]} drawn */
function makeFilter(title, drawn) {
  const input = make("input", { type: "search" });
  const count = make("span", { role: "status" }, `${drawn.length} rows`);
  input.addEventListener("input", () => {
    const wanted = input.value.toLowerCase();
    let shown = 0;
    for (const { row, element } of drawn) {
      element.hidden = !row.some((cell) => textOf(cell).toLowerCase().includes(wanted));
      if (!element.hidden) shown++;
    }
    count.textContent = `${shown} of ${drawn.length} rows`;
  });
  return make("div", { class: "controls" }, make("label", {}, `Filter "${title}": `, input), count);
}
