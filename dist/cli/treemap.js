// The layers of an image by size.

/** @typedef {{ tile?: Treemap["tiles"][number], children?: readonly TileNode[] }} TileNode */

/** @param {Treemap} treemap */
function drawTreemap({ label, tiles }) {
  const { element, drawing } = makeDrawing();
  drawing.attr("role", "img").attr("aria-label", label);
  const figure = make("figure", {}, make("figcaption", {}, label), element);
  onWidth(figure, (width) => {
    const height = Math.min(420, Math.max(160, width * 0.4));
    resize(drawing, width, height);
    /** @type {TileNode} */
    const layers = { children: tiles.map((tile) => ({ tile })) };
    const root = d3
      .hierarchy(layers)
      // An empty layer still needs a place.
      .sum(({ tile }) => (tile === undefined ? 0 : Math.max(1, tile.sizeBytes)))
      .sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
    /** @type {d3.TreemapLayout<TileNode>} */
    const layout = d3.treemap();
    element.replaceChildren();
    for (const { data, x0, x1, y0, y1 } of layout.size([width, height]).padding(2)(root).leaves()) {
      const { tile } = data;
      if (tile === undefined) continue;
      const place = drawing.append("g").attr("transform", `translate(${x0},${y0})`);
      place.append("title").text(`${tile.name}, ${tile.size}, ${tile.look}`);
      place
        .append("rect")
        .attr("class", tile.look)
        .attr("width", x1 - x0)
        .attr("height", y1 - y0);
      for (const [line, text] of [tile.size, tile.name].entries()) {
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
