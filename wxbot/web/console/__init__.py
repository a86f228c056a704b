"""The console: staff and admin pages, one module per page. A page holds no rule and no query."""
