/** What the HTML report shows, in order. The page only draws it: see `page/page.js`. */
export interface PageContent {
  readonly title: string;
  readonly outcome: "success" | "failure" | "cancelled";
  /** Shown below the title, such as the time and the commit. */
  readonly facts: readonly Fact[];
  readonly sections: readonly Section[];
}

export interface Fact {
  readonly text: string;
  readonly url?: string;
}

export interface Section {
  readonly title: string;
  readonly note?: string;
  /** Shown only when the reader opens it. */
  readonly isFolded?: boolean;
  readonly blocks: readonly Block[];
}

export type Block = Answers | Table | Text | Timeline | Treemap;

/** Questions, and what the run has to say about them. */
export interface Answers {
  readonly kind: "answers";
  readonly items: readonly { readonly question: string; readonly answer: string }[];
}

/** Text with its lines and its alignment, such as the end of a log. */
export interface Text {
  readonly kind: "text";
  readonly title: string;
  readonly text: string;
  readonly url?: string;
}

export interface Table {
  readonly kind: "table";
  /** Unique on the page. */
  readonly title: string;
  readonly columns: readonly Column[];
  /** One cell for each column. */
  readonly rows: readonly (readonly Cell[])[];
}

export interface Column {
  readonly title: string;
  /** `bar`: each number has a bar behind it, relative to the largest. */
  readonly look: "text" | "number" | "bar";
}

/** A text, or a number with the text that shows it. */
export type Cell = string | readonly [text: string, value: number];

/** Bars by time, in groups. Times are milliseconds since the start of the run. */
export interface Timeline {
  readonly kind: "timeline";
  readonly label: string;
  readonly durationMs: number;
  readonly groups: readonly Group[];
  /** The bars of the critical path in order, each as the numbers of its group and of its bar there. */
  readonly path: readonly (readonly [group: number, bar: number])[];
}

export interface Group {
  readonly title: string;
  /** The title of the table whose rows describe the bars. */
  readonly table: string;
  /** The number of lanes: of bars that overlap in time, each has its own. */
  readonly lanes: number;
  /** In the order in which they began. */
  readonly bars: readonly Bar[];
}

export interface Bar {
  readonly row: number;
  readonly lane: number;
  readonly startMs: number;
  readonly durationMs: number;
  readonly look: "phase" | "built" | "failed" | "interrupted" | "critical";
}

/** Layers by size. */
export interface Treemap {
  readonly kind: "treemap";
  readonly label: string;
  readonly tiles: readonly {
    readonly name: string;
    readonly size: string;
    readonly sizeBytes: number;
    readonly look: "sent" | "reused";
    /** The largest paths in the layer, with their unpacked sizes. */
    readonly parts: readonly { readonly name: string; readonly size: string; readonly sizeBytes: number }[];
  }[];
}
