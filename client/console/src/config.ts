/** What the console is told by the place that serves it: `config.json` beside `index.html`. */

export interface Config {
  readonly api_url: string;
  readonly auth0: { readonly domain: string; readonly client_id: string; readonly audience: string };
  /** Where credits are bought. */
  readonly buy_credits_url?: string;
  /** Whom users write to. */
  readonly contact?: string;
}

export async function loadConfig(): Promise<Config> {
  const response = await fetch("./config.json", { cache: "no-store" });
  if (!response.ok) throw new Error(`config.json: ${response.status}`);
  return (await response.json()) as Config;
}
