"""Starts MiniStack for `npm run test:deploy`, with the two gaps closed that would keep Rollcall from running on it at all.

1. EventBridge Scheduler replaces `<aws.scheduler.scheduled-time>` and its siblings in a target's input. MiniStack passes
   them on as they stand, and a run that is told `<aws.scheduler.scheduled-time>` rightly ends as INVALID_INPUT.
2. Lambda reports the name of the error that was thrown (`errorType`), which Retry and Catch match. MiniStack says
   `Runtime.HandlerError` for all of them, and `Runtime.HandlerError` for a process that exits.

Nothing else is touched. It also ends when its standard input does, so that it can't outlive the test, however that dies.
"""

import copy
import functools
import os
import re
import signal
import sys
import threading
from datetime import datetime, timezone
from importlib.metadata import version

from ministack import app
from ministack.core import lambda_runtime
from ministack.services import eventbridge, lambda_svc

KNOWN_VERSION = "1.5.33"
if version("ministack") != KNOWN_VERSION:
    sys.exit(f"emulator.py knows the inside of MiniStack {KNOWN_VERSION}, found {version('ministack')}")


def replace_once(text: str, old: str, new: str, count: int = 1) -> str:
    """Replaces `old`, and stops the test if it isn't there as often as expected."""
    if text.count(old) != count:
        sys.exit(f"emulator.py: expected {count} times in MiniStack's worker: {old!r}")
    return text.replace(old, new)


def scheduled_time(event: dict, schedule: dict) -> str:
    """When the schedule meant to fire. MiniStack looks every ten seconds, so its own time is up to ten seconds late."""
    expression = schedule.get("ScheduleExpression", "")
    one_time = re.match(r"at\((.+)\)$", expression)
    if one_time:
        return one_time.group(1) + "Z"
    fired = datetime.fromtimestamp(event["Time"], tz=timezone.utc)
    if expression.startswith("cron("):
        fired = fired.replace(second=0)
    return fired.strftime("%Y-%m-%dT%H:%M:%SZ")


original_invoke_target = eventbridge._invoke_target


@functools.wraps(original_invoke_target)
def invoke_target(target, event, rule, *rest, **named):
    if event.get("Source") == "aws.scheduler" and target.get("Input"):
        target = copy.deepcopy(target)
        for attribute, value in {
            "scheduled-time": scheduled_time(event, rule),
            "schedule-arn": rule.get("Arn", ""),
            "execution-id": event["EventId"],
            "attempt-number": "1",
        }.items():
            target["Input"] = target["Input"].replace(f"<aws.scheduler.{attribute}>", value)
    return original_invoke_target(target, event, rule, *rest, **named)


eventbridge._invoke_target = invoke_target


class NamedError(str):
    """An error's message that remembers the error's name on its way from the worker to the invocation's answer."""

    name = ""


lambda_runtime._NODEJS_WORKER_SCRIPT = replace_once(
    replace_once(
        lambda_runtime._NODEJS_WORKER_SCRIPT,
        'error: String(err.message || err), trace: err.stack || ""',
        'error: String(err.message || err), trace: err.stack || "", name: String(err.name || "Error")',
    ),
    'status: "error", error: e.message, trace: e.stack',
    'status: "error", error: e.message, trace: e.stack, name: String(e.name || "Error")',
)

original_invoke = lambda_runtime.Worker.invoke


@functools.wraps(original_invoke)
def invoke(self, *args, **named):
    response = original_invoke(self, *args, **named)
    if response.get("status") == "error":
        name = response.get("name") or ("Runtime.ExitError" if response.get("error") == "Worker process died" else "")
        if name:
            error = NamedError(response.get("error"))
            error.name = name
            response["error"] = error
    return response


lambda_runtime.Worker.invoke = invoke

original_execute = lambda_svc._execute_function_warm


@functools.wraps(original_execute)
def execute(*args, **named):
    result = original_execute(*args, **named)
    body = result.get("body")
    if result.get("error") and isinstance(body, dict) and isinstance(body.get("errorMessage"), NamedError):
        body["errorType"] = body["errorMessage"].name
    return result


lambda_svc._execute_function_warm = execute


def end_with_parent() -> None:
    """Standard input is a pipe that the test holds: its end means that the test is gone."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


threading.Thread(target=end_with_parent, daemon=True).start()
sys.argv = ["ministack"]
app.main()
