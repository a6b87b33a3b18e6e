//! What the first users have used: readings of whole days that look like work.

use chrono::{Datelike, NaiveDate};
use serde_json::{Value, json};

/// How long Ann and Bob have worked.
pub const DAYS: u32 = 400;
const SOURCE: &str = "demo.hops.example";

/// A project, the first and the last of the days on which it is worked on, and what a usual day takes of it.
struct Project {
    name: &'static str,
    days: [u32; 2],
    cpu_tenths: u32,
    gpu_tenths: u32,
    storage_gb: u32,
}

const PROJECTS: [Project; 4] = [
    Project { name: "churn-model", days: [0, DAYS], cpu_tenths: 40, gpu_tenths: 0, storage_gb: 80 },
    Project { name: "fraud-features", days: [60, DAYS], cpu_tenths: 25, gpu_tenths: 0, storage_gb: 200 },
    Project { name: "image-search", days: [0, 290], cpu_tenths: 8, gpu_tenths: 4, storage_gb: 120 },
    Project { name: "recommendations", days: [150, DAYS], cpu_tenths: 15, gpu_tenths: 3, storage_gb: 60 },
];

/// The readings of a day, counted from the first one, of an owner and a member who works half as much.
pub fn of_the_team(number: u32, day: NaiveDate, owner: &str, member: &str) -> Vec<Value> {
    let at_weekends = if day.weekday().number_from_monday() > 5 { 3 } else { 1 };
    let mut readings = Vec::new();
    for (place, project) in (0..).zip(PROJECTS) {
        if !(project.days[0]..project.days[1]).contains(&number) {
            continue;
        }
        for (user, share) in [(owner, 1), (member, 2)] {
            let varied = 5 + (day.num_days_from_ce().unsigned_abs() * 7 + place * 5 + share * 3) % 11;
            let tenths = |usual: u32| usual * varied / 10 / share / at_weekends;
            let storage_gb = project.storage_gb / share + number / 10;
            readings.push(reading(
                [user, project.name],
                day,
                [tenths(project.cpu_tenths), tenths(project.gpu_tenths)],
                storage_gb,
            ));
        }
    }
    readings
}

/// Ten hours of a processor.
pub fn of_a_day(user: &str, day: NaiveDate) -> Value {
    reading([user, "first-steps"], day, [100, 0], 0)
}

fn reading([user, project]: [&str; 2], day: NaiveDate, [cpu_tenths, gpu_tenths]: [u32; 2], storage_gb: u32) -> Value {
    let hours = |tenths: u32| format!("{}.{}", tenths / 10, tenths % 10);
    json!({
        "source": SOURCE,
        "user_id": user,
        "project": project,
        "window_start": format!("{day}T00:00:00Z"),
        "window_end": format!("{}T00:00:00Z", day.succ_opt().unwrap_or(day)),
        "cpu_hours": hours(cpu_tenths),
        "gpu_hours": hours(gpu_tenths),
        "storage_gb": storage_gb.to_string(),
    })
}
