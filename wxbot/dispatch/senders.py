"""Whose a push is: a patient's own act, something about a contact we know, or the platform's report to nobody."""

from datetime import datetime

from wxbot.dispatch import updates as u
from wxbot.history.models import ContactId
from wxbot.patients.models import Contact

# What only a patient does: then somebody unknown is a new contact.
ACTS = (
    u.PatientMessage,
    u.Followed,
    u.Scanned,
    u.MenuClicked,
    u.MenuViewed,
    u.CodeScanned,
    u.PicturesChosen,
    u.PlaceChosen,
    u.PositionReported,
    u.NoticesAnswered,
    u.NoticesChanged,
)
OF_THE_ACCOUNT = (u.AccountNotice, u.MassSettled, u.PublishSettled)  # FromUserName is an account of the platform's own
WITHOUT_CONTACT = (*OF_THE_ACCOUNT, u.TemplateSettled)  # mean something to us although nobody is known
NO_SENDER = "-"  # stands for the openid of a push that names nobody, where one is needed to keep an order


def is_act(update: u.Update) -> bool:
    """Whether somebody did this themselves."""
    return bool(update.openid) and isinstance(update, ACTS)


def is_about_somebody(update: u.Update) -> bool:
    """Whether the openid is that of a user of WeChat's, known to us or not."""
    return bool(update.openid) and not isinstance(update, OF_THE_ACCOUNT)


def nobody(now: datetime) -> Contact:
    """The contact of a report that concerns none. It is never written."""
    return Contact(id=ContactId(""), openid=None, alias="", created_at=now, following=True)
