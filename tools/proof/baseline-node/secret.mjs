// What the functions keep in Secrets Manager, read once while an instance starts.

import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

const secrets = new SecretsManagerClient();
const found = await secrets.send(new GetSecretValueCommand({ SecretId: process.env.APP_SECRET_ID }));

export const secret = JSON.parse(found.SecretString);
