"""What a patient's message or event leads to. One router per module; the first match wins, top to bottom.

Receipts come first because they are never a patient's words. Consent comes before every dialog: whoever says
退订 is heard at once. The fallback is last, so nobody meets silence.
"""

from handlers import appointments, booking, consent, fallback, profile, receipts, staff_binding, welcome

ROUTERS = (
    receipts.ROUTER,
    staff_binding.ROUTER,
    welcome.ROUTER,
    consent.ROUTER,
    booking.ROUTER,
    appointments.ROUTER,
    profile.ROUTER,
    fallback.ROUTER,
)
