//! A question from its arrival to its answer, with what goes wrong in between.

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex},
};

use axum::{
    extract::Request,
    http::header::{AUTHORIZATION, WWW_AUTHENTICATE},
    response::Response,
};
use chrono::{DateTime, Utc};
use fastrand::Rng;

use super::{
    allocation::{Allocation, IDLE},
    hours::{Hours, Step, Used},
    odd::{Odd, json, of_kind},
    pieces::Pieces,
    query::Query,
};
use crate::{
    lock::lock,
    stand_in::{faults::Fault, plan::Plan},
};

const PATHS: [&str; 2] = ["/allocation", "/allocation/compute"];
const NOTHING_TO_ACCUMULATE: &str = r#"{"code":500,"data":null,"message":"Error: error accumulating by all: error accumulating: AllocationSetRange has empty AssetSet in accumulation"}"#;

#[derive(Default)]
pub struct Server {
    pub hours: Hours,
    /// What is asked for by a gateway before it.
    pub token: Option<String>,
    pub plan: Plan,
    /// Odd answers: of hours, and how many times of whatever is asked next.
    pub odd: BTreeMap<DateTime<Utc>, Odd>,
    pub next_odd: Vec<(usize, Odd)>,
    pub random: Option<(Rng, u32)>,
    /// When the windows began that were asked for.
    pub requests: Vec<DateTime<Utc>>,
}

impl Server {
    /// What is odd about the next answer, whatever it is of.
    fn next_odd(&mut self) -> Option<Odd> {
        let (times, odd) = self.next_odd.first_mut()?;
        *times = times.saturating_sub(1);
        let (is_last, odd) = (*times == 0, odd.clone());
        if is_last {
            self.next_odd.remove(0);
        }
        Some(odd)
    }

    /// What goes wrong by chance: with the connection, or with the answer.
    fn at_random(&mut self) -> (Option<Fault>, Option<Odd>) {
        let Some((rng, per_mille)) = &mut self.random else { return (None, None) };
        if rng.u32(..1000) >= *per_mille {
            (None, None)
        } else if rng.bool() {
            (Some(Fault::passing(rng)), None)
        } else {
            (None, Some(Odd::passing(rng)))
        }
    }

    fn answer(&self, query: &Query, next_odd: Option<&Odd>) -> Response {
        let odd_of = |step: &Step| next_odd.or_else(|| self.odd.get(&step.start));
        if let Some(instead) = query.steps.iter().filter_map(odd_of).find_map(Odd::instead) {
            return instead;
        }
        let (mut steps, mut is_cut) = (Vec::new(), false);
        for step in &query.steps {
            let odd = odd_of(step);
            if query.accumulates && odd.is_none() && self.hours.within(*step).is_empty() {
                return json(500, NOTHING_TO_ACCUMULATE);
            }
            steps.push(self.step(*step, query, odd));
            if odd == Some(&Odd::TwoSteps) {
                let next = Step { start: step.end, end: step.end + (step.end - step.start) };
                steps.push(self.step(next, query, None));
            }
            is_cut |= odd == Some(&Odd::Cut);
        }
        let body = format!("{{\"code\":200,\"data\":[{}]}}\n", steps.join(","));
        if is_cut { json(200, Pieces::half(body)) } else { json(200, body) }
    }

    /// A step without anything is empty, or with idle nothing at all.
    fn step(&self, step: Step, query: &Query, odd: Option<&Odd>) -> String {
        let used = self.hours.within(step);
        let mut allocations: Vec<_> = used.iter().map(|(name, used)| Allocation::new(name, *used, step)).collect();
        if let Some(odd) = odd {
            odd.distort(&mut allocations, step);
        }
        if odd == Some(&Odd::NullStep) || query.includes_idle && allocations.is_empty() {
            return "null".to_owned();
        }
        if query.includes_idle {
            allocations.insert(0, Allocation::new(IDLE, Used::default(), step));
        }
        let before = step.start - (step.end - step.start);
        let is_before = odd == Some(&Odd::OtherWindow);
        let window = if is_before { Step { start: before, end: step.start } } else { step };
        let mut members = String::new();
        for allocation in allocations {
            members.push_str(if members.is_empty() { "" } else { "," });
            allocation.write(window, query.by_cluster, &mut members);
        }
        format!("{{{members}}}")
    }
}

/// Fails where the client gets no answer.
pub async fn answer(server: Arc<Mutex<Server>>, request: Request) -> io::Result<Response> {
    let (method, path) = (request.method().as_str(), request.uri().path());
    let query = Query::parse(request.uri().query().unwrap_or_default());
    let authorization = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (course, is_let_in, odd) = {
        let mut server = lock(&server);
        server.requests.extend(query.as_ref().map(|query| query.window.start));
        let mut course = server.plan.course(method, path);
        let (fault, odd) = server.at_random();
        course.fault = course.fault.or(fault);
        let token = server.token.as_ref().map(|token| format!("Bearer {token}"));
        let is_let_in = token.is_none() || token.as_deref() == authorization;
        // One that a test has counted is kept for an answer that comes.
        let counted = if is_let_in && course.fault.is_none() { server.next_odd() } else { None };
        let odd = match course.fault {
            Some(Fault::EmptyList) => Some(Odd::NoSteps),
            _ => counted.or(odd),
        };
        (course, is_let_in, odd)
    };
    let is_known = PATHS.contains(&path);
    let is_get = method == "GET";
    let answered = async move {
        match query {
            _ if !is_let_in => unauthorized(),
            _ if !is_known => of_kind(404, "text/plain; charset=utf-8", "404 page not found\n"),
            _ if !is_get => of_kind(405, "text/plain; charset=utf-8", "Method Not Allowed\n"),
            Err(refusal) => of_kind(400, "text/plain; charset=utf-8", refusal),
            Ok(query) => lock(&server).answer(&query, odd.as_ref()),
        }
    };
    course.run(answered).await
}

fn unauthorized() -> Response {
    let mut response = of_kind(401, "text/plain; charset=utf-8", "Unauthorized\n");
    response.headers_mut().insert(WWW_AUTHENTICATE, "Bearer".parse().expect("a header"));
    response
}
