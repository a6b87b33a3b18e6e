//! The authorization table: each route with the status that each kind of caller gets.

use std::{collections::BTreeMap, str::SplitWhitespace};

use crate::callers::Caller;

/// `User` owns an account without a team, `Owner` one with a team.
#[rustfmt::skip]
const TABLE: &str = "
                                                                nobody forger stranger user member owner suspended suspendedmember deleted admin machine meter cashier
POST   /api/auth/sync-user                                         401    401      200  200    200   200       200             403     403   200     403   403     403
POST   /api/auth/me                                                401    401      200  200    200   200       200             403     403   200     403   403     403
GET    /api/auth/me                                                401    401      403  200    200   200       200             200     403   200     403   403     403
DELETE /api/auth/me                                                401    401      403  204    204   409       403             403     204   204     403   403     403
PATCH  /api/auth/me                                                401    401      403  200    200   200       403             403     403   200     403   403     403

GET    /api/admin/users                                            401    401      403  403    403   403       403             403     403   200     403   403     403
GET    /api/admin/users/{id}                                       401    401      403  403    403   403       403             403     403   200     403   403     403
PATCH  /api/admin/users/{id}                                       401    401      403  403    403   403       403             403     403   200     403   403     403
POST   /api/admin/users/{id}/erase                                 401    401      403  403    403   403       403             403     403   200     403   403     403
GET    /api/admin/audit-log                                        401    401      403  403    403   403       403             403     403   200     403   403     403
GET    /api/admin/events                                           401    401      403  403    403   403       403             403     403   200     403   403     403
GET    /api/admin/invariants                                       401    401      403  403    403   403       403             403     403   200     403   403     403

POST   /api/clusters/assign                                        401    401      403  200    200   200       403             403     403   200     403   403     403
DELETE /api/clusters/assign/{user_id}                              401    401      403  403    403   403       403             403     403   200     403   403     403
GET    /api/admin/hopsworks-clusters                               401    401      403  403    403   403       403             403     403   200     403   403     403
POST   /api/admin/hopsworks-clusters                               401    401      403  403    403   403       403             403     403   201     403   403     403
GET    /api/admin/hopsworks-clusters/{id}                          401    401      403  403    403   403       403             403     403   200     403   403     403
PATCH  /api/admin/hopsworks-clusters/{id}                          401    401      403  403    403   403       403             403     403   200     403   403     403
POST   /api/admin/hopsworks-clusters/{id}/check                    401    401      403  403    403   403       403             403     403   200     403   403     403
GET    /api/admin/hopsworks-accounts                               401    401      403  403    403   403       403             403     403   200     403   403     403
POST   /api/admin/hopsworks-accounts/{id}/retry                    401    401      403  403    403   403       403             403     403   200     403   403     403
GET    /api/clusters                                               401    401      403  200    200   200       403             403     403   200     403   403     403
POST   /api/clusters                                               401    401      403  201    201   201       403             403     403   201     403   403     403
GET    /api/clusters/{id}                                          401    401      403  200    200   200       403             403     403   200     403   403     403
PATCH  /api/clusters/{id}                                          401    401      403  200    200   200       403             403     403   200     403   403     403
DELETE /api/clusters/{id}                                          401    401      403  204    204   204       403             403     403   204     403   403     403

GET    /api/team/invites                                           401    401      403  200    403   200       403             403     403   200     403   403     403
POST   /api/team/invites                                           401    401      403  201    403   201       403             403     403   201     403   403     403
DELETE /api/team/invites/{id}                                      401    401      403  204    403   204       403             403     403   204     403   403     403
POST   /api/team/invites/accept                                    401    401      403  200    409   409       403             403     403   200     403   403     403
GET    /api/team/members                                           401    401      403  200    403   200       403             403     403   200     403   403     403
DELETE /api/team/members/{user_id}                                 401    401      403  404    204   204       403             403     403   204     403   403     403

GET    /api/credits                                                401    401      403  200    403   200       200             403     403   200     403   403     403
GET    /api/credits/transactions                                   401    401      403  200    403   200       200             403     403   200     403   403     403
GET    /api/credits/statements/{month}                             401    401      403  200    403   200       200             403     403   200     403   403     403
POST   /api/credits/purchases                                      401    401      403  403    403   403       403             403     403   201     403   403     201
POST   /api/credits/adjustments                                    401    401      403  403    403   403       403             403     403   201     403   403     403
POST   /api/payments/stripe                                        401    401      401  401    401   401       401             401     401   401     401   401     401
GET    /api/admin/parked-payments                                  401    401      403  403    403   403       403             403     403   200     403   403     403
POST   /api/admin/parked-payments/{id}/resolve                     401    401      403  403    403   403       403             403     403   200     403   403     403
GET    /api/credits/policy                                         401    401      403  200    403   200       200             403     403   200     403   403     403
PUT    /api/credits/policy                                         401    401      403  200    403   200       403             403     403   200     403   403     403
GET    /api/admin/credit-policy                                    401    401      403  403    403   403       403             403     403   200     403   403     403
PUT    /api/admin/credit-policy                                    401    401      403  403    403   403       403             403     403   200     403   403     403

GET    /api/usage                                                  401    401      403  200    200   200       200             403     403   200     403   403     403
POST   /api/usage                                                  401    401      403  403    403   403       403             403     403   403     403   200     403
GET    /api/admin/rates                                            401    401      403  403    403   403       403             403     403   200     403   403     403
GET    /api/rates                                                  401    401      403  200    200   200       200             403     403   200     403   403     403
POST   /api/admin/rates                                            401    401      403  403    403   403       403             403     403   201     403   403     403
GET    /api/admin/usage-sources                                    401    401      403  403    403   403       403             403     403   200     403   403     403
PUT    /api/admin/usage-sources/{source}                           401    401      403  403    403   403       403             403     403   200     403   403     403
GET    /api/admin/usage-coverage                                   401    401      403  403    403   403       403             403     403   200     403   403     403
POST   /api/admin/usage-coverage/{cluster_id}/{hour}/recollect     401    401      403  403    403   403       403             403     403   200     403   403     403
POST   /api/admin/usage-coverage/{cluster_id}/{hour}/accept        401    401      403  403    403   403       403             403     403   200     403   403     403
GET    /api/admin/unattributed-usage                               401    401      403  403    403   403       403             403     403   200     403   403     403
POST   /api/admin/unattributed-usage                               401    401      403  403    403   403       403             403     403   201     403   403     403
";

/// By route, such as `GET /api/auth/me`.
pub fn rows() -> BTreeMap<String, Vec<(Caller, u16)>> {
    let mut lines = TABLE.lines().filter(|line| !line.is_empty()).map(str::split_whitespace);
    let callers: Vec<Caller> = lines.next().unwrap().map(|name| serde_json::from_value(name.into()).unwrap()).collect();
    let row = |mut words: SplitWhitespace<'_>| {
        let route = format!("{} {}", words.next().unwrap(), words.next().unwrap());
        let statuses: Vec<u16> = words.map(|word| word.parse().unwrap()).collect();
        assert_eq!(statuses.len(), callers.len(), "{route}");
        (route, callers.iter().copied().zip(statuses).collect())
    };
    lines.map(row).collect()
}
