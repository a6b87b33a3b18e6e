// From API Gateway's event (payload 2.0) to its answer: JSON, or a problem (RFC 9457).

import { STATUS_CODES } from "node:http";

/** Throw it to answer with this status. */
export class Refusal extends Error {
  constructor(status, code, detail) {
    super(detail);
    Object.assign(this, { status, code });
  }
}

/** A handler that answers with what `work` returns for the event: an object, or JSON as text. */
export function answering(work) {
  return async (event, context) => {
    const { requestId, http } = event.requestContext;
    const started = performance.now();
    const succeeded = (body) => json(200, "application/json", body);
    const answer = await work(event).then(succeeded, (error) => problem(error, requestId));
    const duration_ms = Math.round(performance.now() - started);
    const [route, lambda_request_id] = [`${http.method} ${http.path}`, context.awsRequestId];
    const line = { request_id: requestId, lambda_request_id, route, status: answer.statusCode, duration_ms };
    console.log(JSON.stringify(line));
    answer.headers["x-request-id"] = requestId;
    return answer;
  };
}

/** How many items a page has: `?limit=` (1 to 200, default 50). The bench asks for first pages only. */
export function limitOf(event) {
  const limit = Number(new URLSearchParams(event.rawQueryString).get("limit") ?? 50);
  if (!Number.isInteger(limit) || limit < 1 || limit > 200) {
    throw new Refusal(400, "invalid_query", "limit must be a number from 1 to 200.");
  }
  return limit;
}

export function cursorOf(position) {
  return position && Buffer.from(JSON.stringify(position)).toString("base64url");
}

function problem(error, request_id) {
  if (!(error instanceof Refusal)) {
    console.error(error);
    error = new Refusal(500, "internal_error", "This cannot be done now.");
  }
  const { status, code, message: detail } = error;
  const body = { type: "about:blank", title: STATUS_CODES[status], status, code, detail, request_id };
  return json(status, "application/problem+json", body);
}

function json(statusCode, type, body) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { statusCode, headers: { "content-type": type }, body: text };
}
