/** What an account owner sees, and how somebody begins. */

import assert from "node:assert/strict";

import { adjust, ANN, API_URL, call, dailyWork, known, tokenOf } from "./back-office.mjs";
import { rows, section, sees, story } from "./harness.mjs";

story("an owner sees where they work, what is left, how long it lasts, and what was used", async (stage) => {
  const page = await stage.signIn(ANN);
  await page.getByRole("heading", { name: "Hello, Ann Example" }).waitFor();
  const token = await tokenOf(ANN);
  const [me, credits] = [await call("GET", "/api/auth/me", { token }), await call("GET", "/api/credits", { token })];
  const work = section(page, "Where you work");
  await sees(work, "Your account is set up.");
  assert.equal(await work.getByRole("link", { name: "Open Hopsworks" }).getAttribute("href"), me.instance.hopsworks_url);
  const balance = section(page, "Credits");
  await sees(balance, new Intl.NumberFormat("en", { style: "currency", currency: "USD" }).format(credits.balance));
  await sees(balance, `Lasts ${credits.days_left} more days at the pace of the last seven days.`);
  await balance.getByRole("meter", { name: "Cost of this month" }).waitFor();
  const chart = section(page, "Usage of the last 30 days").getByRole("slider", { name: "Day of the chart" });
  await chart.focus();
  await page.keyboard.press("ArrowLeft");
  assert.match(await chart.getAttribute("aria-valuetext"), /churn-model \$\d/, "yesterday");
});

story("the chart of 400 days by project takes one request, and the table beside it has the API's totals", async (stage) => {
  const page = await stage.signIn(ANN, { path: "/usage" });
  await section(page, "In numbers").waitFor();
  const asked = [];
  page.on("request", (request) => request.method() === "GET" && request.url().startsWith(`${API_URL}/api/usage`) && asked.push(request.url()));
  await page.getByRole("button", { name: "400 days" }).click();
  const chart = section(page, "By day").getByRole("slider");
  await section(page, "By day").locator("[aria-valuemax='399']").waitFor();
  assert.equal(asked.length, 1, asked.join("\n"));
  const { totals } = await call("GET", asked[0].slice(API_URL.length), { token: await tokenOf(ANN) });
  const table = page.getByRole("table", { name: "Usage by project, the most first" });
  await table.getByRole("rowheader", { name: "image-search" }).waitFor();
  const total = await table.getByRole("row", { name: /^Total/ }).getByRole("cell").allInnerTexts();
  const number = (text) => text.replaceAll(/[$,]/g, "");
  const cents = (decimal) => Number(decimal).toFixed(2);
  assert.deepEqual(
    total.map((text) => cents(number(text))),
    [totals.cpu_hours, totals.gpu_hours, totals.storage_gb_months, totals.cost_usd].map(cents),
  );
  // A day of the chart, by the keyboard.
  await chart.focus();
  await page.keyboard.press("Home");
  assert.match(await chart.getAttribute("aria-valuetext"), /churn-model \$.*image-search \$/);
  assert.equal((await rows(table)).length, 4);
  await page.getByRole("button", { name: "By day" }).click();
  const byDay = page.getByRole("table", { name: "Usage by day, latest first" });
  await byDay.waitFor();
  const before = (await rows(byDay)).length;
  await page.getByRole("button", { name: "More" }).click();
  assert.ok((await rows(byDay)).length > before);
  assert.equal(asked.length, 1, "what is shown otherwise is not asked for again");
});

story("an owner sets a cap, which stands there after a reload; a wrong amount is said at its field", async (stage) => {
  const { email } = await known("cora");
  const page = await stage.signIn(email, { path: "/credits" });
  const cap = page.getByLabel("Cap of a month");
  await cap.fill("120.50");
  await page.getByRole("button", { name: "Save" }).click();
  await sees(page, "The cap and the warning are saved.");
  await page.reload();
  await sees(page, "$0.00 of $120.50");
  assert.equal(await cap.inputValue(), "120.50");
  stage.expect(/PUT .*\/api\/credits\/policy 400$/, /console: .* 400/);
  await page.getByLabel("Warn below").fill("much");
  await page.getByRole("button", { name: "Save" }).click();
  await page.locator("[aria-invalid='true']").waitFor();
  const wrong = page.getByLabel("Warn below");
  assert.equal(await wrong.getAttribute("aria-invalid"), "true");
  assert.equal(await cap.getAttribute("aria-invalid"), "false");
  const said = await page.locator(`[id="${await wrong.getAttribute("aria-describedby")}"]`).innerText();
  assert.doesNotMatch(said, /^Empty/, "its hint gives way to what is wrong");
});

story("an owner who is suspended for money sees why, what to do, and the bill", async (stage) => {
  const { email, id } = await known("dora");
  await call("PUT", `/api/credits/policy?user_id=${encodeURIComponent(id)}`, { body: { grace_days: 0 } });
  await adjust(id, "10.00", "To begin with");
  await adjust(id, "-25.00", "Usage of another system");
  await dailyWork();
  const page = await stage.signIn(email);
  const work = section(page, "Where you work");
  await sees(work, "Suspended");
  await sees(work, "The account’s credits are used up, and its days of grace are over.");
  await sees(section(page, "Credits"), "-$15.00");
  await sees(section(page, "Credits"), "Buy credits and all work again by themselves.");
  await page.getByRole("link", { name: "Details" }).click();
  await sees(page.getByRole("table", { name: "Transactions, newest first" }), "Usage of another system");
  assert.equal(await page.getByRole("button", { name: "Save" }).isDisabled(), true);
  await adjust(id, "40.00", "Paid");
  await page.getByRole("link", { name: "Home" }).click();
  await page.reload();
  await work.getByText("Suspended", { exact: true }).waitFor({ state: "detached" });
});
