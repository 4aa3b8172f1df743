"""The demo: a small company in the embedded CRM, one full pass over it, and a second one."""
