"""Care plans: an anchor, steps relative to it, and what is due now. Derived from present facts, never stored ahead."""
