/** The browser, and what people do and see in it. */

import assert from "node:assert/strict";

import { chromium } from "playwright-core";

import { ADA, ANN, BOB } from "./back-office.mjs";

/** Quiet, and as root too. */
const FLAGS = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-gpu",
  "--disable-quic",
  "--disable-sync",
  "--no-first-run",
  ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
];
/** So long something may take that is asked for again and again. */
const PATIENCE_MS = 20_000;

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM, args: FLAGS });

const BUTTONS = { [ANN]: "Ann Example", [BOB]: "Bob Example", [ADA]: "Ada Administrator" };

/** Through the pages of the console and of the issuer. */
export async function signIn(page, email) {
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  if (BUTTONS[email]) {
    await page.getByRole("button", { name: BUTTONS[email] }).click();
  } else {
    await page.getByLabel("Another address").fill(email);
    await page.getByRole("button", { name: "Sign in" }).click();
  }
  await page.getByRole("navigation", { name: "Your account" }).or(page.getByRole("button", { name: "Menu" })).first().waitFor();
}

/** Until nothing of the page loads. */
export async function whole(page) {
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  await until("all is there", async () => (await page.locator(".loading").count()) === 0);
}

/** Waits until it is seen. */
export const sees = (page, text) => page.getByText(text).first().waitFor();

export const section = (page, name) => page.getByRole("region", { name, exact: true });

/** The rows of a table's body, as texts of their cells. */
export async function rows(table) {
  const found = await table.locator("tbody tr").all();
  return Promise.all(found.map((row) => row.locator("th, td").allInnerTexts()));
}

/** Waits until it is true. */
export async function until(what, check) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    if (await check()) return;
    assert.ok(Date.now() < end, `never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
