import js from "@eslint/js";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

/** The rooms, lowest row first. A room imports from lower rows only; rooms of one row do not import each other. */
const ROWS = [
  ["errors"],
  ["model"],
  ["platform"],
  ["nix-protocol"],
  ["nix", "ssh"],
  ["plan", "builders", "nix-install", "binary-cache", "image", "registry", "smoke", "report"],
  ["remote-build"],
  ["pipeline"],
  ["action"],
];

const oneWay = ROWS.flatMap((row, index) =>
  row.map((room) => {
    const forbidden = [...row.filter((other) => other !== room), ...ROWS.slice(index + 1).flat()];
    const message = `${room}/ may not depend on this room: imports go down only, and not sideways.`;
    return {
      files: [`src/${room}/**/*.ts`],
      rules: {
        "no-restricted-imports": [
          "error",
          {
            paths:
              room === "action" ? [] : [{ name: "@actions/core", message: "Only action/ talks to GitHub." }],
            patterns: [
              {
                regex: `^(?:\\.\\./)+(?:${[...forbidden.map((other) => `${other}/`), "index\\.js$", "cli\\.js$"].join("|")})`,
                message,
              },
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
      "test/nix/images/",
      "templates/",
      "nix/",
      ".tools/",
      ".testbed/",
      ".demo/",
      "script/",
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
      "no-restricted-properties": [
        "error",
        { object: "process", property: "exit", message: "Set process.exitCode: pending writes must finish." },
      ],
    },
  },
  ...oneWay,
);
