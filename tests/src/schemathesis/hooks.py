"""What is changed of requests before they are sent, and what is noted of answers."""

import json
import os
from collections import Counter

import schemathesis

# `headers` show who calls. `parameters` are values of what is there, by the name in the address, and `ids` those of `{id}`, by the part of
# the address before it. `own` are the ids of the session or token that is shown, and of what the caller is: they are learned
# from answers, and whoever calls shows nothing then. Answers are noted in the file `answers`.
CALLER = json.loads(os.environ["ADX_TEST_CALLER"])

# After these the caller is nobody, and nothing else is reached any more.
ENDS_THE_CALLER = {"DELETE /api/v1/account", "DELETE /api/v1/session"}

# How addresses end of what decides something for good. Before the last phase it is not done to what is there, which others are to find.
DECIDES = {
    "accept", "allow", "approve", "cancel", "confirm", "deny", "dismiss", "grant", "quarantine", "refuse", "reject", "takedown", "withdraw"
}

calls = Counter()


@schemathesis.hook
def before_call(context, case, kwargs):
    """Every other call is about what is there."""
    wait_for_a_second_at_most(case)
    operation = f"{case.method} {case.path}"
    calls[operation] += 1
    if calls[operation] % 2 == 1 and not decides_too_early(case):
        name_what_is_there(case)
    if operation not in ENDS_THE_CALLER and not set(CALLER["own"]) & set(map(str, case.path_parameters.values())):
        case.headers.update(CALLER["headers"])


@schemathesis.hook
def after_call(context, case, response):
    """Notes an answer, and whether the request showed who calls."""
    shown = any(name in response.request.headers for name in CALLER["headers"])
    with open(CALLER["answers"], "a", encoding="utf-8") as answers:
        json.dump({"operation": f"{case.method} {case.path}", "status": response.status_code, "shown": shown}, answers)
        answers.write("\n")


def wait_for_a_second_at_most(case):
    """A poll that waits is answered when something happens, and here nothing does."""
    query = case.query
    if case.path != "/api/v1/changes" or not isinstance(query, dict):
        return
    wait = str(query.get("wait"))
    if wait.isascii() and wait.isdigit():
        query["wait"] = min(int(wait), 1)


def decides_too_early(case):
    """Whether others are still to find what this ends."""
    decides = case.method == "DELETE" or case.path.rsplit("/", 1)[-1] in DECIDES
    return decides and case.meta.phase.name != "fuzzing"


def name_what_is_there(case):
    """Names what is there instead of what was made up."""
    there = dict(CALLER["parameters"])
    there.update({"id": value for part, value in CALLER["ids"].items() if f"{part}{{id}}" in case.path})
    for name in case.path_parameters:
        if name in there:
            case.path_parameters[name] = there[name]
