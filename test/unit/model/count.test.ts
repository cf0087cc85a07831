import { expect, it } from "@jest/globals";
import { countOf, renderDuration } from "../../../src/model/count.js";

it.each([
  [0, "0 entries"],
  [1, "1 entry"],
  [2, "2 entries"],
])("counts %d in the singular or plural", (count, expected) => {
  expect(countOf(count, "entry", "entries")).toBe(expected);
});

it("adds an s by default", () => {
  expect(countOf(2, "layer")).toBe("2 layers");
});

it.each([
  [0, "0.0 s"],
  [3_240, "3.2 s"],
  [59_480, "59.5 s"],
  [59_990, "1 min 0 s"],
  [724_000, "12 min 4 s"],
  [3_599_900, "1 h 0 min"],
  [7_500_000, "2 h 5 min"],
])("renders %d ms as %s", (ms, expected) => {
  expect(renderDuration(ms)).toBe(expected);
});
