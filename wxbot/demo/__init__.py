"""The demo: this service and a simulated WeChat side by side, and the fortnight its clinic has behind it."""
