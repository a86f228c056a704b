"""The cycle of every form: read it, save it and go on, or show the page again with what was typed."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from wxbot.errors import DomainError, FieldErrors, InvalidInputError, StaleError
from wxbot.web.console.forms import WHOLE, Form, read_form

Step = Callable[[web.Request, Form], Awaitable[web.StreamResponse]]


async def submit(
    request: web.Request,
    save: Step,
    *,
    again: Step | None = None,
    overtaken: Step | None = None,
    refused: tuple[type[DomainError], ...] = (),
) -> web.StreamResponse:
    """What the browser gets for a posted form.

    `save` parses the form, calls the use case and answers with `see_other(…, done=…)`. When it raises

    - FieldErrors, the sentences stand beside their fields in `form.errors`, and `again` shows the page;
    - InvalidInputError, or one of `refused`, its sentence stands above the form, and `again` shows the page;
    - StaleError, `overtaken` shows the page with what a colleague changed beside what was typed.

    Without `again` or `overtaken` the error becomes its own page (`failures`), as every other error does.
    """
    form = await read_form(request)
    try:
        return await save(request, form)
    except StaleError:
        if overtaken is None:
            raise
        return await overtaken(request, form)
    except DomainError as error:
        if again is None or not isinstance(error, (InvalidInputError, *refused)):
            raise
        complain(form, error)
        return await again(request, form)


def complain(form: Form, error: DomainError) -> None:
    """Put the error's sentences beside their fields; the sentence of one without fields stands above the form."""
    fields = error.fields if isinstance(error, FieldErrors) else {WHOLE: error.sentence}
    for name, sentence in fields.items():
        form.fail(name, sentence)


def sentences(form: Form) -> str:
    """Every complaint in one line, for a page that has no place beside the field."""
    return "；".join(form.errors.values())
