//! The pages that the issuer shows.

use axum::response::{Html, IntoResponse, Response};
use serde_json::{Value, json};

use super::web_app::Person;

/// Where somebody says who they are.
pub fn login(people: &[Person]) -> Response {
    let button = |person: &Person| {
        let (email, name) = (escaped(&person.email), escaped(person.name.as_deref().unwrap_or(&person.email)));
        format!(r#"<p><button name="email" value="{email}">{name}</button></p>"#)
    };
    let buttons: String = people.iter().map(button).collect();
    page(
        "Sign in",
        &format!(
            r#"<p>This page stands in for Auth0 on this machine. There are no passwords.</p>
<form method="post">{buttons}</form>
<form method="post">
<p><label for="email">Another address</label><br><input id="email" name="email" type="email" autocomplete="off" required></p>
<p><button>Sign in</button></p>
</form>"#
        ),
    )
}

/// What is wrong with a request that nobody can be sent back from.
pub fn refusal(why: &str) -> Response {
    page("This does not work", &format!("<p>{}</p>", escaped(why)))
}

/// Tells the window that has opened this one, or the page around it.
pub fn message(origin: &str, answer: &Value) -> Response {
    let message = json!({ "type": "authorization_response", "response": answer });
    // Nothing in it ends the script.
    let [message, origin] = [message, json!(origin)].map(|value| value.to_string().replace('<', "\\u003c"));
    page("Signing in", &format!("<script>(window.opener ?? window.parent).postMessage({message}, {origin})</script>"))
}

fn page(title: &str, body: &str) -> Response {
    const STYLE: &str = ":root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif } \
                         body { max-width: 22rem; margin: 4rem auto; padding: 0 1rem } \
                         button, input { font: inherit; padding: .5rem .75rem; width: 100%; box-sizing: border-box }";
    let html = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><link rel=\"icon\" href=\"data:,\"><style>{STYLE}</style></head>\n\
         <body><main><h1>{title}</h1>\n{body}\n</main></body></html>\n"
    );
    ([("cache-control", "no-store")], Html(html)).into_response()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
