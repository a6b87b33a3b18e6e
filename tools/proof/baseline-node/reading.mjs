// A batch of readings: how much users consumed on one source, and project, in one window.

import { Refusal } from "./answer.mjs";
import { claimsOf } from "./token.mjs";

const DAY_MS = 24 * 60 * 60 * 1000;
const QUANTITY = /^\d{1,6}(\.\d{1,6})?$/;

/** The machine that sends the batch, and its 1 to 1,000 readings, those that are refused with a code. */
export async function batchOf(event) {
  const machine = await claimsOf(event);
  if (!machine.sub.endsWith("@clients") || !machine.permissions?.includes("usage:write")) {
    throw new Refusal(403, "permission_missing", "The token lacks the permission usage:write.");
  }
  const { readings } = JSON.parse(event.body);
  if (!Array.isArray(readings) || readings.length < 1 || readings.length > 1000) {
    throw new Refusal(400, "invalid_body", "readings must hold 1 to 1,000 readings.");
  }
  return { machine, readings: readings.map((reading, index) => ({ ...reading, index, code: codeOf(reading) })) };
}

/** Why a reading is refused, as far as that can be told without the database. */
function codeOf({ source, user_id, project, window_start, window_end, cpu_hours, gpu_hours, storage_gb }) {
  const isName = (text) => typeof text === "string" && text.length >= 1 && text.length <= 200;
  const [start, end] = [Date.parse(window_start), Date.parse(window_end)];
  if (![source, user_id, project ?? "none"].every(isName) || !(start < end)) {
    return "invalid_reading";
  }
  if (![cpu_hours, gpu_hours, storage_gb].every((quantity) => QUANTITY.test(quantity))) {
    return "invalid_quantity";
  }
  if (Math.floor(start / DAY_MS) !== Math.floor((end - 1) / DAY_MS)) {
    return "window_across_days";
  }
  return end < Date.now() - 35 * DAY_MS ? "window_too_old" : start > Date.now() ? "window_in_future" : undefined;
}

/** What became of a batch: one result for each reading. */
export function recorded(results, exhausted_accounts) {
  const counts = { created: 0, unchanged: 0, revised: 0, rejected: 0 };
  results.forEach(({ result }) => (counts[result] += 1));
  return { ...counts, results, exhausted_accounts };
}
