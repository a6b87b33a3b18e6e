// What the functions keep in Secrets Manager, read once while an instance starts, and the connection to the database:
// one for each instance, through the transaction pooler, kept between requests.

import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import pg from "pg";

const secrets = new SecretsManagerClient();
const found = await secrets.send(new GetSecretValueCommand({ SecretId: process.env.APP_SECRET_ID }));

export const secret = JSON.parse(found.SecretString);

export const pool = new pg.Pool({
  connectionString: secret.database_url,
  ssl: secret.database_ca ? { ca: secret.database_ca } : undefined,
  max: 1,
  idleTimeoutMillis: 0,
  keepAlive: true,
  connectionTimeoutMillis: 5_000,
  query_timeout: 5_000,
});

// Without a listener a connection that dies while nobody uses it would end the process.
pool.on("error", (error) => console.error("an idle connection:", error.message));
