/** Pictures of each page, for the documentation: `node screenshots.mjs <folder>`, before a back office that has just been filled. */

import { join } from "node:path";

import { ADA, ANN, BOB, CONSOLE_URL } from "./back-office.mjs";
import { launch, signIn, whole } from "./browser.mjs";

const [folder] = process.argv.slice(2);
const DESKTOP = { width: 1280, height: 860 };
const PHONE = { width: 390, height: 844 };

/** Of whom, where, and by which name. */
const PICTURES = [
  { of: ANN, path: "/", name: "home" },
  { of: ANN, path: "/", name: "home-dark", colorScheme: "dark" },
  { of: ANN, path: "/", name: "home-phone", viewport: PHONE },
  { of: ANN, path: "/usage", name: "usage", first: (page) => page.getByRole("button", { name: "400 days" }).click() },
  { of: ANN, path: "/credits", name: "credits" },
  { of: ANN, path: "/team", name: "team" },
  { of: BOB, path: "/", name: "member" },
  { of: ADA, path: "/admin/users", name: "users" },
  { of: ADA, path: "/admin/users/auth0%7Cann", name: "user" },
  { of: ADA, path: "/admin/clusters", name: "clusters" },
  { of: ADA, path: "/admin/accounts", name: "accounts" },
  { of: ADA, path: "/admin/rates", name: "rates" },
  { of: ADA, path: "/admin/payments", name: "payments" },
  { of: ADA, path: "/admin/audit-log", name: "audit-log" },
  { of: ADA, path: "/admin/invariants", name: "invariants" },
  { of: ADA, path: "/admin/events", name: "events" },
];

async function shoot(browser, { of, path, name, viewport = DESKTOP, colorScheme = "light", first }) {
  const context = await browser.newContext({ viewport, colorScheme, locale: "en-US", timezoneId: "UTC", reducedMotion: "reduce" });
  try {
    const page = await context.newPage();
    await page.goto(`${CONSOLE_URL}/#${path}`);
    await signIn(page, of);
    await whole(page);
    await first?.(page);
    await page.waitForLoadState("networkidle");
    await whole(page);
    // What has the focus is of no interest.
    await page.evaluate(() => document.activeElement?.blur());
    await page.screenshot({ path: join(folder, `${name}.png`), scale: "css" });
  } finally {
    await context.close();
  }
}

const browser = await launch();
try {
  for (const picture of PICTURES) await shoot(browser, picture);
} finally {
  await browser.close();
}
