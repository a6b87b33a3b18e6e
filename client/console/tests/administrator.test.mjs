/** What an administrator finds and does about users and clusters. */

import assert from "node:assert/strict";
import { randomInt } from "node:crypto";

import { ADA, call, changeUser, CONSOLE_URL, known } from "./back-office.mjs";
import { find, rows, sees, story, until, users } from "./harness.mjs";

story("filters stand in the address, so a reload and a link show the same list", async (stage) => {
  const sue = await known("sue");
  await changeUser(sue.id, { status: "suspended" });
  const page = await stage.signIn(ADA, { path: "/admin/users" });
  await page.getByLabel("Status").selectOption("Suspended");
  await users(page).getByRole("row", { name: new RegExp(sue.email) }).waitFor();
  await find(page, sue.email);
  await until("one is left", async () => (await users(page).locator("tbody tr").count()) === 1);
  assert.match(page.url(), /#\/admin\/users\?.*status=suspended/);
  await page.reload();
  await users(page).getByRole("row", { name: new RegExp(sue.email) }).waitFor();
  assert.equal(await page.getByLabel("Status").inputValue(), "suspended");
  assert.equal(await page.getByLabel("Address or id").inputValue(), sue.email);
  assert.equal((await rows(users(page))).length, 1);
  await page.getByRole("button", { name: "Clear" }).click();
  await until("all are back", async () => (await users(page).locator("tbody tr").count()) > 1);
  await page.goBack();
  await until("the filter is back", async () => (await users(page).locator("tbody tr").count()) === 1);
});

story("more than a page: \"More\" adds users until all are there, none twice", async (stage) => {
  const known = [];
  for (let cursor = ""; cursor !== null; ) {
    const page = await call("GET", `/api/admin/users?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    known.push(...page.items.map(({ id }) => id));
    cursor = page.next_cursor;
  }
  const page = await stage.signIn(ADA, { path: "/admin/users" });
  await users(page).waitFor();
  const seen = () => users(page).locator("tbody tr").count();
  const first = await seen();
  const more = page.getByRole("button", { name: "More" });
  for (let shown = first; await more.isVisible(); shown = await seen()) {
    await more.click();
    await until("further users come", async () => (await seen()) > shown);
  }
  const links = await users(page).locator("tbody th a").evaluateAll((links) => links.map((link) => link.hash));
  const ids = links.map((hash) => decodeURIComponent(hash.split("/").at(-1)));
  assert.ok(ids.length > first);
  assert.deepEqual(ids.filter((id, place) => ids.indexOf(id) !== place), [], "twice");
  assert.deepEqual(known.filter((id) => !ids.includes(id)), [], "not there");
});

story("an account that is stuck says why, and is tried again", async (stage) => {
  const page = await stage.signIn(ADA, { path: "/admin/accounts?state=stuck" });
  const stuck = page.getByRole("table", { name: "Stuck accounts" }).getByRole("row", { name: /frank\.berg@example\.com/ });
  await stuck.getByText("stuck", { exact: true }).waitFor();
  const reason = await stuck.locator("code").innerText();
  assert.match(reason, /^[a-z_]+$/);
  await stuck.getByRole("button", { name: "Try again: frank.berg@example.com" }).click();
  await sees(page, "The account of frank.berg@example.com is tried again.");
});

story("prices are set for a day to come, after they have been shown beside today's", async (stage) => {
  const page = await stage.signIn(ADA, { path: "/admin/rates" });
  await page.getByText("in force").waitFor();
  await page.getByRole("button", { name: "Set prices" }).click();
  const day = new Date(Date.now() + 40 * 86_400_000).toISOString().slice(0, 10);
  // One that nobody has set before.
  const price = `2.${randomInt(10_000, 99_999)}7`;
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("From (UTC)").fill(day);
  await dialog.getByLabel("GPU hour").fill(price);
  await dialog.getByRole("button", { name: "Go on" }).click();
  await dialog.locator("ins").getByText(`$${price}`).waitFor();
  await dialog.getByText("$2.50").waitFor();
  await dialog.getByRole("button", { name: "Set them" }).click();
  const announced = page.getByRole("table", { name: "Prices" }).getByRole("row", { name: /announced/ }).filter({ hasText: `$${price}` });
  await announced.first().waitFor();
  assert.equal(await announced.first().locator("time").first().getAttribute("datetime"), day);
});

story("the audit log shows what a change made of what", async (stage) => {
  const carl = await known("carl");
  await changeUser(carl.id, { status: "suspended" });
  const page = await stage.signIn(ADA, { path: `/admin/audit-log?target=${encodeURIComponent(carl.id)}` });
  const entry = page.getByRole("listitem").filter({ hasText: "users.update" }).first();
  await entry.waitFor();
  const change = entry.getByRole("listitem").filter({ hasText: /^status/ });
  assert.equal(await change.locator("del").innerText(), "active");
  assert.equal(await change.locator("ins").innerText(), "suspended");
  await sees(entry, "auth0|admin");
});

story("an event appears while the page of events is open", async (stage) => {
  const page = await stage.signIn(ADA, { path: "/admin/events" });
  await page.getByRole("listitem").first().waitFor();
  const eve = await known("eve");
  await page.getByRole("listitem").filter({ hasText: "user.created" }).filter({ hasText: eve.id }).first().waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("region", { name: "Paused" }).waitFor();
});

story("no rule is broken", async (stage) => {
  const page = await stage.signIn(ADA, { path: "/admin/invariants" });
  await sees(page, "Nothing is wrong.");
  await page.goto(`${CONSOLE_URL}/#/admin/payments`);
  await page.getByRole("heading", { name: "Payments", level: 1 }).waitFor();
});
