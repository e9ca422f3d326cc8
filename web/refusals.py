"""Why something was refused, by the code the domain gives: what happened, what was kept, what to do."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from web.article_names import FIELD_NAMES
from web.article_row_errors import field_problem
from web.problems import problem_words
from web.sentences import fill

REFUSALS: Mapping[str, Any] = {
    "empty": _l("The text is empty, so nothing was sent. Write something and send it again."),
    "too_long": _l(
        "The text has %(length)s characters; at most %(limit)s are taken. Nothing was sent; shorten it."
    ),
    "no_id": _l("The message has no identifier, or one that is too long. It was not taken in."),
    "impossible_date": _l(
        "The date %(date)s cannot be right. The message was not taken in; correct the date."
    ),
    "supplemented_before": _l(
        "You have added to this message before; that is possible once. Your first addition is kept."
    ),
    "split_parts": _l(
        "A message is split into two to %(limit)s parts, each with its words and a department. Nothing was changed."
    ),
    "lead_alone": _l(
        "All matters have the same department, so nobody would co-handle. Nothing was changed; choose another one."
    ),
    "risk_word": _l("A watched word has 2 to 40 characters. Nothing was saved; write another one."),
    "alarm_minutes": _l("The time must be 1 to 240 minutes. Nothing was saved; write another number."),
    "transfer_incomplete": _l("Say to whom and why. Nothing was recorded; fill in both."),
    "basis_missing": _l(
        "A return needs its basis: the document or provision that names the other duty. Nothing was changed."
    ),
    "return_too_late": _l(
        "The time for returning this case is over, so it stays with you. Nothing was changed; answer it, or ask "
        "the dispatcher to send it elsewhere."
    ),
    "return_again": _l(
        "A return of this case was decided already, so it cannot be returned again. Nothing was changed; answer it."
    ),
    "return_to_sender": _l(
        "The case would come back to the department that returns it. Nothing was changed; choose another one."
    ),
    "target_missing": _l("Choose who gets the case, or the triage desk. Nothing was changed."),
    "co_handler_lead": _l(
        "The lead department cannot co-handle its own case. Nothing was changed; choose another one."
    ),
    "co_handler_already": _l("That department co-handles the case already. Nothing was changed."),
    "too_many_co_handlers": _l("At most eight departments co-handle a case. Nothing was changed."),
    "due_missing": _l("A date is needed. Nothing was changed; choose one."),
    "due_past": _l("The date lies in the past. Nothing was changed; choose a later one."),
    "co_handlers": _l(
        "The reply waits for %(department_ids)s. It is saved as a draft; submit it when they have signed or their time "
        "is over, or release them with a reason."
    ),
    "open_tasks": _l(
        "The reply says %(words)s, but work on the street is still open: %(tasks)s. It is saved as a draft; finish the "
        "work first, or write what will be done by when."
    ),
    "task_stranger": _l(
        "Only the lead department, a co-handling one and their officers can be asked for work. Nothing was changed."
    ),
    "too_many_tasks": _l("A case has at most %(limit)s open tasks. Nothing was changed; finish some first."),
    "too_many_photos": _l("A task has at most %(limit)s pictures. The picture was not kept."),
    "photo_too_large": _l(
        "The picture is larger than %(limit)s MB or has too many pixels. It was not kept; send a smaller one."
    ),
    "photo_hides_file": _l(
        "Another file is hidden in the picture, so it was not kept. Send the picture alone."
    ),
    "not_a_photo": _l("This is not a picture in JPEG, PNG or WebP. It was not kept; send another one."),
    "own_duty": _l(
        "That duty is your own department's, or no longer in the catalogue. Nothing was changed; choose another."
    ),
    "department_closed": _l("That department is closed. Nothing was changed; choose another one."),
    "reason_missing": _l("A reason is needed. Nothing was changed; write one and try again."),
    "placeholders": _l(
        "The reply still has gaps to fill. It is saved as a draft; fill them and submit it again."
    ),
    "too_short": _l("The text is too short to be an answer. It is saved as a draft."),
    "nobody": _l("Nobody was chosen for the roster. Nothing was saved; choose at least one officer."),
    "dates": _l("The dates run backwards or span more than a year. Nothing was saved; correct them."),
    "stranger": _l(
        "Only an officer of the department can answer for its duties. Nothing was saved; choose another."
    ),
    "substitute": _l(
        "Only another officer of the same department can stand in. Nothing was saved; choose another."
    ),
    "empty_file": _l("The file %(file)s is empty. Nothing was taken in; choose another one."),
    "evidence_kind": _l(
        "The file %(file)s cannot be filed. Nothing was filed; choose PDF, OFD, a picture, DOCX or XLSX."
    ),
    "file_too_large": _l("The file is larger than %(limit)s MB. Nothing was taken in; split it."),
    "not_a_table": _l("The file %(file)s is not a table. Nothing was taken in; send XLSX, CSV or JSONL."),
    "not_a_workbook": _l(
        "The file %(file)s is not a readable workbook. Nothing was taken in; save it again as XLSX."
    ),
    "unknown_column": _l(
        "The file has no column %(column)s. Nothing was taken in; its columns are %(columns)s."
    ),
    "unknown_field": _l("There is no field %(field)s. Nothing was taken in; the fields are %(fields)s."),
    "no_text_column": _l("No column holds the text. Nothing was taken in; choose one of %(columns)s."),
    "json_line": _l("Line %(line)s is not readable JSON (%(error)s). Nothing was taken in; correct it."),
    "no_header": _l("The first row has no column names. Nothing was taken in; add them."),
    "too_many_rows": _l("The file has more than %(limit)s rows. Nothing was taken in; split it."),
    "too_many_columns": _l(
        "The file has more than %(limit)s columns. Nothing was taken in; remove those you do not need."
    ),
    "unknown_encoding": _l(
        "The file %(file)s is neither UTF-8 nor GB18030. Nothing was taken in; save it as UTF-8."
    ),
    "push_disabled": _l("This account takes no pushed messages. Nothing was taken in."),
    "nonce_malformed": _l("The nonce is missing or malformed. Nothing was taken in."),
    "signature_wrong": _l("The signature is wrong. Nothing was taken in."),
    "timestamp_malformed": _l("The timestamp is not a whole number of seconds. Nothing was taken in."),
    "timestamp_old": _l(
        "The timestamp is more than five minutes off. Nothing was taken in; check the sender's clock."
    ),
    "key_reused": _l("The idempotency key was used for another body. Nothing was taken in; use a new key."),
    "nonce_reused": _l("The nonce was used before. Nothing was taken in; use a new one for every request."),
    "body_too_large": _l(
        "The body is larger than %(limit)s bytes. Nothing was taken in; send fewer messages at once."
    ),
    "not_json": _l("The body is not JSON in UTF-8. Nothing was taken in."),
    "no_messages": _l("The body holds no messages. Nothing was taken in."),
    "too_many": _l(
        "%(count)s messages are too many at once; at most %(limit)s are taken. Nothing was taken in."
    ),
    "field_wrong": _l(
        "Message %(position)s: the field %(field)s cannot be used (%(error)s). Nothing was taken in."
    ),
}

_REFUSED = _l("This was refused (%(reason)s). Nothing was changed; check what you sent.")


def refusal(reason: str, params: Mapping[str, Any]) -> str:
    """Say why something was refused, what was kept and what to do."""
    return fill(REFUSALS.get(reason, _REFUSED), {"reason": reason, **params})


def problems(found: Sequence[str]) -> str:
    """Say that a document cannot be used, with every problem that was found."""
    sentence = _("Nothing was saved, because this cannot be used: %(problems)s. Correct it and save again.")
    return fill(sentence, {"problems": _("; ").join(map(problem_words, found))})


def article_problem(field: str, problem: str) -> str:
    """Say which field of an article cannot be accepted."""
    sentence = _("The article was not saved: %(field)s – %(problem)s. What you wrote is still in the form.")
    name = str(FIELD_NAMES.get(field, field))
    return fill(sentence, {"field": name, "problem": field_problem(problem)})


_CANNOT_JOIN: Mapping[str, Any] = {
    "follows": _l(
        "%(code)s follows another case, so nothing was changed. Take it out of that group first, or open its lead."
    ),
    "leads": _l("Other cases follow %(code)s, so nothing was changed. Take them out of the group first."),
    "merged": _l("%(code)s is merged, so nothing was changed. Take it out of the group first."),
    "in_review": _l(
        "The reply to %(code)s waits for a reviewer, so nothing was merged. Take the reply back, or wait."
    ),
    "sending": _l("The reply to %(code)s is being sent, so nothing was merged. You can still link it."),
    "replied": _l(
        "%(code)s has been answered, so nothing was merged. Link it, and use its answer for the other case."
    ),
    "closed": _l(
        "%(code)s is closed, so nothing was merged. Link it, and use its answer for the other case."
    ),
    "not_addressable": _l(
        "%(code)s cannot be answered with this case: it was answered, left the group or is with another department. "
        "Nothing was submitted; take its tick away."
    ),
}


def cannot_join(reason: str, code: str) -> str:
    """Say why a case cannot be joined with another."""
    return str(_CANNOT_JOIN.get(reason, _CANNOT_JOIN["follows"])) % {"code": code}
