/** Seats: who gets one, who waits, and what an administrator does about it. These stories make room and fill it up: the others do without. */

import assert from "node:assert/strict";

import { ADA, API_URL, call, cluster, fillUp, known, makeRoom, newcomer, tokenOf, user } from "./back-office.mjs";
import { find, section, sees, signIn, story, until, users } from "./harness.mjs";

story("a newcomer is seated at once, sees that the account is being set up, and when it is ready", async (stage) => {
  await makeRoom();
  stage.expect(/GET .*\/api\/auth\/me 403$/, /console: .* 403/);
  const page = await stage.open();
  // The first state that the page hears of is the first that there was, however quick `provision` is.
  let heard = false;
  await page.route(`${API_URL}/api/auth/me`, async (route) => {
    const answer = await route.fetch();
    const me = await answer.json();
    if (heard || route.request().method() !== "GET" || !answer.ok()) return route.fulfill({ response: answer });
    heard = true;
    const json = { ...me, hopsworks_account: { ...me.hopsworks_account, state: "pending" }, instance: { ...me.instance, status: "provisioning" } };
    return route.fulfill({ response: answer, json });
  });
  await signIn(page, newcomer("nina"));
  const work = section(page, "Where you work");
  await sees(work, "Being set up");
  await sees(work, "Your account on the cluster is being set up.");
  assert.equal(await work.getByRole("link", { name: "Open Hopsworks" }).count(), 0);
  await sees(work, "Your account is set up.");
  assert.match(await work.getByRole("link", { name: "Open Hopsworks" }).getAttribute("href"), /^https:/);
  await sees(section(page, "Credits"), "$0.00");
  await sees(page, "Nothing was used in these days.");
});

story("one who finds no seat sees their place in the queue", async (stage) => {
  await fillUp();
  const before = await known("first");
  stage.expect(/GET .*\/api\/auth\/me 403$/, /console: .* 403/);
  const email = newcomer("quentin");
  const page = await stage.signIn(email);
  const token = await tokenOf(email);
  const placeOf = async (token) => (await call("GET", "/api/auth/me", { token })).place_in_queue;
  // Others come and go in other stories.
  const earlier = await placeOf(before.token);
  assert.ok((await placeOf(token)) > earlier && earlier > 0);
  const work = section(page, "Where you work");
  await sees(work, "All seats are taken.");
  await until("the page says the place that the API says", async () => {
    const said = (await work.innerText()).match(/Place (\d+)/)?.[1];
    return said === String(await placeOf(token));
  });
  await makeRoom();
  await page.reload();
  await work.getByText("Waiting", { exact: true }).waitFor({ state: "detached" });
  await sees(work, "Seat since");
});

story("an administrator finds a user, suspends them, and reactivates them; the user sees both", async (stage) => {
  await makeRoom();
  const una = await known("una");
  const theirs = await stage.signIn(una.email);
  await section(theirs, "Where you work").waitFor();
  const page = await stage.signIn(ADA, { path: "/admin/users" });
  await users(page).waitFor();
  await find(page, una.email);
  const row = users(page).getByRole("row", { name: new RegExp(una.email) });
  await until("the others are gone", async () => (await users(page).locator("tbody tr").count()) === 1);
  await row.getByText("active").waitFor();
  await row.getByRole("button", { name: `Suspend: ${una.email}` }).click();
  const dialog = page.getByRole("dialog", { name: `Suspend ${una.email}?` });
  await sees(dialog, "Their account on the cluster is deactivated.");
  await dialog.getByRole("button", { name: "Suspend" }).click();
  await row.getByText("suspended by an administrator").waitFor();
  assert.equal((await user(una.id)).status, "suspended");

  await theirs.reload();
  await sees(section(theirs, "Where you work"), "An administrator has suspended you.");

  await row.getByRole("button", { name: `Reactivate: ${una.email}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Reactivate" }).click();
  await row.getByText("active", { exact: true }).waitFor();
  await theirs.reload();
  await theirs.getByText("An administrator has suspended you.").waitFor({ state: "detached" });
  await sees(section(theirs, "Where you work"), "Seat since");
});

story("an administrator moves a user to another cluster, and its bar follows", async (stage) => {
  await makeRoom();
  const mona = await known("mona");
  const from = (await user(mona.id)).assignment.cluster_name;
  const to = from === "demo" ? "second" : "demo";
  const page = await stage.signIn(ADA, { path: "/admin/clusters" });
  const seats = section(page, to).getByRole("meter", { name: `Seats of ${to}` });
  await seats.waitFor();
  const before = Number(await seats.getAttribute("aria-valuenow"));
  await page.getByRole("link", { name: "Users", exact: true }).click();
  await find(page, mona.id);
  await page.getByRole("heading", { name: mona.email }).waitFor();
  await page.getByRole("button", { name: "Move" }).click();
  const dialog = page.getByRole("dialog", { name: `Move ${mona.email}` });
  assert.equal(await dialog.getByLabel(from).isDisabled(), true);
  await dialog.getByLabel(to).check();
  await dialog.getByRole("button", { name: "Move" }).click();
  await sees(page, `${mona.email} sits on ${to}.`);
  await page.getByRole("link", { name: "Clusters", exact: true }).click();
  await section(page, to).locator(`[role=meter][aria-valuenow="${before + 1}"]`).waitFor();
  assert.equal(await seats.getAttribute("aria-valuetext"), `${before + 1} of ${(await cluster(to)).max_users} seats taken`);
});

story("an administrator gives a cluster seats, and those who wait get them", async (stage) => {
  await fillUp();
  const wilma = await known("wilma");
  const page = await stage.signIn(ADA, { path: "/admin/clusters" });
  const waiting = page.getByRole("table", { name: "Users who wait for a seat" });
  await waiting.getByRole("row", { name: new RegExp(wilma.email) }).waitFor();
  await page.getByRole("button", { name: "Change demo" }).click();
  const dialog = page.getByRole("dialog", { name: "Change demo" });
  await dialog.getByLabel("Seats").fill(String((await cluster("demo")).max_users + 100));
  await dialog.getByRole("button", { name: "Save" }).click();
  await sees(page, "Nobody waits for a seat.");
  assert.equal((await user(wilma.id)).assignment.cluster_name, "demo");
});

