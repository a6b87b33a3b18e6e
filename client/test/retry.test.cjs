/** What the hooks ask again by themselves, and what they never do twice. */

const assert = require("node:assert/strict");
const { test } = require("node:test");

const hooks = require("../out/src/index.js");
const { api, hook, pass, settle } = require("./api.cjs");

const { useAdjustCredits, useAdminUser, useAdminUsers, useCredits, useInvite } = hooks;
const { useMe, useRemoveMember, useStatementFile, useUpdateUser } = hooks;

const problem = (status) => ({ code: "busy", detail: "Try again.", status });
const correction = { user_id: "auth0|ann", amount: "5.00", reason: "a gift" };
const keyOf = ({ request }) => request.headers.get("idempotency-key");

test("what time mends is asked again when the API says so, and not before", async () => {
  for (const status of [429, 500, 503]) {
    const { client, waiting } = api();
    const seen = await hook(useMe, client);
    waiting[0].answer(problem(status), status, { "retry-after": "7" });
    await settle();
    assert.deepEqual([seen.now.loading, seen.now.problem.message], [true, "Try again."]);
    await pass(6999);
    assert.equal(waiting.length, 1);
    await pass(1);
    waiting[1].answer({ id: "auth0|ann" });
    await settle();
    assert.deepEqual([seen.now.data, seen.now.loading, seen.now.problem], [{ id: "auth0|ann" }, false, undefined]);
  }
});

test("a network that fails, or a gateway that is busy, is tried three times more", async () => {
  for (const failing of [(request) => request.fail(), (request) => request.answer({ message: "busy" }, 503)]) {
    const { client, waiting } = api();
    const seen = await hook(useAdminUsers, client);
    for (const [attempt, wait] of [1000, 2000, 4000].entries()) {
      failing(waiting[attempt]);
      await settle();
      await pass(wait - 1);
      assert.equal(waiting.length, attempt + 1);
      await pass(1);
      assert.equal(waiting.length, attempt + 2);
    }
    failing(waiting[3]);
    await settle();
    await pass(60_000);
    assert.deepEqual([waiting.length, seen.now.loading], [4, false]);
    assert.ok(["unreachable", "not_from_the_api"].includes(seen.now.problem.code));
  }
});

test("nothing else is asked again, nor what would let people wait for long", async () => {
  for (const [status, headers] of [[400], [401], [403], [404], [409], [500], [502], [504], [503, { "retry-after": "31" }]]) {
    const { client, waiting } = api();
    const seen = await hook(useMe, client);
    waiting[0].answer(problem(status), status, headers);
    await settle();
    await pass(60_000);
    assert.deepEqual([waiting.length, seen.now.loading, seen.now.problem.code], [1, false, "busy"], String(status));
  }
});

test("an action answers what came of it, and what is shown is asked for again", async () => {
  const { client, waiting } = api();
  const seen = await hook(() => ({ users: useAdminUsers(), update: useUpdateUser() }), client);
  waiting[0].answer({ items: [{ id: "a/b", status: "active" }], next_cursor: null });
  await settle();
  const done = await seen.do(({ update }) => [update.run({ id: "a/b", changes: { status: "suspended" } })]);
  assert.equal(seen.now.update.running, true);
  const { request, url, body } = waiting[1];
  assert.deepEqual([request.method, url.pathname, body], ["PATCH", "/api/admin/users/~YS9i", { status: "suspended" }]);
  assert.equal(request.headers.has("if-match"), false);
  waiting[1].answer({ id: "a/b", status: "suspended" });
  await settle();
  assert.deepEqual(await done[0], { id: "a/b", status: "suspended" });
  waiting[2].answer({ items: [{ id: "a/b", status: "suspended" }], next_cursor: null });
  await settle();
  assert.deepEqual([seen.now.update.running, seen.now.users.items[0].status], [false, "suspended"]);
});

test("an action that is refused does not reject: it has a problem until it is forgotten or done", async () => {
  const { client, waiting } = api();
  const seen = await hook(useRemoveMember, client);
  const [refused] = await seen.do(({ run }) => [run("auth0|bob")]);
  waiting[0].answer(problem(409), 409);
  await settle();
  assert.equal(await refused, undefined);
  assert.deepEqual([seen.now.problem.message, seen.now.running], ["Try again.", false]);
  await seen.do(({ reset }) => reset());
  assert.equal(seen.now.problem, undefined);
  const [done] = await seen.do(({ run }) => [run("auth0|bob")]);
  waiting[1].done();
  await settle();
  assert.equal(await done, true);
});

test("the problem of one user's action is not shown to another", async () => {
  const [first, second] = [api(), api()];
  const seen = await hook(useRemoveMember, first.client);
  await seen.do(({ run }) => [run("auth0|bob")]);
  first.waiting[0].answer(problem(409), 409);
  await settle();
  await seen.again(second.client);
  assert.equal(seen.now.problem, undefined);
});

test("money moves under one key for each intention, however often it is tried", async () => {
  const { client, waiting } = api();
  const seen = await hook(useAdjustCredits, client);
  await seen.do(({ run }) => [run(correction)]);
  for (const attempt of [0, 1, 2, 3]) {
    waiting[attempt].fail();
    await settle();
    await pass(4000);
  }
  assert.equal(seen.now.problem.code, "unreachable");
  const [again] = await seen.do(({ run }) => [run({ ...correction })]);
  waiting[4].answer({ seq: 2 }, 201);
  await settle();
  assert.deepEqual(await again, { seq: 2 });
  assert.ok(keyOf(waiting[0]).length >= 32);
  assert.deepEqual(new Set(waiting.map(keyOf)).size, 1);
  assert.deepEqual(waiting[4].body, correction);

  await seen.do(({ run }) => [run(correction)]);
  await seen.do(({ run }) => [run({ ...correction, amount: "6.00" })]);
  assert.equal(new Set(waiting.map(keyOf)).size, 3, "the same once more, and something else");
});

test("what has no key is not done again after an answer that was lost, but when the API says that it was not done", async () => {
  const lost = api();
  const seen = await hook(useInvite, lost.client);
  await seen.do(({ run }) => [run("carl@example.com")]);
  lost.waiting[0].fail();
  await settle();
  await pass(60_000);
  assert.deepEqual([lost.waiting.length, seen.now.problem.code, seen.now.running], [1, "unreachable", false]);

  const busy = api();
  const other = await hook(useInvite, busy.client);
  const [invited] = await other.do(({ run }) => [run("carl@example.com")]);
  busy.waiting[0].answer(problem(503), 503, { "retry-after": "2" });
  await settle();
  await pass(2000);
  busy.waiting[1].answer({ token: "t" }, 201);
  await settle();
  assert.deepEqual(await invited, { token: "t" });
});

test("a user who has changed meanwhile is not overwritten", async () => {
  const { client, waiting } = api();
  const seen = await hook(() => ({ user: useAdminUser("auth0|ann"), update: useUpdateUser() }), client);
  waiting[0].answer({ id: "auth0|ann", name: "Ann" }, 200, { etag: '"1"' });
  await settle();
  assert.deepEqual([seen.now.user.data.name, seen.now.user.etag], ["Ann", '"1"']);
  await seen.do(({ update, user }) => [update.run({ id: "auth0|ann", changes: { is_admin: true }, etag: user.etag })]);
  assert.equal(waiting[1].request.headers.get("if-match"), '"1"');
});

test("a statement comes as the file that the API sends, also after a lost answer, and nothing else is asked for again", async () => {
  const { client, waiting } = api();
  const seen = await hook(() => ({ credits: useCredits(), file: useStatementFile() }), client);
  waiting[0].answer({ balance: "92.20" });
  await settle();
  const [file] = await seen.do(({ file }) => [file.run("2026-11")]);
  waiting[1].fail();
  await settle();
  await pass(8000);
  const { request, url } = waiting[2];
  assert.deepEqual([url.pathname, request.headers.get("accept")], ["/api/credits/statements/2026-11", "text/csv"]);
  waiting[2].answer("month,amount");
  await settle();
  assert.equal(await (await file).text(), JSON.stringify("month,amount"));
  assert.equal(waiting.length, 3);
});
