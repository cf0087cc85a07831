import js from "@eslint/js";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

/** The rooms (folders of src/), lowest row first. A room imports from lower rows only. */
const ROWS = [
  ["errors"],
  ["model"],
  ["platform"],
  ["nix-protocol"],
  ["nix", "ssh"],
  ["plan", "builders", "nix-install", "binary-cache", "image", "registry", "smoke", "report"],
  ["remote-build", "kubernetes"],
  ["pipeline"],
  ["action"],
];

const TAKE_A_CLOCK = "Take a Clock as an argument, so that tests do not wait.";
const TIMERS = ["node:timers", "node:timers/promises", "timers", "timers/promises"].map((name) => ({
  name,
  message: TAKE_A_CLOCK,
}));
const TIMER_FUNCTIONS = ["setTimeout", "setInterval"].map((name) => ({ name, message: TAKE_A_CLOCK }));
const TIME_PROPERTIES = [
  ["Date", "now"],
  ["performance", "now"],
  ["AbortSignal", "timeout"],
].map(([object, property]) => ({ object, property, message: TAKE_A_CLOCK }));
const SYSTEM_CLOCK = {
  regex: "/platform/clock\\.js$",
  importNames: ["systemClock"],
  message: TAKE_A_CLOCK,
};
const NO_EXIT = {
  object: "process",
  property: "exit",
  message: "Set process.exitCode instead, so that pending writes finish.",
};

/** The helpers in test/ that unit tests may use. */
const UNIT_HELPERS = [
  "fake-clock",
  "fake-run",
  "interleavings",
  "memory-registry",
  "memory-runner-cache",
  "promotion-orders",
  "silent-log",
];

const oneWay = ROWS.flatMap((row, index) =>
  row.map((room) => {
    const others = [...row.filter((other) => other !== room), ...ROWS.slice(index + 1).flat()];
    const forbidden = [...others.map((other) => `${other}/`), "index\\.js$", "cli\\.js$"];
    const message = `${room}/ must not import from this room: imports go to lower rows only.`;
    return {
      files: [`src/${room}/**/*.ts`],
      rules: {
        "no-restricted-imports": [
          "error",
          {
            paths: [
              ...(room === "action"
                ? []
                : [{ name: "@actions/core", message: "Only action/ uses the GitHub Actions toolkit." }]),
              ...(room === "platform" ? [] : TIMERS),
            ],
            patterns: [
              { regex: `^(?:\\.\\./)+(?:${forbidden.join("|")})`, message },
              ...(["platform", "action"].includes(room) ? [] : [SYSTEM_CLOCK]),
            ],
          },
        ],
      },
    };
  }),
);

export default defineConfig(
  {
    ignores: [
      "dist/",
      "coverage/",
      "test/fixtures/",
      "examples/",
      "templates/",
      "nix/",
      ".tools/",
      ".testbed/",
      ".demo/",
      "script/*.mjs",
      "script/testbed/",
    ],
  },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ["*.js"] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "max-lines": ["error", 350],
      "max-len": ["error", { code: 110, ignoreUrls: true, ignoreRegExpLiterals: true }],
      "no-restricted-properties": ["error", NO_EXIT],
    },
  },
  ...oneWay,
  {
    files: ["src/**/*.ts"],
    ignores: ["src/platform/**"],
    rules: {
      "no-restricted-globals": ["error", ...TIMER_FUNCTIONS],
      "no-restricted-properties": ["error", NO_EXIT, ...TIME_PROPERTIES],
      "no-restricted-syntax": [
        "error",
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: TAKE_A_CLOCK },
      ],
    },
  },
  {
    files: ["src/**/*.ts"],
    rules: { "@typescript-eslint/max-params": ["error", { max: 4 }] },
  },
  {
    // Parts of one script, which run in a browser: the types are checked by `src/report/page/tsconfig.json`.
    files: ["src/report/page/*.js"],
    languageOptions: { sourceType: "script" },
    rules: {
      "no-undef": "off",
      "no-unused-vars": "off",
      "@typescript-eslint/no-unused-vars": ["error", { vars: "local" }],
    },
  },
  {
    files: ["test/unit/**/*.ts"],
    rules: {
      "no-restricted-globals": [
        "error",
        ...TIMER_FUNCTIONS,
        { name: "fetch", message: "Unit tests do not use the network: see test/integration." },
      ],
      "no-restricted-properties": ["error", NO_EXIT, ...TIME_PROPERTIES],
      "no-restricted-imports": [
        "error",
        {
          paths: TIMERS,
          patterns: [
            {
              regex: "^(?:node:)?(?:child_process|cluster|dgram|http|http2|https|net|tls|worker_threads)$",
              message: "Unit tests use neither network nor processes: see test/integration.",
            },
            { ...SYSTEM_CLOCK, message: "Use FakeClock, so that tests do not wait." },
            {
              regex: `^(?:\\.\\./)+(?!(?:${UNIT_HELPERS.join("|")})\\.js$)[\\w-]+\\.js$`,
              message: "The other helpers in test/ are for tests with real services: see test/integration.",
            },
          ],
        },
      ],
    },
  },
);
