/** What is asked by GET, its key, and when it is asked again. */

import type { paths } from "../api";
import { ApiProblem, asProblem, type Client, unwrap } from "../client";

type Json = { responses: { 200: { content: { "application/json": unknown } } } };

/** The addresses that answer a GET. */
export type Path = { [P in keyof paths]: paths[P] extends { get: Json } ? P : never }[keyof paths];
type Get<P extends Path> = paths[P]["get"] & Json;
export type Answer<P extends Path> = Get<P>["responses"][200]["content"]["application/json"];

type Page = { readonly items: readonly unknown[]; readonly next_cursor: string | null };
export type ListPath = { [P in Path]: Answer<P> extends Page ? P : never }[Path];
export type PageOf<P extends ListPath> = Answer<P> & Page;
export type Item<P extends ListPath> = PageOf<P>["items"][number];

type QueryOf<P extends Path> = paths[P]["get"] extends { parameters: { query?: infer Q } } ? NonNullable<Q> : never;

/** What may be asked for. Nothing said, `undefined` and an empty text are the same. */
export type Filters<P extends Path> = {
  readonly [K in Exclude<keyof QueryOf<P>, "cursor">]?: QueryOf<P>[K] | undefined;
};

type Ids<P extends Path> = paths[P]["get"] extends { parameters: { path: infer I } } ? { path: I } : { path?: undefined };

export type Question<P extends Path> = Readonly<Ids<P>> & { readonly query?: Filters<P> };

/** A question as it stands in its key: the same, whatever way it is said. */
export function normalise<P extends Path>({ path, query }: Question<P>) {
  const said = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return { path: path as object | undefined, query: Object.fromEntries(said) };
}

export type Asked = ReturnType<typeof normalise>;

/** Asks. The key is made of the same two, so that no answer stands under the key of another question. */
export async function ask<P extends Path>(client: Client, path: P, asked: Asked, signal: AbortSignal): Promise<Answer<P>> {
  const request = { params: asked, signal } as never;
  return unwrap(await orProblem(client.GET(path as never, request), signal)) as Answer<P>;
}

/** Fails with nothing but a problem, unless nobody waits any more. */
export function orProblem<T>(answer: Promise<T>, signal?: AbortSignal): Promise<T> {
  return answer.catch((error: unknown) => {
    throw signal?.aborted ? error : asProblem(error);
  });
}

/** Nobody waits longer: the problem stays, and whoever reads it may try again. */
const LONGEST_S = 30;
const ATTEMPTS = 3;

function isWorthWaiting({ code, problem, retryAfterS }: ApiProblem): boolean {
  if (retryAfterS !== undefined) return retryAfterS <= LONGEST_S;
  return code === "unreachable" || problem.status === 429 || problem.status === 503;
}

/** What is asked again by itself: only what time mends. */
export const again = {
  networkMode: "always",
  retry: (failures: number, error: Error) => failures < ATTEMPTS && error instanceof ApiProblem && isWorthWaiting(error),
  retryDelay: (failures: number, error: Error) => 1000 * (retryAfterS(error) ?? 2 ** failures),
} as const;

/** An action that is not safe to repeat: only if the API says when, because then it has not been done. */
export const againIfAsked = {
  ...again,
  retry: (failures: number, error: Error) => retryAfterS(error) !== undefined && again.retry(failures, error),
} as const;

function retryAfterS(error: Error): number | undefined {
  return error instanceof ApiProblem ? error.retryAfterS : undefined;
}
