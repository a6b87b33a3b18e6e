"""The bill of each account, from what was used, who owned it, and who paid for whom: `account dollars` a line."""

import json
import sys
from collections import defaultdict
from decimal import ROUND_HALF_EVEN, Decimal, getcontext

getcontext().prec = 60
MONTH_S = 30 * 24 * 3600
facts = json.load(sys.stdin)
owners = defaultdict(list)
for cluster, namespace, user, begins, ends in facts["owned"]:
    owners[cluster, namespace].append((begins, ends, user))
payers = defaultdict(list)
for day, user, account in facts["joined"]:
    payers[user].append((day, account))


def rounded(amount, places):
    return amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)


# In dollars times the seconds of a billing month, so that nothing is divided before the end.
costs, unowned = defaultdict(Decimal), defaultdict(Decimal)
for cluster, hour, namespace, *amounts in facts["used"]:
    cpu_hours, gpu_hours, byte_hours = map(Decimal, amounts)
    cpu_hours, gpu_hours, gigabytes = (rounded(x, 6) for x in (cpu_hours, gpu_hours, byte_hours / 10**9))
    user = next((user for begins, ends, user in owners[cluster, namespace] if begins <= hour < ends), None)
    if user is None:
        unowned[namespace] += cpu_hours
        continue
    account = max([("", user)] + [payer for payer in payers[user] if payer[0] <= hour[:10]])[1]
    cpu, gpu, storage = map(Decimal, max(rate for rate in facts["rates"] if rate[0] <= hour)[1:])
    costs[account] += (cpu_hours * cpu + gpu_hours * gpu) * MONTH_S + gigabytes * 3600 * storage
for account, cost in sorted(costs.items()):
    print(account, rounded(cost / MONTH_S, 2))
for namespace, cpu_hours in sorted(unowned.items()):
    print("unowned", namespace, rounded(cpu_hours, 6))
