// POST /api/usage: up to 1,000 absolute readings, each with a result of its own.
//
// One upsert for each reading, one sum for each user and day that moved, one entry for each account. Who joins
// another team in this very moment may have her day billed to the account before: there is no lock for it.

import { answering, jsonBody, Refusal } from "./answer.mjs";
import { machineWith } from "./caller.mjs";
import { transaction } from "./database.mjs";
import { findDays, sumDay } from "./day.mjs";
import { chargeAccount, findExhausted, lockAccounts } from "./ledger.mjs";
import { dayOf, faultOf, storeReading } from "./reading.mjs";

export const handler = answering(async (event) => {
  const { sub } = await machineWith(event, "usage:write");
  const readings = jsonBody(event)?.readings;
  if (!Array.isArray(readings) || readings.length < 1 || readings.length > 1000) {
    throw new Refusal(400, "invalid_body", "readings must hold 1 to 1,000 readings.");
  }
  return transaction((db) => recordUsage(db, readings, sub));
});

async function recordUsage(db, readings, actor) {
  const faults = readings.map(faultOf);
  const days = await findDays(db, readings.filter((_, index) => !faults[index]));
  const accounts = [...new Set([...days.values()].filter((day) => !day.refusal).map((day) => day.account_owner_id))];
  await lockAccounts(db, accounts);

  const results = [];
  const moved = new Set();
  for (const [index, reading] of readings.entries()) {
    const day = faults[index] ? undefined : days.get(dayOf(reading));
    const code = faults[index] ?? day.refusal;
    const result = code ? "rejected" : await storeReading(db, reading);
    results.push(code ? { result, code } : { result });
    if (result === "created" || result === "revised") {
      moved.add(day);
    }
  }

  const changes = new Map(accounts.map((account) => [account, []]));
  for (const day of moved) {
    changes.get(day.account_owner_id).push(await sumDay(db, day));
  }
  for (const [account, days] of changes) {
    if (days.length > 0) {
      await chargeAccount(db, account, days, actor);
    }
  }
  return { ...counted(results), results, exhausted_accounts: await findExhausted(db, accounts) };
}

function counted(results) {
  const counts = { created: 0, unchanged: 0, revised: 0, rejected: 0 };
  for (const { result } of results) {
    counts[result] += 1;
  }
  return counts;
}
