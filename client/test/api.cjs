/** What the tests of hooks share: an API of our own that answers when a test says so, and a clock that it moves. */

const { afterEach, beforeEach, mock } = require("node:test");

const { environmentManager, notifyManager, timeoutManager } = require("@tanstack/react-query");
const { createElement, Fragment } = require("react");
const { act, create } = require("react-test-renderer");

const { BackOfficeProvider, createClient } = require("../out/src/index.js");

globalThis.IS_REACT_ACT_ENVIRONMENT = true;
// As in a browser: with timers, and told at once.
environmentManager.setIsServer(() => false);
notifyManager.setScheduler(queueMicrotask);
// By timeouts alone: an interval that is cleared while it runs is set again by the mocked clock of some versions of Node.
timeoutManager.setTimeoutProvider({
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (timer) => clearTimeout(timer),
  setInterval: (run, ms) => {
    const timer = {};
    const next = () => (timer.id = setTimeout(() => void (next(), run()), ms));
    next();
    return timer;
  },
  clearInterval: (timer) => clearTimeout(timer?.id),
});
beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
afterEach(() => mock.timers.reset());

/** A client, and the requests that wait for their answers. */
function api(token = async () => "token") {
  const waiting = [];
  const fetch = async (request) => {
    const said = await request.clone().text();
    return new Promise((resolve, reject) => {
      const answer = (body, status = 200, headers = {}) => resolve(Response.json(body, { status, headers }));
      const done = () => resolve(new Response(null, { status: 204 }));
      const fail = () => reject(new TypeError("no network"));
      waiting.push({ request, url: new URL(request.url), body: said && JSON.parse(said), answer, done, fail });
    });
  };
  return { client: createClient({ baseUrl: "https://api.example.com", token, fetch }), waiting };
}

/** Lets promises run that wait for nothing but each other. */
const settle = () =>
  act(async () => {
    for (let i = 0; i < 10; i += 1) await new Promise((resolve) => setImmediate(resolve));
  });

/** Lets time go by. */
async function pass(ms) {
  await act(async () => mock.timers.tick(ms));
  await settle();
}

/** What a hook answers, in a component of its own. */
async function hook(use, client, argument, { queryClient, around = Fragment } = {}) {
  const seen = { all: [] };
  const Probe = ({ argument }) => {
    seen.now = use(argument);
    seen.all.push({ argument, answer: seen.now });
    return null;
  };
  const element = (client, argument) => {
    const probe = createElement(Probe, { argument });
    return createElement(around, null, createElement(BackOfficeProvider, { client, queryClient }, probe));
  };
  let root;
  await act(async () => (root = create(element(client, argument))));
  await settle();
  seen.again = async (client, argument) => {
    await act(async () => root.update(element(client, argument)));
    await settle();
  };
  seen.end = async () => {
    await act(async () => root.unmount());
    await settle();
  };
  seen.do = async (what) => {
    let done;
    await act(async () => (done = what(seen.now)));
    await settle();
    return done;
  };
  return seen;
}

module.exports = { api, hook, pass, settle };
