/** The hooks, compiled: what they ask, and what they show of it. */

const assert = require("node:assert/strict");
const { test } = require("node:test");

const { QueryClient } = require("@tanstack/react-query");
const { StrictMode } = require("react");

const hooks = require("../out/src/index.js");
const { api, hook, pass, settle } = require("./api.cjs");

const { useAdmin, useAdminUsers, useClusters, useCredits, useEvents, useMe, useUsage } = hooks;

const user = (id) => ({ id, status: "active" });
const ids = ({ items }) => items.map(({ id }) => id);
const refusal = { code: "admin_only", detail: "Only an administrator may do this.", status: 403 };

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
  const refused = api();
  const seen = await hook(useAdmin, refused.client);
  refused.waiting[0].answer({ code: "account_unknown", detail: "", status: 403 }, 403);
  await settle();
  assert.deepEqual(seen.now, { isAdmin: false, loading: false });

  const away = api();
  const other = await hook(useAdmin, away.client);
  for (const attempt of [0, 1, 2, 3]) {
    assert.deepEqual(other.now, { isAdmin: false, loading: true });
    away.waiting[attempt].fail();
    await settle();
    await pass(8000);
  }
  assert.deepEqual(other.now, { isAdmin: false, loading: false });
});

test("useAdmin says no as soon as the API says that this is nobody's account any more", async () => {
  const { client, waiting } = api();
  const seen = await hook(() => ({ ...useAdmin(), ask: useMe().retry }), client);
  waiting[0].answer({ is_admin: true });
  await settle();
  assert.equal(seen.now.isAdmin, true);
  await seen.do(({ ask }) => ask());
  waiting[1].answer({ code: "account_deleted", detail: "", status: 403 }, 403);
  await settle();
  assert.equal(seen.now.isAdmin, false);
});

test("what was true of one user is not told of another, also if they share a cache", async () => {
  for (const queryClient of [undefined, new QueryClient()]) {
    const [first, second] = [api(), api()];
    const use = () => ({ admin: useAdmin(), users: useAdminUsers() });
    const seen = await hook(use, first.client, "first", { queryClient });
    first.waiting.find(({ url }) => url.pathname.endsWith("me")).answer({ is_admin: true });
    first.waiting.find(({ url }) => url.pathname.endsWith("users")).answer({ items: [user("ann")], next_cursor: "2" });
    await settle();
    assert.deepEqual([seen.now.admin.isAdmin, ids(seen.now.users)], [true, ["ann"]]);
    await seen.again(second.client, "second");
    const answers = seen.all.filter(({ argument }) => argument === "second").map(({ answer }) => answer);
    assert.ok(answers.length > 0);
    for (const { admin, users } of answers) {
      assert.deepEqual([admin, users.items, users.loadMore], [{ isAdmin: false, loading: true }, [], undefined]);
    }
    assert.equal(second.waiting.length, 2);
    await seen.again(first.client, "first again");
    assert.equal(seen.now.admin.loading, true, "What an earlier user was told is kept nowhere.");
  }
});

test("an answer is shown, and a refusal with its code and its sentence", async () => {
  const { client, waiting } = api();
  const seen = await hook(useCredits, client, { userId: "auth0|ann" });
  assert.deepEqual([seen.now.data, seen.now.loading, seen.now.problem], [undefined, true, undefined]);
  assert.equal(waiting[0].url.search, "?user_id=auth0%7Cann");
  assert.equal(waiting[0].request.headers.get("authorization"), "Bearer token");
  waiting[0].answer(refusal, 403);
  await settle();
  assert.deepEqual([seen.now.loading, seen.now.problem.code, seen.now.problem.message], [false, "admin_only", refusal.detail]);
  await seen.do(({ retry }) => retry());
  assert.deepEqual([seen.now.loading, seen.now.problem], [true, undefined]);
  waiting[1].answer({ balance: "92.20" });
  await settle();
  assert.deepEqual([seen.now.data, seen.now.problem], [{ balance: "92.20" }, undefined]);
});

test("a session without a token is a problem of its own, and asks nothing", async () => {
  const { client, waiting } = api(async () => Promise.reject(new Error("login_required")));
  const seen = await hook(useMe, client);
  assert.deepEqual([seen.now.loading, seen.now.problem.code, waiting.length], [false, "no_token", 0]);
});

test("a component that is tried twice, as in development, shows what it asks for", async () => {
  const { client, waiting } = api();
  const seen = await hook(useMe, client, undefined, { around: StrictMode });
  for (const request of waiting) request.answer({ id: "auth0|ann" });
  await settle();
  assert.deepEqual([seen.now.data, waiting.at(-1).request.signal.aborted], [{ id: "auth0|ann" }, false]);
});

test("a request ends with its component", async () => {
  const { client, waiting } = api();
  const seen = await hook(() => [useMe(), useAdminUsers()], client);
  const requests = waiting.map(({ request }) => request);
  assert.ok(requests.length === 2 && requests.every(({ signal }) => !signal.aborted));
  await seen.end();
  assert.ok(requests.every(({ signal }) => signal.aborted));
});

test("a change of filters starts a new list, ends the old request, and a late answer of it is dropped", async () => {
  const { client, waiting } = api();
  const seen = await hook(useAdminUsers, client, { status: "active" });
  const [old] = waiting.splice(0);
  await seen.again(client, { status: "suspended" });
  assert.equal(old.request.signal.aborted, true);
  assert.equal(waiting[0].url.searchParams.get("status"), "suspended");
  waiting[0].answer({ items: [user("new")], next_cursor: null });
  await settle();
  old.answer({ items: [user("old")], next_cursor: "old" });
  await settle();
  assert.deepEqual(ids(seen.now), ["new"]);
  assert.equal(seen.now.loadMore, undefined);
});

test("what was shown of other filters is gone at once", async () => {
  const { client, waiting } = api();
  const seen = await hook(useAdminUsers, client, { status: "active" });
  waiting[0].answer({ items: [user("old")], next_cursor: "2" });
  await settle();
  assert.deepEqual(ids(seen.now), ["old"]);
  await seen.again(client, { status: "suspended" });
  const answers = seen.all.filter(({ argument }) => argument.status === "suspended").map(({ answer }) => answer);
  assert.ok(answers.length > 0 && answers.every(({ items }) => items.length === 0));
  assert.deepEqual([seen.now.loading, seen.now.loadMore], [true, undefined]);
});

test("a page that was asked for by other filters is not added", async () => {
  const { client, waiting } = api();
  const seen = await hook(useAdminUsers, client, { status: "active" });
  waiting[0].answer({ items: [user("old")], next_cursor: "2" });
  await settle();
  await seen.do(({ loadMore }) => loadMore());
  await seen.again(client, { status: "suspended" });
  // A cursor may be the same in both.
  waiting[2].answer({ items: [user("new")], next_cursor: "2" });
  await settle();
  waiting[1].answer({ items: [user("old too")], next_cursor: "3" });
  await settle();
  assert.deepEqual(ids(seen.now), ["new"]);
});

test("pages follow each other, one that is asked for twice is shown once, and one that fails is asked for again", async () => {
  const { client, waiting } = api();
  const seen = await hook(useAdminUsers, client, { limit: 1 });
  waiting[0].answer({ items: [user("a")], next_cursor: "2" });
  await settle();
  await seen.do(({ loadMore }) => void (loadMore(), loadMore()));
  assert.equal(seen.now.loadingMore, true);
  const [, ...asked] = waiting;
  for (const request of asked) request.answer({ items: [user("b")], next_cursor: "3" });
  await settle();
  assert.deepEqual(ids(seen.now), ["a", "b"]);
  assert.ok(asked.every(({ url }) => url.search === "?limit=1&cursor=2"));
  await seen.do(({ loadMore }) => loadMore());
  waiting.at(-1).answer({ code: "internal_error", detail: "It is our fault.", status: 500 }, 500);
  await settle();
  assert.deepEqual([seen.now.problem.code, ids(seen.now)], ["internal_error", ["a", "b"]]);
  await seen.do(({ retry }) => retry());
  assert.equal(waiting.at(-1).url.search, "?limit=1&cursor=3");
  waiting.at(-1).answer({ items: [user("c")], next_cursor: null });
  await settle();
  assert.deepEqual([ids(seen.now), seen.now.loadMore, seen.now.problem], [["a", "b", "c"], undefined, undefined]);
});

test("filters that say the same are no new list", async () => {
  const { client, waiting } = api();
  const seen = await hook(useAdminUsers, client, { email: "a@x.io", status: "active" });
  waiting[0].answer({ items: [user("a")], next_cursor: null });
  await settle();
  await seen.again(client, { status: "active", cluster_id: undefined, account_owner_id: "", email: "a@x.io" });
  assert.deepEqual([ids(seen.now), waiting.length], [["a"], 1]);
});

test("useUsage asks for what it is grouped by, and one grouping is not shown as another", async () => {
  const { client, waiting } = api();
  const range = { start: "2025-10-24", end: "2026-11-27" };
  const seen = await hook((by) => useUsage(range, by, { scope: "account" }), client, "day,project");
  assert.equal(waiting[0].url.search, "?start=2025-10-24&end=2026-11-27&group_by=day%2Cproject&scope=account");
  waiting[0].answer({ groups: [{ date: "2026-11-27", project: "churn" }] });
  await settle();
  assert.equal(seen.now.data.groups[0].project, "churn");
  await seen.again(client, undefined);
  assert.deepEqual([seen.now.data, seen.now.loading], [undefined, true]);
  assert.equal(waiting[1].url.searchParams.has("group_by"), false);
});

test("useClusters tells how many wait", async () => {
  const { client, waiting } = api();
  const seen = await hook(useClusters, client);
  assert.equal(seen.now.waitingUsers, undefined);
  waiting[0].answer({ items: [{ id: "one" }], next_cursor: null, waiting_users: 3 });
  await settle();
  assert.deepEqual([ids(seen.now), seen.now.waitingUsers], [["one"], 3]);
});

test("several pages are asked for less often, in no more requests", async () => {
  const { client, waiting } = api();
  const seen = await hook((options) => useEvents({}, options), client, { every: 1000 });
  waiting[0].answer({ items: [{ id: "2" }], next_cursor: "2" });
  await settle();
  await seen.do(({ loadMore }) => loadMore());
  waiting[1].answer({ items: [{ id: "1" }], next_cursor: null });
  await settle();
  await pass(1999);
  assert.equal(waiting.length, 2);
  await pass(1);
  waiting[2].answer({ items: [{ id: "3" }], next_cursor: "3" });
  await settle();
  assert.equal(waiting[3].url.search, "?cursor=3");
  waiting[3].answer({ items: [{ id: "2" }, { id: "1" }], next_cursor: null });
  await settle();
  assert.deepEqual(ids(seen.now), ["3", "2", "1"]);
});

test("events are asked for again as they happen, until the API refuses", async () => {
  const { client, waiting } = api();
  const seen = await hook((options) => useEvents({}, options), client, { every: 1000 });
  waiting[0].answer({ items: [{ id: "1" }], next_cursor: null });
  await settle();
  await pass(1000);
  waiting[1].answer({ items: [{ id: "2" }, { id: "1" }], next_cursor: null });
  await settle();
  assert.deepEqual(ids(seen.now), ["2", "1"]);
  await pass(1000);
  waiting[2].answer(refusal, 403);
  await settle();
  for (let i = 0; i < 5; i += 1) await pass(1000);
  assert.deepEqual([waiting.length, seen.now.problem.code, ids(seen.now)], [3, "admin_only", ["2", "1"]]);
});
