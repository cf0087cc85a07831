// The layers of an image by size.

/** @typedef {Treemap["tiles"][number]} Tile */
/** @typedef {Tile["parts"][number]} Part */
/** @typedef {{ tile?: Tile, part?: Part, area?: number, children?: readonly TileNode[] }} TileNode */

/**
 * The area of a layer, divided among its largest paths.
 *
 * @param {Tile} tile
 * @returns {TileNode}
 */
function divide(tile) {
  // An empty layer still needs a place.
  const area = Math.max(1, tile.sizeBytes);
  const parts = tile.parts.filter(({ sizeBytes }) => sizeBytes > 0);
  const sum = parts.reduce((all, { sizeBytes }) => all + sizeBytes, 0);
  if (sum === 0) return { tile, area };
  return { children: parts.map((part) => ({ tile, part, area: (area * part.sizeBytes) / sum })) };
}

/**
 * A store path without its hash: a tile is small.
 *
 * @param {{ name: string }} part
 */
function shortName({ name }) {
  return name.replace(/^\/nix\/store\/[0-9a-z]{32}-/, "");
}

/** @param {Treemap} treemap */
function drawTreemap({ label, tiles }) {
  const { element, drawing } = makeDrawing();
  drawing.attr("role", "img").attr("aria-label", label);
  const figure = make("figure", {}, make("figcaption", {}, label), element);
  onWidth(figure, (width) => {
    const height = Math.min(420, Math.max(160, width * 0.4));
    resize(drawing, width, height);
    /** @type {TileNode} */
    const layers = { children: tiles.map(divide) };
    const root = d3
      .hierarchy(layers)
      .sum(({ area = 0 }) => area)
      .sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
    /** @type {d3.TreemapLayout<TileNode>} */
    const layout = d3.treemap();
    layout.paddingInner(({ depth }) => (depth === 0 ? 4 : 1));
    element.replaceChildren();
    for (const { data, x0, x1, y0, y1 } of layout.size([width, height])(root).leaves()) {
      const { tile, part } = data;
      if (tile === undefined) continue;
      const place = drawing.append("g").attr("transform", `translate(${x0},${y0})`);
      const layer = `${tile.name}, ${tile.size}, ${tile.look}`;
      place
        .append("title")
        .text(part === undefined ? layer : `${part.name}, ${part.size} unpacked, in ${layer}`);
      place
        .append("rect")
        .attr("class", tile.look)
        .attr("width", x1 - x0)
        .attr("height", y1 - y0);
      for (const [line, text] of [(part ?? tile).size, shortName(part ?? tile)].entries()) {
        if (y1 - y0 < 16 * (line + 1)) continue;
        place
          .append("text")
          .attr("x", 4)
          .attr("y", 14 + 15 * line)
          .text(shorten(text, x1 - x0 - 8));
      }
    }
  });
  figure.append(
    makeLegend([
      ["sent", "sent to the registry"],
      ["reused", "was there already"],
    ]),
  );
  return figure;
}
