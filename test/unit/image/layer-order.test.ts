import { expect, it } from "@jest/globals";

import type { LayerSource } from "../../../src/image/make-layer.js";
import { orderBySize } from "../../../src/image/streamed-image.js";
import type { StorePath } from "../../../src/model/store-path.js";

it("orderBySize begins with four small layers, and then takes the largest first", () => {
  const sizes = [50, 3, 700, 2, 90, 1, 4];
  const path = (size: number): StorePath => `/nix/store/${size}`;
  const options = {
    owner: { mtime: 0, uid: 0, gid: 0, uname: "", gname: "" },
    rootMode: 0,
    hasDeviceNumbers: false,
  };
  const sources = sizes.map((size): LayerSource => ({ kind: "store", paths: [path(size)], options }));
  const order = orderBySize(sources, new Map(sizes.map((size) => [path(size), size])));
  expect(order.map((index) => sizes[index])).toEqual([1, 2, 3, 4, 700, 90, 50]);
});
