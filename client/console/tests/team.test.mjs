/** What a team's owner does, and what its members see. */

import assert from "node:assert/strict";

import { ANN, API_URL, BOB, CONSOLE_URL, known, newcomer } from "./back-office.mjs";
import { rows, section, sees, signIn, story } from "./harness.mjs";

const members = (page) => page.getByRole("table", { name: "Members of the team" });
const names = async (page) => (await rows(members(page))).map(([name]) => name.split("\n")[0]);

story("an owner invites somebody, who joins by the link, appears in the team, and is removed", async (stage) => {
  const owner = await known("olga");
  const page = await stage.signIn(owner.email, { path: "/team", permissions: ["clipboard-read", "clipboard-write"] });
  await sees(page, "Nobody is in your team yet. Invite somebody below.");
  const invited = newcomer("ines");
  await page.getByLabel("E-mail address").fill(invited);
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  await sees(page, `${invited} is invited.`);
  await page.getByRole("button", { name: "Copy" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.ok(link.startsWith(`${CONSOLE_URL}/#/invite/`), link);

  stage.expect(/GET .*\/api\/auth\/me 403$/, /console: .* 403/);
  const theirs = await stage.open({ path: link.slice(link.indexOf("#") + 1) });
  await signIn(theirs, invited);
  await theirs.getByRole("heading", { name: "Join a team" }).waitFor();
  await sees(theirs, invited);
  await theirs.getByRole("button", { name: "Join the team" }).click();
  await theirs.getByRole("heading", { name: `You are in ${owner.email}’s team` }).waitFor();

  await page.reload();
  await members(page).waitFor();
  assert.deepEqual(await names(page), [invited]);
  await section(page, "Invites").getByText("Accepted").waitFor();
  await page.getByRole("button", { name: `Remove ${invited}` }).click();
  const dialog = page.getByRole("dialog", { name: `Remove ${invited}?` });
  await dialog.getByRole("button", { name: "Remove" }).click();
  await sees(page, `${invited} is not in your team any more.`);
  await sees(page, "Nobody is in your team yet. Invite somebody below.");
  await theirs.goto(`${CONSOLE_URL}/#/team`);
  await theirs.reload();
  await sees(theirs, "Nobody is in your team yet. Invite somebody below.");
});

story("an invite that is withdrawn says so, and its link does not work", async (stage) => {
  const owner = await known("otto");
  const page = await stage.signIn(owner.email, { path: "/team" });
  const invited = newcomer("walter");
  await page.getByLabel("E-mail address").fill(invited);
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  const link = await page.getByLabel(`Invite link for ${invited}`).inputValue();
  await page.getByRole("button", { name: `Withdraw the invite of ${invited}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Withdraw" }).click();
  await section(page, "Invites").getByText("Withdrawn").waitFor();

  stage.expect(/GET .*\/api\/auth\/me 403$/, /POST .*\/api\/team\/invites\/accept 4\d\d$/, /console: .* 4\d\d/);
  const theirs = await stage.open({ path: link.slice(link.indexOf("#") + 1) });
  await signIn(theirs, invited);
  await theirs.getByRole("button", { name: "Join the team" }).click();
  await theirs.getByRole("alert").waitFor();
});

story("a wrong address of an invite is said at its field", async (stage) => {
  const page = await stage.signIn((await known("oona")).email, { path: "/team" });
  stage.expect(/POST .*\/api\/team\/invites 400$/, /console: .* 400/);
  await page.getByLabel("E-mail address").fill("nobody");
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  await page.locator("[aria-invalid='true']").waitFor();
  assert.equal(await page.getByLabel("E-mail address").getAttribute("aria-invalid"), "true");
});

story("a member sees their own usage and whose account it is, no costs, and nothing of administrators", async (stage) => {
  const asked = [];
  const page = await stage.signIn(BOB);
  page.on("request", (request) => asked.push(request.url()));
  const account = section(page, "Your account");
  await sees(account, "Its owner pays for what you use.");
  await sees(account, "Ann Example");
  await sees(page, "What you used, by project");
  const menu = page.getByRole("navigation");
  await menu.getByRole("link", { name: "Team" }).waitFor();
  assert.deepEqual(await menu.getByRole("link").allInnerTexts(), ["Home", "Usage", "Team"]);
  await menu.getByRole("link", { name: "Usage" }).click();
  await section(page, "In numbers").waitFor();
  const table = page.getByRole("table", { name: "Usage by project, the most first" });
  assert.deepEqual(await table.getByRole("columnheader").allInnerTexts(), ["Project", "CPU hours", "GPU hours", "Storage (GB months)"]);
  assert.equal(await section(page, "By day").getByText("$").count(), 0);
  assert.equal(await section(page, "In numbers").getByText("$").count(), 0);
  await menu.getByRole("link", { name: "Team" }).click();
  await sees(page, "You are a member of Ann Example’s team.");
  await page.goto(`${CONSOLE_URL}/#/admin/users`);
  await sees(page, "This page is for administrators.");
  await page.goto(`${CONSOLE_URL}/#/credits`);
  await sees(page, "Ann Example pays for what you use, and sees the bill.");
  const forOthers = asked.filter((url) => url.startsWith(`${API_URL}/api/admin`) || url.startsWith(`${API_URL}/api/credits`));
  assert.deepEqual(forOthers, [], "nothing is asked for that they may not see");
});

story("an owner sees what each member used", async (stage) => {
  const page = await stage.signIn(ANN, { path: "/team" });
  const bob = members(page).getByRole("row", { name: /Bob Example/ });
  await bob.getByText("$").waitFor();
  await bob.getByText("demo").waitFor();
});
