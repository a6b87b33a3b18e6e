/** The back office's API, typed from `openapi.yaml`: signs each request, and makes a failure an exception. */

import createFetchClient from "openapi-fetch";

import type { components, paths } from "./api";

/** What the API refuses with: `code` is for programs, `detail` for people. */
export type Problem = components["schemas"]["Problem"];

export type ManagedUser = components["schemas"]["ManagedUser"];

export interface ClientOptions {
  /** Of the API, without a slash at its end. */
  readonly baseUrl: string;
  /** A fresh access token, such as Auth0's `getAccessTokenSilently`. Asked for before each request. */
  readonly token: () => Promise<string>;
  readonly fetch?: (request: Request) => Promise<Response>;
}

export type Client = ReturnType<typeof createClient>;

export function createClient({ baseUrl, token, fetch = globalThis.fetch }: ClientOptions) {
  // Lists answer as CSV too, to whoever asks for it by `Accept`: this client reads JSON.
  const client = createFetchClient<paths, "application/json">({ baseUrl, fetch, pathSerializer });
  client.use({
    async onRequest({ request }) {
      request.headers.set("authorization", `Bearer ${await token().catch(withoutToken)}`);
      return request;
    },
  });
  return client;
}

/**
 * An id as it stands in a path. The API's gateway decodes paths twice, and cuts them: only these characters arrive as they
 * were. An id with any other is written as `~` and the base64url of its UTF-8.
 */
export function inPath(id: string): string {
  if (/^(?!\.{1,2}$)[-0-9A-Za-z .:@_|\u{a0}-\u{10ffff}]+$/u.test(id)) return encodeURIComponent(id);
  const base64 = btoa(String.fromCharCode(...new TextEncoder().encode(id)));
  return `~${base64.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`;
}

/** So a caller gives ids as they are. */
function pathSerializer(path: string, ids: Record<string, unknown>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => inPath(String(ids[name])));
}

/** A failing answer. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";

  constructor(
    readonly problem: Problem,
    /** When to try again, if time mends it. */
    readonly retryAfterS?: number | undefined,
    options?: ErrorOptions,
  ) {
    super(problem.detail, options);
  }

  get code(): string {
    return this.problem.code;
  }
}

/** What `openapi-fetch` answers with. */
interface Answer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** The body of a success; throws an `ApiProblem` otherwise. */
export function unwrap<T>({ data, error, response }: Answer<T>): T {
  if (response.ok) {
    // Without a body (204), `T` is `undefined`.
    return data as T;
  }
  const retryAfterS = Number(response.headers.get("retry-after") ?? Number.NaN);
  throw new ApiProblem(isProblem(error) ? error : notOurs(response), Number.isNaN(retryAfterS) ? undefined : retryAfterS);
}

function isProblem(body: unknown): body is Problem {
  return typeof body === "object" && body !== null && "code" in body && "detail" in body;
}

/** The gateway before the functions fails in a form of its own. */
function notOurs(response: Response): Problem {
  const code = response.status === 401 ? "unauthorized" : "not_from_the_api";
  const problem = ownProblem(code, `The API's gateway answered ${response.status}.`, response.status, response.statusText);
  return { ...problem, request_id: response.headers.get("x-request-id") ?? "" };
}

function ownProblem(code: string, detail: string, status: number, title: string): Problem {
  return { type: "about:blank", title, status, code, detail, request_id: "" };
}

/** A `TypeError` is what `fetch` fails with: the network, and not the session. */
function withoutToken(cause: unknown): never {
  if (cause instanceof TypeError) throw cause;
  const problem = ownProblem("no_token", "There is no access token. Try again, or sign in again.", 401, "Unauthorized");
  throw new ApiProblem(problem, undefined, { cause });
}

/** Whatever a request failed with, as a problem: without an answer, it is `unreachable`. */
export function asProblem(cause: unknown): ApiProblem {
  if (cause instanceof ApiProblem) return cause;
  const problem = ownProblem("unreachable", "The API cannot be reached. Check the network and try again.", 0, "Unreachable");
  return new ApiProblem(problem, undefined, { cause });
}
