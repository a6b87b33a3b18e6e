/** A stage for each test: windows at the running console. Whatever goes wrong in a page that a test does not expect fails it. */

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { CONSOLE_URL } from "./back-office.mjs";
import { launch, signIn } from "./browser.mjs";

export { rows, section, sees, signIn, until, whole } from "./browser.mjs";

/** So long a person may wait for what they are to see. */
const PATIENCE_MS = 20_000;

let browser;
after(async () => (await browser)?.close());

/** A test with a stage of its own. */
export function story(name, tell) {
  test(name, async () => {
    const stage = new Stage();
    try {
      await tell(stage);
      stage.assertClean();
    } catch (error) {
      throw await stage.tellOf(error);
    } finally {
      await stage.close();
    }
  });
}

class Stage {
  #contexts = [];
  #pages = [];
  #wrong = [];
  #expected = [];

  /** What goes wrong like this is meant; it must. */
  expect(...patterns) {
    this.#expected.push(...patterns);
  }

  /** A window of somebody's own, at the console. */
  async open({ path = "/", ...options } = {}) {
    const context = await (await (browser ??= launch())).newContext({ viewport: { width: 1280, height: 900 }, locale: "en-US", ...options });
    this.#contexts.push(context);
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    this.#pages.push(page);
    this.#watch(page);
    await page.goto(`${CONSOLE_URL}/#${path}`);
    return page;
  }

  /** The same, signed in as whoever has this address. */
  async signIn(email, options) {
    const page = await this.open(options);
    await signIn(page, email);
    return page;
  }

  #watch(page) {
    const wrong = (text) => this.#wrong.push(text);
    page.on("console", (message) => message.type() === "error" && wrong(`console: ${message.text()}`));
    page.on("pageerror", (error) => wrong(`exception: ${error.message}`));
    page.on("requestfailed", (request) => {
      const { errorText } = request.failure();
      // Requests end with the component that asks.
      if (errorText !== "net::ERR_ABORTED") wrong(`request: ${request.method()} ${request.url()} ${errorText}`);
    });
    page.on("response", (response) => {
      if (response.status() >= 400) wrong(`answer: ${response.request().method()} ${response.url()} ${response.status()}`);
    });
  }

  assertClean() {
    const unexpected = this.#wrong.filter((text) => !this.#expected.some((pattern) => pattern.test(text)));
    assert.deepEqual(unexpected, [], "what went wrong in the pages");
    const missing = this.#expected.filter((pattern) => !this.#wrong.some((text) => pattern.test(text)));
    assert.deepEqual(missing, [], "what should have gone wrong");
  }

  /** The failure, with what stood on the pages. */
  async tellOf(error) {
    const shown = this.#pages.map(async (page) => {
      const text = await page.locator("body").innerText({ timeout: 1000 }).catch(() => "");
      const lines = text.split("\n").filter((line) => line.trim() !== "");
      return [page.url(), ...lines.slice(0, 60).map((line) => `  ${line}`)].join("\n");
    });
    const places = error.stack.split("\n").filter((line) => line.includes(".test.mjs"));
    const told = new Error([error.message, ...this.#wrong, ...(await Promise.all(shown))].join("\n"));
    told.stack = [`Error: ${told.message}`, ...places].join("\n");
    return told;
  }

  async close() {
    await Promise.all(this.#contexts.map((context) => context.close()));
  }
}

/** The administrator's list of users. */
export const users = (page) => page.getByRole("table", { name: "Users", exact: true });

/** Looks for somebody there, by an address or an id. */
export async function find(page, text) {
  await page.getByLabel("Address or id").fill(text);
  await page.getByLabel("Address or id").press("Enter");
}
