"""Care plans as staff keep them: draft, check, approval, versions; and which version a patient's steps follow."""
