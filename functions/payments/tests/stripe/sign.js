// Signs as Stripe does, by its own library: a list of `{ payload, secret, timestamp }` comes in, the headers go out.

const { readFileSync } = require('node:fs');
const { Stripe } = require('stripe');

const { webhooks } = new Stripe('sk_test_of_nobody');
const headers = JSON.parse(readFileSync(0, 'utf8')).map((message) => webhooks.generateTestHeaderString(message));
process.stdout.write(JSON.stringify(headers));
