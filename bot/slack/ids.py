"""The names of everything that can be clicked or submitted: `action_id` and `callback_id`.

`FEATURE_VERB = "feature.verb"`, grouped by feature; a handler registers it, and templates know this module as `ids`.
Once shipped a name stays and keeps its meaning: old messages carry it. What a button is about travels in its `value`.
"""

REQUEST_NEW = "request.new"
REQUEST_FROM_MESSAGE = "request_from_message"
REQUEST_ACKNOWLEDGE = "request.acknowledge"
REQUEST_ASSIGN = "request.assign"
REQUEST_RESOLVE = "request.resolve"
REQUEST_REOPEN = "request.reopen"
REQUEST_MORE = "request.more"
REQUEST_FORM = "request.form."
"""… and the verb, for the form that asks what comes with it."""
REQUEST_TELL = "request.tell"
PAGE_ACKNOWLEDGE = "page.acknowledge"
HANDOFF_ACCEPT = "handoff.accept"
HANDOFF_TAKE_OVER = "handoff.take_over"
JOB_CONFIRM = "job.confirm"
JOB_CANCEL = "job.cancel"
CALENDAR_ROLL = "calendar.roll"
HOME_NEW_REQUEST = "home.new_request"

OUTBOX_EVENT = "heliograph_outbox"
"""`metadata.event_type` of every message Heliograph posts; its payload has the outbox row's id, key and version."""
