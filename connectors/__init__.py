"""Talk to a CRM: pull its records as columns, push tasks into it. Decides nothing."""
