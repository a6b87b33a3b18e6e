// Calls a SQL function as ours do: one statement by the simple protocol, which is one round trip.

import pg from "pg";

import { Refusal } from "../answer.mjs";
import { pool } from "../secret.mjs";

// Connected before the first request comes.
(await pool.connect()).release();

/** The first row of what is selected from the function's answer, `answer`, a jsonb. */
export async function call(name, args, selected) {
  const json = pg.escapeLiteral(JSON.stringify(args));
  try {
    return (await pool.query(`select ${selected} from ${process.env.RELEASE_SCHEMA}.${name}(${json}) answer`)).rows[0];
  } catch (error) {
    // The functions refuse with AP and the status.
    const status = /^AP(\d{3})$/.exec(error.code ?? "")?.[1];
    throw status ? new Refusal(Number(status), error.message, error.detail) : error;
  }
}
