/** What a page is while an answer is not there: loading, failing, empty, offline, signed out. */

import assert from "node:assert/strict";

import { ADA, ANN, API_URL, CONSOLE_URL, known } from "./back-office.mjs";
import { section, sees, story } from "./harness.mjs";

const PROBLEM = {
  type: "about:blank",
  title: "Internal Server Error",
  status: 500,
  code: "internal_error",
  detail: "Something went wrong on our side.",
  request_id: "00000000-0000-0000-0000-000000000000",
};

/** What the API's gateway says with every answer to the console. */
const readable = { "access-control-allow-origin": CONSOLE_URL, "access-control-expose-headers": "retry-after,x-request-id" };

const failing = (status, code, headers = {}) => ({
  status,
  headers: { ...readable, ...headers },
  contentType: "application/problem+json",
  body: JSON.stringify({ ...PROBLEM, status, code }),
});

/** Answers the first requests to this path like that, and counts all. */
async function meddle(page, path, times, answer) {
  const asked = [];
  await page.route(
    (url) => url.href.startsWith(API_URL + path),
    async (route) => {
      if (route.request().method() === "OPTIONS") return route.continue();
      asked.push(route.request().url());
      await (asked.length <= times ? answer(route) : route.continue());
    },
  );
  return asked;
}

story("an API that is busy is asked again by itself, when it says", async (stage) => {
  stage.expect(/\/api\/team\/members.* 503$/, /console: .* 503/);
  const page = await stage.signIn((await known("bea")).email);
  const asked = await meddle(page, "/api/team/members", 1, (route) => route.fulfill(failing(503, "unavailable", { "retry-after": "1" })));
  await page.getByRole("link", { name: "Team" }).click();
  await sees(section(page, "Members"), PROBLEM.detail);
  await sees(section(page, "Members"), "Nobody is in your team yet. Invite somebody below.");
  assert.equal(asked.length, 2);
  assert.equal(await page.getByRole("alert").count(), 0, "what is over is not shown any more");
});

story("a list that loads says so", async (stage) => {
  const page = await stage.signIn((await known("lola")).email);
  let letGo;
  const held = new Promise((resolve) => (letGo = resolve));
  await meddle(page, "/api/team/members", 1, async (route) => {
    await held;
    await route.continue();
  });
  await page.getByRole("link", { name: "Team" }).click();
  await section(page, "Members").getByRole("status").getByText("Loading").waitFor();
  letGo();
  await sees(page, "Nobody is in your team yet. Invite somebody below.");
});

story("a failure is told in the API's sentence, with a number for the operator and a button that tries again", async (stage) => {
  stage.expect(/\/api\/admin\/users.* 500$/, /console: .* 500/);
  const page = await stage.signIn(ADA);
  await page.clock.install();
  const asked = await meddle(page, "/api/admin/users", 1, (route) => route.fulfill(failing(500, "internal_error")));
  await page.getByRole("link", { name: "Users", exact: true }).click();
  const alert = page.getByRole("alert");
  await sees(alert, PROBLEM.detail);
  await sees(alert, "internal_error");
  await sees(alert, PROBLEM.request_id);
  await page.clock.fastForward(60_000);
  assert.equal(asked.length, 1, "time does not mend it, so it is not asked for again");
  await alert.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("table", { name: "Users", exact: true }).waitFor();
  await alert.waitFor({ state: "detached" });
});

story("a page after the first that fails leaves what is there, and is tried again", async (stage) => {
  stage.expect(/\/api\/admin\/users\?.*cursor.* 500$/, /console: .* 500/);
  const page = await stage.signIn(ADA, { path: "/admin/users" });
  const lines = page.getByRole("table", { name: "Users", exact: true }).locator("tbody tr");
  await lines.first().waitFor();
  const before = await lines.count();
  await meddle(page, "/api/admin/users", 1, (route) => route.fulfill(failing(500, "internal_error")));
  await page.getByRole("button", { name: "More" }).click();
  await sees(page.getByRole("alert"), PROBLEM.detail);
  assert.equal(await lines.count(), before);
  await page.getByRole("button", { name: "Try again" }).click();
  await lines.nth(before).waitFor();
  assert.equal(await page.getByRole("alert").count(), 0);
});

story("without a network the page says so, and goes on when it is back", async (stage) => {
  stage.expect(/ERR_INTERNET_DISCONNECTED/);
  const page = await stage.signIn(ANN);
  await page.getByRole("link", { name: "Open Hopsworks" }).waitFor();
  await page.context().setOffline(true);
  await page.getByRole("link", { name: "Team" }).click();
  await sees(page.getByRole("alert"), "The API cannot be reached.");
  await page.context().setOffline(false);
  await page.getByRole("table", { name: "Members of the team" }).waitFor();
  await page.getByRole("alert").first().waitFor({ state: "detached" });
});

story("an empty list says what it is for, and one without a match that the filter is the reason", async (stage) => {
  const page = await stage.signIn(ADA, { path: "/admin/users?email=nobody-at-all@example.com" });
  await sees(page, "No user is like this.");
  await page.getByRole("link", { name: "Audit log" }).click();
  await page.getByLabel("Action").fill("no.such.action");
  await page.getByLabel("Action").press("Enter");
  await sees(page, "No entry is like this.");
});

story("a sign-in that has ended leads to a new one, and back to where the user was", async (stage) => {
  const page = await stage.signIn(ANN, { path: "/team" });
  await page.getByRole("table", { name: "Members of the team" }).waitFor();
  // The tokens of the tab are over; the provider says so in a hidden frame.
  await page.evaluate(() => {
    for (const key of Object.keys(sessionStorage)) {
      const entry = JSON.parse(sessionStorage.getItem(key));
      if (entry.expiresAt) sessionStorage.setItem(key, JSON.stringify({ ...entry, expiresAt: 1 }));
    }
  });
  await page.getByRole("link", { name: "Usage" }).click();
  await page.getByRole("heading", { name: "Your sign-in has ended" }).waitFor();
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Ann Example" }).click();
  await page.getByRole("heading", { name: "Usage", level: 1 }).waitFor();
});

story("somebody who signs out is signed out", async (stage) => {
  const page = await stage.signIn(ANN);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Hopsworks console" }).waitFor();
  await page.goto(`${CONSOLE_URL}/#/team`);
  await page.reload();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  assert.deepEqual(await page.evaluate(() => Object.keys(sessionStorage)), []);
});
