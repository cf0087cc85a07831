// The timeline: bars by machine. The row of the table describes the bar that is pointed at, or selected.
const AXIS_HEIGHT = 22;
const TITLE_HEIGHT = 20;
const MAX_LANE_HEIGHT = 20;
const MIN_LANE_HEIGHT = 3;
// Of many lanes, each is lower, so that the timeline is not much higher than a screen.
const LANES_HEIGHT = 900;
/** Steps of the critical path that are shown at once. */
const MAX_STEPS = 100;
const HINT =
  "Drag to move; Ctrl and the wheel, or two fingers, zoom. With the keyboard: left and right go from bar " +
  "to bar, up and down to another machine, + and − zoom, 0 shows all.";
const LOOKS = /** @type {const} */ ([
  ["critical", "critical path"],
  ["built", "built"],
  ["failed", "failed"],
  ["interrupted", "interrupted"],
  ["phase", "phase of the run"],
]);

/**
 * A bar in the drawing.
 * @typedef {object} Mark
 * @property {Bar} bar
 * @property {number} group
 * @property {readonly (readonly [title: string, text: string])[]} facts what the table says of it
 * @property {string} name
 * @property {number} y
 * @property {d3.Selection<SVGGElement, undefined, null, undefined>} place
 * @property {d3.Selection<SVGRectElement, undefined, null, undefined>} rect
 * @property {d3.Selection<SVGTextElement, undefined, null, undefined>} text
 */

/** @typedef {d3.ScaleTime<number, number>} TimeScale */
/** @param {Timeline} timeline */
function drawTimeline({ label, durationMs, groups, path }) {
  const { element, drawing } = makeDrawing();
  // The box that describes a bar, and the tables, say the same in words.
  drawing.attr("aria-hidden", "true");
  const axis = drawing.append("g").attr("transform", `translate(0,${AXIS_HEIGHT})`);
  const { marks, titles, laneHeight, height } = drawMarks(drawing, groups);
  const all = marks.flat();
  const line = drawing.append("path").attr("class", "path");
  for (const { text } of titles) text.raise();
  const onPath = path.flatMap(([group, index]) => marks[group]?.[index] ?? []);

  let width = 1;
  let transform = d3.zoomIdentity;
  /** @type {Mark | undefined} */
  let selected;
  const scale = () => transform.rescaleX(d3.scaleUtc([0, durationMs], [0, width]));
  /** @type {d3.ZoomBehavior<SVGSVGElement, undefined>} */
  const zoom = d3.zoom();
  zoom
    // The wheel alone scrolls the page.
    .filter((/** @type {Event} */ event) =>
      event instanceof WheelEvent
        ? event.ctrlKey || event.metaKey
        : !("button" in event) || event.button === 0,
    )
    .scaleExtent([1, Math.max(1, durationMs / 1000)])
    .on("zoom", (/** @type {{ transform: d3.ZoomTransform }} */ event) => {
      transform = event.transform;
      const x = scale();
      drawAxis(axis, x, width, height);
      placeMarks(all, x, laneHeight);
      const steps = renderSteps(onPath, x, laneHeight);
      // Too many lines, and edges of narrow bars, would hide everything.
      drawing.classed("dense", steps.length > MAX_STEPS);
      line.attr("d", steps.length > MAX_STEPS ? "" : steps.join(""));
    });
  drawing.call(zoom).style("touch-action", "pan-y");
  const showAll = () => {
    zoom.transform(drawing, d3.zoomIdentity);
  };
  /** Zooms around the selected bar, or the middle. @param {number} factor */
  const zoomBy = (factor) => {
    const center = selected === undefined ? width / 2 : scale()(middleOf(selected));
    zoom.scaleBy(drawing, factor, [Math.min(width, Math.max(0, center)), 0]);
  };

  const tip = makeTip();
  const hint = make("p", { class: "note", id: makeId() }, HINT);
  const chart = make(
    "div",
    { class: "chart", tabindex: "0", role: "application", "aria-label": label, "aria-describedby": hint.id },
    element,
    tip.element,
  );
  /** @param {Mark | undefined} mark */
  const select = (mark) => {
    selected?.rect.classed("selected", false);
    selected = mark;
    if (mark === undefined) {
      tip.hide();
      return;
    }
    mark.rect.classed("selected", true);
    mark.place.raise();
    const x = scale()(middleOf(mark));
    if (x < 0 || x > width) zoom.translateTo(drawing, (width * middleOf(mark)) / durationMs, 0);
    tip.show(mark, Math.max(0, scale()(mark.bar.startMs)), mark.y + laneHeight, width);
  };
  /** @param {Event} event */
  const markOf = ({ target }) => {
    const place = target instanceof Element ? target.closest(".bar") : null;
    return place === null ? undefined : all[Number(place.getAttribute("data-mark"))];
  };
  drawing
    .on("pointermove", (/** @type {PointerEvent} */ event) => {
      const mark = markOf(event);
      const [x, y] = d3.pointer(event, chart);
      if (mark === undefined) tip.hide();
      else tip.show(mark, x + 10, y + 14, width);
    })
    .on("pointerleave", () => {
      select(selected);
    })
    .on("click", (/** @type {MouseEvent} */ event) => {
      select(markOf(event));
    });
  chart.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = findNext(event.key, marks, selected ?? onPath[0] ?? all[0], selected !== undefined);
    if (next !== undefined) select(next);
    else if (event.key === "+" || event.key === "=") zoomBy(2);
    else if (event.key === "-") zoomBy(0.5);
    else if (event.key === "0") showAll();
    else if (event.key === "Escape") select(undefined);
    else return;
    event.preventDefault();
  });
  onWidth(chart, (newWidth) => {
    width = newWidth;
    resize(drawing, width, height);
    for (const { text, title } of titles) text.text(shorten(title, width));
    /** @type {[[number, number], [number, number]]} */
    const area = [
      [0, 0],
      [width, height],
    ];
    zoom.extent(area).translateExtent(area);
    showAll();
  });

  const buttons = [
    makeButton("Zoom in", () => {
      zoomBy(2);
    }),
    makeButton("Zoom out", () => {
      zoomBy(0.5);
    }),
    makeButton("Show all", showAll),
  ];
  const looks = new Set(all.map(({ bar }) => bar.look));
  const legend = makeLegend(LOOKS.filter(([look]) => looks.has(look)));
  const controls = make("div", { class: "controls" }, ...buttons, legend);
  return make("figure", {}, make("figcaption", {}, label), controls, chart, hint);
}

/**
 * Adds a bar for each build and phase, still without its place in time.
 * @param {Drawing} drawing
 * @param {Timeline["groups"]} groups
 */
function drawMarks(drawing, groups) {
  const lanes = d3.sum(groups, (group) => group.lanes);
  const laneHeight = Math.max(MIN_LANE_HEIGHT, Math.min(MAX_LANE_HEIGHT, LANES_HEIGHT / lanes));
  let height = AXIS_HEIGHT;
  let number = 0;
  const drawn = groups.map(({ title, table, lanes: count, bars }, group) => {
    const top = height + TITLE_HEIGHT;
    height = top + count * laneHeight + 4;
    const place = drawing.append("g");
    const text = drawing
      .append("text")
      .attr("class", "title")
      .attr("y", top - 6);
    const marks = bars.map((bar) =>
      drawMark(place, { bar, group, table, top, laneHeight, number: number++ }),
    );
    return { title: { text, title }, marks };
  });
  return {
    marks: drawn.map(({ marks }) => marks),
    titles: drawn.map(({ title }) => title),
    laneHeight,
    height,
  };
}

/**
 * What a bar is drawn from: its group, the top of the group, and its own number.
 * @typedef {object} Draft
 * @property {Bar} bar
 * @property {number} group
 * @property {string} table
 * @property {number} top
 * @property {number} laneHeight
 * @property {number} number
 */

/**
 * @param {d3.Selection<SVGGElement, undefined, null, undefined>} parent
 * @param {Draft} draft
 * @returns {Mark}
 */
function drawMark(parent, { bar, group, table, top, laneHeight, number }) {
  const y = top + bar.lane * laneHeight;
  const { columns = [], rows = [] } = tables.get(table) ?? {};
  const [first, ...cells] = rows[bar.row] ?? [];
  const facts = cells.flatMap((cell, index) => {
    const title = columns[index + 1]?.title ?? "";
    return textOf(cell) === "" ? [] : [/** @type {const} */ ([title, textOf(cell)])];
  });
  const place = parent.append("g").attr("class", "bar").attr("data-mark", number);
  const rect = place
    .append("rect")
    .attr("class", bar.look)
    .attr("y", y + 0.5)
    .attr("height", laneHeight - 1);
  const text = place.append("text").attr("y", y + laneHeight / 2 + 4);
  const name = bar.look === "failed" ? `✗ ${textOf(first)}` : textOf(first);
  return { bar, group, facts, name, y, place, rect, text };
}

/**
 * Puts bars where they are in time, and their names where those fit.
 * @param {readonly Mark[]} marks
 * @param {TimeScale} x
 * @param {number} laneHeight
 */
function placeMarks(marks, x, laneHeight) {
  const [, width = 0] = x.range();
  for (const { bar, place, rect, text, name } of marks) {
    const left = x(bar.startMs);
    const right = Math.max(left + 1.5, x(bar.startMs + bar.durationMs));
    const isVisible = right >= 0 && left <= width;
    place.attr("display", isVisible ? null : "none");
    if (!isVisible) continue;
    rect.attr("x", left).attr("width", right - left);
    const start = Math.max(left, 0) + 4;
    text.attr("x", start).text(laneHeight < 12 ? "" : shorten(name, Math.min(right, width) - start - 2));
  }
}

/**
 * @param {d3.Selection<SVGGElement, undefined, null, undefined>} axis
 * @param {TimeScale} x
 * @param {number} width
 * @param {number} height
 */
function drawAxis(axis, x, width, height) {
  const ticks = d3
    .axisTop(x)
    .ticks(Math.max(2, width / 100))
    .tickSize(AXIS_HEIGHT - height)
    .tickFormat((date) => renderTick(Number(date)));
  axis.call(/** @type {any} */ (ticks));
  axis
    .selectAll("text")
    .attr("y", -8)
    .attr("text-anchor", (date) => {
      const place = x(Number(date));
      return place < 20 ? "start" : place > width - 20 ? "end" : "middle";
    });
}

/** A time since the start of the run: "1.5 s", "2:05 min", "1:00 h". @param {number} ms */
function renderTick(ms) {
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds} s`;
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const twoDigits = (/** @type {number} */ value) => (value < 10 ? `0${value}` : String(value));
  const tail = Number(rest.toFixed(1));
  if (hours === 0) return `${minutes}:${twoDigits(tail)} min`;
  return `${hours}:${twoDigits(minutes)}${tail === 0 ? "" : `:${twoDigits(tail)}`} h`;
}

/**
 * Lines from the end of each build to the start of the next, which run along the wait between them. Only
 * those that are in view.
 * @param {readonly Mark[]} marks
 * @param {TimeScale} x
 * @param {number} laneHeight
 */
function renderSteps(marks, x, laneHeight) {
  const [, width = 0] = x.range();
  return d3.pairs(marks).flatMap(([{ bar, y }, next]) => {
    const from = x(bar.startMs + bar.durationMs);
    const to = x(next.bar.startMs);
    if (to < 0 || from > width) return [];
    return [`M${from},${y + laneHeight / 2}V${next.y + laneHeight / 2}H${to}`];
  });
}

/** @param {Mark} mark */
function middleOf({ bar }) {
  return bar.startMs + bar.durationMs / 2;
}

/**
 * The bar that a key goes to, if the key goes to one.
 * @param {string} key
 * @param {readonly (readonly Mark[])[]} marks
 * @param {Mark | undefined} mark
 * @param {boolean} isSelected otherwise left and right only select it
 */
function findNext(key, marks, mark, isSelected) {
  if (mark === undefined) return undefined;
  const own = marks[mark.group] ?? [];
  const place = own.indexOf(mark);
  const beside = (/** @type {number} */ step) =>
    d3.least(marks[mark.group + step] ?? [mark], (other) => Math.abs(other.bar.startMs - mark.bar.startMs));
  switch (key) {
    case "ArrowRight":
      return isSelected ? (own[place + 1] ?? mark) : mark;
    case "ArrowLeft":
      return isSelected ? (own[place - 1] ?? mark) : mark;
    case "ArrowDown":
      return beside(1);
    case "ArrowUp":
      return beside(-1);
    case "Home":
      return own[0];
    case "End":
      return own.at(-1);
    default:
      return undefined;
  }
}

/** The box that describes a bar, which screen readers read out. */
function makeTip() {
  const element = make("div", { class: "tip", role: "status" });
  return {
    element,
    hide: () => {
      element.replaceChildren();
    },
    /** @param {Mark} mark @param {number} x @param {number} y @param {number} width of the chart */
    show: ({ name, facts }, x, y, width) => {
      const lines = facts.map(([title, text]) => make("div", {}, `${title}: ${text}`));
      element.replaceChildren(make("strong", {}, name), ...lines);
      element.style.top = `${y}px`;
      element.style.left = "0";
      element.style.left = `${Math.max(0, Math.min(x, width - element.offsetWidth))}px`;
    },
  };
}
