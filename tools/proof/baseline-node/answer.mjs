// From API Gateway's event (payload 2.0) to its answer: JSON, or a problem (RFC 9457).

import { STATUS_CODES } from "node:http";

/** Throw it to answer with this status. */
export class Refusal extends Error {
  constructor(status, code, detail) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

/** A handler that answers with what `work` returns for the event. */
export function answering(work) {
  return async (event, context) => {
    const { requestId, http } = event.requestContext;
    const started = performance.now();
    const answer = await answerOf(work, event, requestId);
    console.log(
      JSON.stringify({
        request_id: requestId,
        lambda_request_id: context.awsRequestId,
        route: `${http.method} ${http.path}`,
        status: answer.statusCode,
        duration_ms: Math.round(performance.now() - started),
      }),
    );
    answer.headers["x-request-id"] = requestId;
    return answer;
  };
}

async function answerOf(work, event, requestId) {
  try {
    return json(200, "application/json", await work(event));
  } catch (error) {
    return problem(error, requestId);
  }
}

/** The body as it came, which is what was signed. */
export function rawBody(event) {
  const body = event.body ?? "";
  return event.isBase64Encoded ? Buffer.from(body, "base64").toString() : body;
}

export function jsonBody(event) {
  try {
    return JSON.parse(rawBody(event));
  } catch {
    throw new Refusal(400, "invalid_body", "The body must be JSON.");
  }
}

function problem(error, requestId) {
  const { status, code } = kindOf(error);
  if (status >= 500) {
    console.error(error);
  }
  return json(status, "application/problem+json", {
    type: "about:blank",
    title: STATUS_CODES[status],
    status,
    code,
    detail: error instanceof Refusal ? error.message : "This cannot be done right now.",
    request_id: requestId,
  });
}

function kindOf(error) {
  if (error instanceof Refusal) {
    return error;
  }
  // PostgreSQL's unique_violation: an address, or a user who was made in this very moment.
  return error.code === "23505" ? { status: 409, code: "conflict" } : { status: 500, code: "internal_error" };
}

function json(statusCode, type, body) {
  return { statusCode, headers: { "content-type": type }, body: JSON.stringify(body) };
}
