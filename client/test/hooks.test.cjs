/** The client and its hooks, compiled: against an API of our own that answers when a test says so. */

const assert = require("node:assert/strict");
const { test } = require("node:test");

const { createElement } = require("react");
const { act, create } = require("react-test-renderer");

const { createClient, inPath } = require("../out/src/client.js");
const { ClientProvider } = require("../out/src/client-context.js");
const { useAdmin } = require("../out/src/use-admin.js");
const { useUsers } = require("../out/src/use-users.js");

globalThis.IS_REACT_ACT_ENVIRONMENT = true;

/** A client, and the requests that wait for their answers. */
function api() {
  const waiting = [];
  const fetch = (request) =>
    new Promise((resolve, reject) => {
      const answer = (body, status = 200) => resolve(Response.json(body, { status }));
      waiting.push({ url: new URL(request.url), answer, fail: () => reject(new TypeError("no network")) });
    });
  const client = createClient({ baseUrl: "https://api.example.com", token: async () => "token", fetch });
  return { client, waiting };
}

/** Lets promises run that wait for nothing but each other. */
const settle = () => act(async () => void (await new Promise((resolve) => setImmediate(resolve))));

/** What a hook answers, in a component of its own. */
async function hook(use, client, argument) {
  const seen = { all: [] };
  const Probe = ({ argument }) => {
    seen.now = use(argument);
    seen.all.push({ argument, answer: seen.now });
    return null;
  };
  const element = (client, argument) => createElement(ClientProvider, { value: client }, createElement(Probe, { argument }));
  let root;
  await act(async () => (root = create(element(client, argument))));
  await settle();
  seen.again = async (client, argument) => {
    await act(async () => root.update(element(client, argument)));
    await settle();
  };
  return seen;
}

const user = (id) => ({ id, status: "active" });
const ids = (seen) => seen.now.users.map(({ id }) => id);

test("useAdmin is loading until the API has said who it is", async () => {
  for (const isAdmin of [true, false]) {
    const { client, waiting } = api();
    const seen = await hook(useAdmin, client);
    assert.deepEqual(seen.now, { isAdmin: false, loading: true });
    assert.equal(waiting[0].url.pathname, "/api/auth/me");
    waiting[0].answer({ is_admin: isAdmin });
    await settle();
    assert.deepEqual(seen.now, { isAdmin, loading: false });
  }
});

test("useAdmin says no if it cannot be found out", async () => {
  for (const end of [(request) => request.fail(), (request) => request.answer({ code: "account_unknown", detail: "" }, 403)]) {
    const { client, waiting } = api();
    const seen = await hook(useAdmin, client);
    end(waiting[0]);
    await settle();
    assert.deepEqual(seen.now, { isAdmin: false, loading: false });
  }
});

test("useAdmin does not tell of one user what was true of another", async () => {
  const [first, second] = [api(), api()];
  const seen = await hook(useAdmin, first.client);
  first.waiting[0].answer({ is_admin: true });
  await settle();
  await seen.again(second.client);
  assert.deepEqual(seen.now, { isAdmin: false, loading: true });
  second.waiting[0].answer({ is_admin: false });
  await settle();
  assert.deepEqual(seen.now, { isAdmin: false, loading: false });
});

test("a change of filters starts a new list, and a late answer of the old one is dropped", async () => {
  const { client, waiting } = api();
  const seen = await hook(useUsers, client, { status: "active" });
  await seen.again(client, { status: "suspended" });
  assert.equal(waiting[1].url.searchParams.get("status"), "suspended");
  waiting[1].answer({ items: [user("new")], next_cursor: null });
  await settle();
  waiting[0].answer({ items: [user("old")], next_cursor: "old" });
  await settle();
  assert.deepEqual(ids(seen), ["new"]);
  assert.equal(seen.now.loadMore, undefined);
});

test("what was shown of other filters is gone at once", async () => {
  const { client, waiting } = api();
  const seen = await hook(useUsers, client, { status: "active" });
  waiting[0].answer({ items: [user("old")], next_cursor: "2" });
  await settle();
  assert.deepEqual(ids(seen), ["old"]);
  await seen.again(client, { status: "suspended" });
  const answers = seen.all.filter(({ argument }) => argument.status === "suspended").map(({ answer }) => answer);
  assert.ok(answers.length > 0 && answers.every(({ users }) => users.length === 0));
  assert.deepEqual([seen.now.loading, seen.now.loadMore], [true, undefined]);
});

test("a page that was asked for by other filters is not added", async () => {
  const { client, waiting } = api();
  const seen = await hook(useUsers, client, { status: "active" });
  waiting[0].answer({ items: [user("old")], next_cursor: "2" });
  await settle();
  await act(async () => void seen.now.loadMore());
  await settle();
  await seen.again(client, { status: "suspended" });
  // A cursor may be the same in both.
  waiting[2].answer({ items: [user("new")], next_cursor: "2" });
  await settle();
  waiting[1].answer({ items: [user("old too")], next_cursor: "3" });
  await settle();
  assert.deepEqual(ids(seen), ["new"]);
});

test("pages follow each other, and one that is asked for twice is shown once", async () => {
  const { client, waiting } = api();
  const seen = await hook(useUsers, client, { limit: 1 });
  waiting[0].answer({ items: [user("a")], next_cursor: "2" });
  await settle();
  await act(async () => void (seen.now.loadMore(), seen.now.loadMore()));
  await settle();
  assert.equal(waiting[1].url.search, "?limit=1&cursor=2");
  for (const request of waiting.slice(1)) request.answer({ items: [user("b")], next_cursor: null });
  await settle();
  assert.deepEqual(ids(seen), ["a", "b"]);
});

test("filters that say the same are no new list, and a refusal is shown", async () => {
  const { client, waiting } = api();
  const seen = await hook(useUsers, client, { email: "a@x.io" });
  waiting[0].answer({ code: "admin_only", detail: "Only an administrator may do this." }, 403);
  await settle();
  assert.equal(seen.now.problem.code, "admin_only");
  await seen.again(client, { email: "a@x.io" });
  assert.equal(waiting.length, 1);
});

test("an id stands in a path in the form that the API takes", async () => {
  for (const [id, written] of [
    ["auth0|ann", "auth0%7Cann"],
    ["samlp|acme|ann@corp.com", "samlp%7Cacme%7Cann%40corp.com"],
    ["oauth2|x|a b\u{eb}", "oauth2%7Cx%7Ca%20b%C3%AB"],
    ["samlp|acme|100%41", "~c2FtbHB8YWNtZXwxMDAlNDE"],
    ["a/b", "~YS9i"],
    ["??>", "~Pz8-"],
    ["~a", "~fmE"],
    ["..", "~Li4"],
    ["a+\u{1f600}", "~YSvwn5iA"],
  ]) {
    assert.equal(inPath(id), written);
    const { client, waiting } = api();
    void client.PATCH("/api/admin/users/{id}", { params: { path: { id } }, body: {} });
    await settle();
    assert.equal(waiting[0].url.pathname, `/api/admin/users/${written}`);
  }
});
