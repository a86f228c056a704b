"""Why a message is sent and how it may reach a patient, with the labels that staff read."""

from wxbot.labels import LabelledEnum


class Purpose(LabelledEnum):
    """用途: why a message is sent. Decides consent, quiet hours and channels."""

    SERVICE = ("service", "服务")  # answers and notices the patient caused
    REMINDER = ("reminder", "提醒")  # of an appointment the patient made
    CARE = ("care", "关怀")  # aftercare and greetings
    MARKETING = ("marketing", "营销")


class Channel(LabelledEnum):
    """渠道: how a message may reach a patient."""

    CUSTOMER = ("customer", "客服消息")  # within the rights a patient's action opens
    NOTICE = ("notice", "订阅通知")  # one per accepted subscription
    TEMPLATE = ("template", "模板消息")  # service, reminder and care only
    PHONE = ("phone", "电话")  # nothing reaches them: a person calls
