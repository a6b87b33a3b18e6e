// POST /api/usage: up to 1,000 absolute readings, each with a result of its own.

import { answering } from "../answer.mjs";
import { batchOf, recorded } from "../reading.mjs";
import { call, callerOf } from "./call.mjs";

export const handler = answering(async (event) => {
  const { machine, readings } = await batchOf(event);
  const input = { readings: readings.filter(({ code }) => !code) };
  const { answer } = await call("app.record_usage", { caller: callerOf(event, machine, "machine"), input }, "answer");
  const results = readings.map(({ code }) => ({ result: "rejected", code }));
  for (const { index, ...result } of answer.results) {
    results[index] = result;
  }
  return recorded(results, answer.exhausted_accounts);
});
