"""The pages that patients open inside WeChat, at /w/: no framework, no script."""
