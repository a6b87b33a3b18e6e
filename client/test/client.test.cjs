/** The client, compiled: how it writes what it asks. */

const assert = require("node:assert/strict");
const { test } = require("node:test");

const { inPath } = require("../out/src/index.js");
const { api, settle } = require("./api.cjs");

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
