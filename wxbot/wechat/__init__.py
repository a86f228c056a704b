"""All knowledge of WeChat, and the only place that imports wechatpy.

In: `gateway` (a push becomes an `Update`). Out: `client` (every call), `sender` (the outbox's carrier).
For pages inside WeChat: `oauth`, `jssdk`. What a code means and what to do: `errors`.
"""
