// Pages of a list: newest first, `?limit=` (1 to 200, default 50) and an opaque `?cursor=`.

import { Refusal } from "./answer.mjs";

/** How many, and the time and id after which they come, or nulls. */
export function windowOf(event) {
  const query = new URLSearchParams(event.rawQueryString);
  const limit = Number(query.get("limit") ?? 50);
  if (!Number.isInteger(limit) || limit < 1 || limit > 200) {
    throw new Refusal(400, "invalid_query", "limit must be a number from 1 to 200.");
  }
  const cursor = query.get("cursor");
  return { limit, after: cursor ? read(cursor) : [null, null] };
}

/**
 * The answer, from rows of which one more was asked for than the page holds. `position` is `created_at` as text:
 * a Date would lose the microseconds.
 */
export function pageOf(rows, limit, described) {
  const items = rows.slice(0, limit);
  const last = rows.length > limit ? items.at(-1) : null;
  return { items: items.map(described), next_cursor: last && written([last.position, last.id]) };
}

function written(after) {
  return Buffer.from(JSON.stringify(after)).toString("base64url");
}

function read(cursor) {
  try {
    const [position, id] = JSON.parse(Buffer.from(cursor, "base64url").toString());
    if (!Number.isNaN(Date.parse(position)) && typeof id === "string") {
      return [position, id];
    }
  } catch {
    // Refused like one that parses and says nothing.
  }
  throw new Refusal(400, "invalid_query", "cursor must be the next_cursor of a page.");
}
