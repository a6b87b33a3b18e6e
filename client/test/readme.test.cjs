/** Whether the README tells of everything that there is. Its examples are type-checked. */

const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { test } = require("node:test");

const everything = require("../out/src/index.js");

test("the README has an example of each hook", () => {
  const readme = readFileSync(join(__dirname, "../README.md"), "utf8");
  const examples = readme.split("```tsx\n").slice(1).map((text) => text.split("```")[0]).join("\n");
  const hooks = Object.keys(everything).filter((name) => name.startsWith("use"));
  assert.ok(hooks.length > 30);
  assert.deepEqual(hooks.filter((hook) => !examples.includes(`${hook}(`)), []);
});
