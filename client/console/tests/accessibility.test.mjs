/** Everybody can use it: axe finds nothing, a phone is wide enough, and a keyboard does. */

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";

import { ADA, ANN, BOB, known } from "./back-office.mjs";
import { section, sees, story, whole } from "./harness.mjs";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const OWNERS = ["/", "/usage", "/credits", "/team", "/invite/abc", "/nowhere"];
const ADMINISTRATORS = [
  "/admin/users",
  "/admin/users/auth0%7Cann",
  "/admin/clusters",
  "/admin/accounts",
  "/admin/rates",
  "/admin/payments",
  "/admin/audit-log",
  "/admin/invariants",
  "/admin/events",
];
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 360, height: 800 };
/** Each theme and each width once. */
const LOOKS = [
  ["light", DESKTOP],
  ["dark", PHONE],
];

/** What axe finds. Scripts of a debugger are not held to the page's policy. */
async function look(page) {
  await page.evaluate(`window.axe === undefined && (() => { ${AXE} })()`);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return found.violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`);
}

/** In light on a desktop, and in the dark on a phone, where nothing may be wider than the window. */
async function lookInEachWay(page) {
  const wrong = [];
  for (const [colorScheme, viewport] of LOOKS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(viewport);
    // Colours change by and by.
    await page.evaluate(() => Promise.all(document.getAnimations().filter((one) => one instanceof CSSTransition).map(({ finished }) => finished)));
    const [needed, width] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    const found = await look(page);
    if (needed > width) found.push(`it is ${needed} pixels wide`);
    wrong.push(...found.map((text) => `${colorScheme}, ${viewport.width} pixels: ${text}`));
  }
  await page.setViewportSize(DESKTOP);
  return wrong;
}

async function lookAtEach(page, paths) {
  const wrong = {};
  for (const path of paths) {
    await page.evaluate((path) => (window.location.hash = path), path);
    await whole(page);
    const found = await lookInEachWay(page);
    if (found.length > 0) wrong[path] = found;
  }
  return wrong;
}

story("axe finds nothing before the sign-in, on a light desktop and on a dark phone", async (stage) => {
  const page = await stage.open();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  assert.deepEqual(await lookInEachWay(page), []);
});

story("axe finds nothing on a user's pages, on a light desktop and on a dark phone", async (stage) => {
  assert.deepEqual(await lookAtEach(await stage.signIn(ANN), OWNERS), {});
});

story("axe finds nothing on a member's pages, on a light desktop and on a dark phone", async (stage) => {
  assert.deepEqual(await lookAtEach(await stage.signIn(BOB), ["/", "/team"]), {});
});

story("axe finds nothing on an administrator's pages, on a light desktop and on a dark phone", async (stage) => {
  assert.deepEqual(await lookAtEach(await stage.signIn(ADA), ADMINISTRATORS), {});
});

story("axe finds nothing in dialogs, in what a form says, and in failures", async (stage) => {
  const { email } = await known("gina");
  stage.expect(/POST .*invites 400$/, /console: .* 400/);
  const page = await stage.signIn(email, { path: "/team" });
  await page.getByLabel("E-mail address").fill("nobody");
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  await page.locator("[aria-invalid='true']").waitFor();
  const form = await look(page);
  await page.getByLabel("E-mail address").fill("somebody@example.com");
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  await page.getByRole("button", { name: "Copy" }).waitFor();
  const sent = await look(page);
  const administrator = await stage.signIn(ADA, { path: `/admin/users?email=${ANN}` });
  const dialogs = [];
  for (const act of ["Suspend", "Move"]) {
    await administrator.getByRole("button", { name: `${act}: Ann Example` }).click();
    await administrator.getByRole("dialog").getByRole("button", { name: "Cancel" }).waitFor();
    dialogs.push(await look(administrator));
    await administrator.keyboard.press("Escape");
  }
  assert.deepEqual([form, sent, ...dialogs], [[], [], [], []]);
});

/** Presses Tab until something with this role and name has the focus, as often as a person would. */
async function tabTo(page, target) {
  for (let pressed = 0; pressed < 60; pressed += 1) {
    await page.keyboard.press("Tab");
    if (await target.evaluate((element) => element === document.activeElement)) return;
  }
  assert.fail(`Tab does not lead to ${target}`);
}

story("a keyboard is enough: to sign in, to go to a page, and to open, use and leave a dialog", async (stage) => {
  const page = await stage.open();
  const signIn = page.getByRole("button", { name: "Sign in" });
  await signIn.waitFor();
  await tabTo(page, signIn);
  await page.keyboard.press("Enter");
  const ann = page.getByRole("button", { name: "Ann Example" });
  await ann.waitFor();
  await tabTo(page, ann);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Hello, Ann Example" }).waitFor();
  const team = page.getByRole("link", { name: "Team" });
  await tabTo(page, team);
  await page.keyboard.press("Enter");
  const heading = page.getByRole("heading", { name: "Team", level: 1 });
  await heading.waitFor();
  assert.ok(await heading.evaluate((element) => element === document.activeElement), "the new page has the focus");
  const remove = page.getByRole("button", { name: "Remove Bob Example" });
  await remove.waitFor();
  await tabTo(page, remove);
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Remove Bob Example?" });
  await dialog.waitFor();
  const inside = () => dialog.evaluate((element) => element.contains(document.activeElement));
  assert.ok(await inside(), "the dialog has the focus");
  for (let pressed = 0; pressed < 5; pressed += 1) {
    await page.keyboard.press("Tab");
    assert.ok((await inside()) || (await page.evaluate(() => document.activeElement === document.body)), "the page behind has no focus");
  }
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  assert.ok(await remove.evaluate((element) => element === document.activeElement), "the focus is back where it was");
});

story("the first Tab leads past the navigation, and a phone has a menu", async (stage) => {
  const page = await stage.signIn(ANN, { viewport: { width: 360, height: 800 } });
  await section(page, "Where you work").waitFor();
  await page.reload();
  await section(page, "Where you work").waitFor();
  const skip = page.getByText("Skip to the page");
  await page.keyboard.press("Tab");
  assert.ok(await skip.evaluate((element) => element === document.activeElement));
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  const menu = page.getByRole("button", { name: "Menu" });
  assert.equal(await menu.getAttribute("aria-expanded"), "false");
  await menu.click();
  await page.getByRole("link", { name: "Usage", exact: true }).click();
  await page.getByRole("heading", { name: "Usage", level: 1 }).waitFor();
  assert.equal(await menu.getAttribute("aria-expanded"), "false");
  await sees(page, "In numbers");
});
