import { expect, it } from "@jest/globals";
import { countOf } from "../../../src/model/count.js";

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
